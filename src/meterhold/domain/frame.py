"""What left for a meter, byte for byte, and what came back: the evidence that a dispute asks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One write as it left.

    Of Modbus the whole frame in hexadecimal digits, as the line carried it; of MQTT the payload.
    """

    to: str
    """``unit 7``, or a topic."""
    sent: str
    answer: str = ""
    """What came back, written the same way; ``PUBACK`` where only the broker answered, empty where nobody did."""
    qos: int | None = None
    """Of MQTT."""
    retained: bool | None = None
    """Of MQTT."""

    def __str__(self) -> str:
        """Both ways on one line."""
        return f"{self.to}: {self.sent} -> {self.answer or 'nothing'}"
