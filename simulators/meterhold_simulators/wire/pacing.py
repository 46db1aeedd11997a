"""How long a serial line of a given speed takes for an exchange."""

from dataclasses import dataclass

_FIXED_GAP_ABOVE_BAUD = 19_200
_FIXED_GAP_S = 0.00175
_GAP_CHARS = 3.5


@dataclass(slots=True)
class Line:
    """A half-duplex line: one exchange after another, each with its characters, two silent gaps and a turnaround."""

    baud: int
    bits_per_char: int = 10
    turnaround_s: float = 0.0
    free_at: float = 0.0

    def delay_s(self, now: float, chars: int) -> float:
        """From now until an exchange of this many characters is over, queued behind those before it."""
        char_s = self.bits_per_char / self.baud
        gap_s = _FIXED_GAP_S if self.baud > _FIXED_GAP_ABOVE_BAUD else _GAP_CHARS * char_s
        self.free_at = max(now, self.free_at) + chars * char_s + 2 * gap_s + self.turnaround_s
        return self.free_at - now
