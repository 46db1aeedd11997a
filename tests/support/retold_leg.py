"""One leg of a hold, made anew from the text of its events alone. Shares no code with the gateway."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

Json = Any

_OFF = {"disconnected", "armed", "restricted"}
_RANKS = ("none", "sent", "acknowledged", "state_read", "load_proven")
_ANSWERS = {
    "write_never_sent": "never_sent",
    "rewrite_never_sent": "never_sent",
    "write_sent": "sent",
    "carrier_took_it": "sent",
    "acknowledged": "acknowledged",
    "write_refused": "refused",
    "outcome_lost": "lost",
    "withdrawn": "withdrawn",
}


@dataclass
class Work:
    """One operation, step by step."""

    plan: Mapping[str, Json]
    queued: bool = True
    looks: int = 0
    before: Json = None
    last_look: Json = None
    last_grade: Json = None
    proof: str = "none"
    identity: str = "none"
    intent: Json = None
    writes: int = 0
    permits: list[Json] = field(default_factory=list)
    moves: list[Json] = field(default_factory=list)
    end: Json = None

    @property
    def connects(self) -> bool:
        """It brings supply back."""
        return self.plan["target"] in {"connected", "armed"}

    @property
    def watches(self) -> bool:
        """It only looks."""
        return self.plan["kind"] in {"check", "await_button"}

    def take(self, move: Mapping[str, Json]) -> None:
        """Take one step."""
        trigger = move["trigger"]
        self.moves.append(move)
        self._write(move)
        match trigger:
            case "looked":
                if self.watches:
                    self.before = self.last_look
                elif self.queued:
                    self.before = move["observation"]
                self.last_look, self.last_grade = move["observation"], move["grade"]
                if self.last_grade is not None:
                    self.proof = self.last_grade["proof"]
                    self.identity = self.last_look["identity"]["strength"]
            case "intend":
                self.queued, self.intent, self.before, self.last_grade = False, move["intent"], self.last_look, None
                self.writes += 1
            case "write_never_sent":
                self.queued, self.intent = True, None
                self.writes -= 1
            case "rewrite_never_sent":
                self.writes -= 1
            case "end":
                self.end = move

    def _write(self, move: Mapping[str, Json]) -> None:
        if move["trigger"] in {"intend", "withdraw"}:
            name = f"{self.plan['operation_id']}.{len(self.permits) + 1}"
            self.permits.append([name, tuple(move["intent"]["writes"]), [], "lost"])
        elif self.permits:
            last = self.permits[-1]
            last[2] += [(one["to"], one["sent"], one["answer"], one["qos"]) for one in move["frames"]]
            said = _ANSWERS.get(move["trigger"], last[3])
            last[3] = last[3] if (last[3], said) == ("acknowledged", "lost") else said

    def told(self) -> Json:
        """As the statement has it."""
        end = self.end or {"outcome": None, "because": None}
        permits = [tuple(permit) for permit in self.permits]
        target = self.plan["target"]
        facts = (self.plan["operation_id"], target, end["outcome"], end["because"], self.proof, self.identity)
        return (*facts, permits, list(self._seen()))

    def _seen(self) -> Iterable[Json]:
        """The looks that decided a write or the end, and those worth something else than the one before."""
        steps = [move for move in self.moves if move["trigger"] in {"looked", "intend", "withdraw", "end"}]
        following = [*(move["trigger"] for move in steps[1:]), None]
        worth: Json = None
        for move, then in zip(steps, following, strict=False):
            if move["trigger"] == "looked" and move["observation"] is not None and move["grade"] is not None:
                grade, look = move["grade"], move["observation"]
                if grade != worth or then in {"intend", "withdraw", "end"}:
                    points = [(one["quantity"], Decimal(one["value"])) for one in look["measured"]]
                    identity = (look["identity"]["strength"], look["identity"]["value"])
                    yield (grade["actual"], grade["proof"], grade["confirms"], look["load"], identity, points)
                worth = grade


class LegStory:
    """A leg as its events tell it."""

    def __init__(self, leg: Mapping[str, Json]) -> None:
        """Begin as the hold was opened."""
        self.leg = leg
        self.work: dict[str, Work] = {}
        self.restored: str | None = None
        self._written: bool = leg["written"]
        self._found_off = self._handed = False
        self._stretches: list[Json] = []
        self._periods: list[Json] = []
        self._open: Json = None
        self._free: str | None = None
        self._back: dict[str, Json] = {}
        self._before: list[Json] = []
        self._after: list[Json] = []
        self._witnessed: list[Json] = []
        self._exchanges: list[Json] = []

    @property
    def concerned(self) -> bool:
        """Its restore decides when charges resume."""
        return self._written or self._found_off or self._handed

    def taken_over(self) -> None:
        """Its restore acts on the meter from now on."""
        self._written, self._found_off, self._handed = True, False, False

    def take(self, kind: str, body: Mapping[str, Json]) -> None:
        """Take one event that is about this meter."""
        match kind:
            case "operationqueued":
                self.work[body["operation"]["operation_id"]] = Work(body["operation"])
            case "operationmoved":
                self._moved(self.work[body["operation_id"]], body["move"])
            case "leghandedover":
                self._written, self._handed = False, True
                self._close("handed_over", body["at"], {}, free_until=body["at"])
            case "legtakenover":
                self._written, self._found_off = True, False
            case "legexchanged":
                self._exchanged(body["exchange"])
            case "legwatched":
                self._watched(body)
            case "legread":
                self._read(body)
            case "settingsread" if body["moment"] == "before_suspend":
                self._before = self._before or body["settings"]
            case "settingsread":
                self._after = body["settings"]
            case "legwitnessed":
                seen = body["witness"]
                self._witnessed.append((seen["by"], seen["statement"], seen["seal"]))

    def _moved(self, work: Work, move: Mapping[str, Json]) -> None:
        first_cut = move["trigger"] == "intend" and not work.connects
        work.take(move)
        if first_cut:
            self._written = True
        if move["trigger"] == "write_never_sent":
            untouched = work.writes == 0 and not work.connects and not work.plan["after_a_write"]
            self._written = self._written and not untouched
        if move["trigger"] == "looked" and work.watches and move["grade"] is not None:
            self._off(move["at"], move["grade"]["actual"], move["grade"]["proof"])
        if move["trigger"] == "end" and work.plan["kind"] != "leak_close":
            self._ended(work)

    def _ended(self, work: Work) -> None:
        outcome, look, grade = work.end["outcome"], work.last_look, work.last_grade
        if work.watches:
            if look is not None and outcome == "reverted" and not work.connects:
                self._reverted(look["at"], _registers(look))
            elif look is not None and work.plan["kind"] == "await_button" and outcome == "verified":
                self._restored(look)
        elif work.connects:
            self._back = _registers(work.before)
            if outcome == "verified" and grade is not None and grade["actual"] == "connected":
                self._restored(look)
        else:
            self._cut(work)

    def _cut(self, work: Work) -> None:
        outcome, look, grade = work.end["outcome"], work.last_look, work.last_grade
        if look is None or grade is None:
            return
        is_off = grade["actual"] in _OFF
        if outcome == "verified" and is_off:
            self._found_off = work.end["because"] == "ALREADY_IN_STATE" and not self._written
        elif outcome == "unverified" and work.writes == 0 and not self._written:
            self._found_off = True
        trickle = grade["actual"] == "restricted" and work.plan["target"] != "restricted"
        if outcome not in {"verified", "unverified", "armed"} or not is_off or trickle:
            return
        if self._open is None:
            start = {**_registers(work.before), **_registers(look)}
            self._open = (look["identity"]["value"], "suspended", look["at"], start)
        self._off(look["at"], grade["actual"], grade["proof"])

    def _off(self, at: str, actual: str, proof: str) -> None:
        enough = _RANKS.index(proof) >= _RANKS.index(self.leg["billing_proof"])
        if self._open and self._free is None and actual in _OFF and enough and self.leg["mode"] != "monitor_only":
            self._free = at

    def _restored(self, look: Mapping[str, Json]) -> None:
        self.restored = look["at"]
        self._close("restored", look["at"], {**_registers(look), **self._back})

    def _reverted(self, at: str, registers: dict[str, Json]) -> None:
        if self._open is not None:
            self._close("reverted", at, registers, free_until=at)

    def _watched(self, body: Mapping[str, Json]) -> None:
        if body["outcome"] == "reverted":
            self._reverted(body["between"]["not_after"] if body["between"] else body["at"], {})
        else:
            self._off(body["at"], body["actual"], body["proof"])

    def _read(self, body: Mapping[str, Json]) -> None:
        registers = {one["name"]: Decimal(one["value"]) for one in body["registers"]}
        if body["moment"] == "after_suspend":
            self._open = (None, "watched", body["at"], registers)
        else:
            self._close("ended", body["at"], registers)

    def _exchanged(self, exchange: Mapping[str, Json]) -> None:
        self._exchanges.append((exchange["old_serial"], exchange["new_serial"]))
        if self._open is not None:
            self._close("exchanged", exchange["at"], _by_name(exchange["final"]))
            self._open = (exchange["new_serial"], "exchanged", exchange["at"], _by_name(exchange["initial"]))

    def _close(self, by: str | None, at: str | None, end: dict[str, Json], *, free_until: str | None = None) -> None:
        if self._open is not None:
            serial, began_by, began_at, start = self._open
            used = [
                (name, end[name] - start[name] if name in start and name in end else None)
                for name in dict.fromkeys((*start, *end))
            ]
            self._stretches.append((serial, began_by, by, _moment(began_at), _moment(at), used))
            self._open = None
        if free_until is not None and self._free is not None:
            self._periods.append((_moment(self._free), _moment(free_until)))
            self._free = None

    def told(self, chargeable_from: datetime | None) -> dict[str, Json]:
        """As the statement has it."""
        self._close(None, None, {})
        if self._free is not None:
            self._periods.append((_moment(self._free), chargeable_from))
        then = {one["name"]: one["value"] for one in self._before}
        now = {one["name"]: one["value"] for one in self._after}
        return {
            "meter_id": self.leg["meter_id"],
            "work": [work.told() for work in sorted(self.work.values(), key=lambda one: one.plan["operation_id"])],
            "stretches": self._stretches,
            "not_chargeable": self._periods,
            "settings": [(name, then.get(name), now.get(name)) for name in dict.fromkeys((*then, *now))],
            "witnessed": self._witnessed,
            "exchanges": self._exchanges,
        }


def _registers(look: Json) -> dict[str, Json]:
    return {} if look is None else _by_name([*look["registers"], *look["paired"]])


def _by_name(readings: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    return {one["quantity"]: Decimal(one["value"]) for one in readings}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
