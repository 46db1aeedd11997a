"""A hold's statement, made anew from the text of its events alone. Shares no code with the gateway.

It takes events as any of the gateway's faces tells them: ``GET /holds/{id}/events``, the lines of ``audit export``, the
journal's own rows. What it says is meant to be compared with the statement's JSON, fact by fact.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.support.retold_leg import LegStory

Json = Any
"""Whatever JSON holds."""

_STATUS = {
    "ask_approval": "awaiting_approval",
    "approve": "scheduled",
    "refuse": "rejected",
    "start": "suspending",
    "suspended": "suspended",
    "monitoring": "monitoring",
    "restore": "restoring",
    "restored": "restored",
    "cancel": "cancelled",
    "expire": "expired",
    "close": "closed",
    "hand_over": "closed",
    "postpone": "scheduled",
}
_FINAL = {"rejected", "restored", "cancelled", "expired", "closed"}
_STOPS = {
    *("TECHNICIAN_LOCK", "INHIBITED", "CLOCK", "HELD_BY", "BUS_BUSY"),
    *("BULK_LIMIT", "LOAD_CAP", "PACED", "VALVES_MOVING"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as text."""

    seq: int
    kind: str
    """Without capitals and underscores: the faces spell it differently."""
    body: Mapping[str, Json]

    @property
    def at(self) -> str:
        """When, as one face or another writes it."""
        return str(self.body["at"])


def from_api(items: Iterable[Mapping[str, Json]]) -> list[Fact]:
    """Take the items of ``GET /holds/{id}/events``."""
    return [Fact(item["seq"], _plain(item["kind"]), {"at": item["at"], **item["data"]}) for item in items]


def from_export(lines: Iterable[str]) -> list[Fact]:
    """Take the lines of ``audit export``; the first one is about the store."""
    facts = []
    for n, line in enumerate(lines):
        event = json.loads(line)
        if "body" in event:
            facts.append(Fact(n, _plain(event["kind"]), json.loads(event["body"])))
    return facts


def retell(facts: Sequence[Fact], hold_id: str) -> dict[str, Json]:
    """Say of one hold what its statement should say."""
    mine = [fact for fact in facts if _hold_of(fact) == hold_id]
    hold = next(fact.body["hold"] for fact in mine if fact.kind == "holdopened")
    legs = {leg["meter_id"]: LegStory(leg) for leg in hold["legs"]}
    story = _Story(hold, legs)
    for fact in mine:
        story.take(fact)
    return story.told()


def approvals_told(facts: Sequence[Fact], hold_id: str) -> list[dict[str, Json]]:
    """What second persons were asked about a hold: their events stand in other streams."""
    wanted = [
        fact.body["approval_id"] for fact in facts if fact.kind == "holdwaitsforapproval" and _hold_of(fact) == hold_id
    ]
    told = []
    for name in dict.fromkeys(wanted):
        opened = next(
            fact.body["approval"]
            for fact in facts
            if fact.kind == "approvalopened" and fact.body["approval"]["approval_id"] == name
        )
        said = [fact for fact in facts if fact.kind == "approvaldecided" and fact.body["approval_id"] == name]
        told.append(
            {
                "approval_id": name,
                "kind": opened["kind"],
                "asked_by": opened["asked_by"],
                "decided_by": said[-1].body["by"] if said else None,
                "granted": said[-1].body["granted"] if said else None,
                "set_hash": said[-1].body["set_hash"] if said else None,
            }
        )
    return told


class _Story:
    """A hold as its events tell it."""

    def __init__(self, hold: Mapping[str, Json], legs: dict[str, LegStory]) -> None:
        self.hold = dict(hold)
        self.legs = legs
        self.status: str = hold["status"]
        self.verdicts = list(hold["verdicts"])
        self.restore_keys = list(hold["restore_keys"])
        self.chargeable_from: str | None = None
        self.ended_at: str | None = None
        self.wrongful: Json = None
        self.items: list[Mapping[str, Json]] = []
        self.decisions: list[Json] = []
        self.stops: dict[int, list[Json]] = {}
        self.alarms: dict[str, Json] = {}
        self.asked: list[Json] = []
        key = hold["suspend_key"]
        if key is not None:
            self.asked.append(("suspend", key["sender"], key["order_id"], None))

    def take(self, fact: Fact) -> None:
        """Take one event."""
        body = fact.body
        match fact.kind:
            case "holdmoved":
                self._moved(fact)
            case "holdjudged":
                self.verdicts += body["verdicts"]
            case "holdamended":
                self._amended(body["order"])
            case "orderaccepted" if body["order"]["action"] not in {"suspend", "restore"}:
                self.asked.append((body["order"]["action"], body["key"]["sender"], body["key"]["order_id"], None))
            case "orderrefused":
                key = body["key"]
                self.asked.append((body["order"]["action"], key["sender"], key["order_id"], body["code"]))
            case "restoreasked":
                self._restore_asked(body)
            case _:
                self._take_people(fact)

    def _take_people(self, fact: Fact) -> None:
        body = fact.body
        match fact.kind:
            case "attentionraised":
                self.items.append(body)
                if body["code"] in _STOPS:
                    self.stops[len(self.items)] = [body["code"], body["meter_id"], moment(fact.at), None, body["who"]]
            case "attentioncleared" if body["decision"] is None:
                self._went(fact)
            case "legwaits" if body["because"] == "PACED":
                until = moment(body["until"])
                self.stops[-len(self.stops) - 1] = ["PACED", body["meter_id"], moment(fact.at), until, ""]
            case "attentioncleared":
                self._went(fact)
                item = self.items[body["n"] - 1]
                self.decisions.append((body["by"], item["code"], item["meter_id"], body["decision"], body["comment"]))
            case "alarmraised":
                alarm = body["alarm"]
                self.alarms[alarm["alarm_id"]] = [alarm["code"], alarm["meter_id"], alarm["detail"], None]
            case "alarmacknowledged":
                self.alarms[body["alarm_id"]][3] = body["by"]
            case "holdmarkedwrongful":
                self.wrongful = {"by": body["by"], "reason": body["reason"]}
            case _:
                leg = self.legs.get(_meter_of(body))
                if leg is not None:
                    leg.take(fact.kind, body)

    def _went(self, fact: Fact) -> None:
        stop = self.stops.get(fact.body["n"])
        if stop is not None:
            stop[3] = stop[3] or moment(fact.at)

    def _moved(self, fact: Fact) -> None:
        self.status = _STATUS[fact.body["trigger"]]
        if self.status == "restored":
            ends = [leg.restored for leg in self.legs.values() if leg.concerned]
            if None not in ends:
                self.chargeable_from = max((str(end) for end in ends), key=datetime.fromisoformat, default=fact.at)
        if self.status in _FINAL:
            self.ended_at = fact.at

    def _amended(self, order: Mapping[str, Json]) -> None:
        for name in ("starts_at", "ends_at", "comment"):
            if name in order["given"]:
                self.hold[name] = order[name]

    def _restore_asked(self, body: Mapping[str, Json]) -> None:
        key = body["key"]
        for meter_id in body["found_off_too"]:
            self.legs[meter_id].taken_over()
        if key is None:
            self.asked.append(("restore", body["by"], None, None))
            return
        self.restore_keys.append(key)
        self.asked.append(("restore", key["sender"], key["order_id"], None))

    def told(self) -> dict[str, Json]:
        """All of it, as the statement has it."""
        key = self.hold["suspend_key"] or next(iter(self.restore_keys), None)
        return {
            "hold_id": self.hold["hold_id"],
            "order_id": key and key["order_id"],
            "sender": key and key["sender"],
            "requested_by": self.hold["requested_by"],
            "reason": self.hold["reason"],
            "comment": self.hold["comment"],
            "service_point": self.hold["service_point"],
            "account_ref": self.hold["account_ref"],
            "status": self.status,
            "planned_from": moment(self.hold["starts_at"]),
            "planned_to": moment(self.hold["ends_at"]),
            "chargeable_from": moment(self.chargeable_from),
            "ended_at": moment(self.ended_at),
            "asked": self.asked,
            "verdicts": [(one["rule"], one["version"], one["effect"], one["facts"]) for one in self.verdicts],
            "decisions": self.decisions,
            "stops": sorted((tuple(stop) for stop in self.stops.values()), key=str),
            "alarms": [tuple(alarm) for alarm in self.alarms.values()],
            "wrongful": self.wrongful,
            "fees": self._fees(),
            "legs": [leg.told(moment(self.chargeable_from)) for leg in self.legs.values()],
        }

    def _fees(self) -> Json:
        fees = self.hold["fees"]
        if fees is None:
            return None
        charged = (Decimal(0), Decimal(0)) if self.wrongful else (Decimal(fees["suspend"]), Decimal(fees["restore"]))
        return (*charged, fees["currency"])


def stated(statement: Mapping[str, Json]) -> dict[str, Json]:
    """The same facts as the statement's JSON has them, in the same form."""
    fees, wrongful = statement["fees"], statement["wrongful"]
    return {
        **{
            name: statement[name]
            for name in (
                "hold_id",
                "order_id",
                "sender",
                "requested_by",
                "reason",
                "comment",
                "service_point",
                "account_ref",
                "status",
            )
        },
        **{name: moment(statement[name]) for name in ("planned_from", "planned_to", "chargeable_from", "ended_at")},
        "asked": [(one["action"], one["by"], one["order_id"], one["refused_because"]) for one in statement["asked"]],
        "verdicts": [(one["rule"], one["version"], one["effect"], one["facts"]) for one in statement["verdicts"]],
        "decisions": [
            (one["by"], one["code"], one["meter_id"], one["decision"], one["comment"]) for one in statement["decisions"]
        ],
        "stops": sorted(
            (
                (one["code"], one["meter_id"], moment(one["since"]), moment(one["until"]), one["who"])
                for one in statement["stops"]
            ),
            key=str,
        ),
        "alarms": [
            (one["code"], one["meter_id"], one["detail"], one["acknowledged_by"]) for one in statement["alarms"]
        ],
        "wrongful": wrongful and {"by": wrongful["by"], "reason": wrongful["reason"]},
        "fees": fees and (Decimal(fees["suspend"]), Decimal(fees["restore"]), fees["currency"]),
        "legs": [_leg(leg) for leg in statement["legs"]],
    }


def _leg(leg: Mapping[str, Json]) -> dict[str, Json]:
    work = sorted([*leg["suspended_by"], *leg["restored_by"], *leg["checked_by"]], key=lambda one: one["operation_id"])
    return {
        "meter_id": leg["meter_id"],
        "work": [
            (
                one["operation_id"],
                one["target"],
                one["outcome"],
                one["because"],
                one["proof"],
                one["identity"],
                [
                    (
                        written["intent_id"],
                        tuple(written["planned"]),
                        [(sent["to"], sent["sent"], sent["answer"], sent["qos"]) for sent in written["sent"]],
                        written["answer"],
                    )
                    for written in one["written"]
                ],
                [
                    (
                        seen["actual"],
                        seen["proof"],
                        seen["confirms"],
                        seen["load"],
                        (seen["identity"], seen["identity_value"]),
                        [(point["quantity"], Decimal(point["value"])) for point in seen["measured"]],
                    )
                    for seen in one["seen"]
                ],
            )
            for one in work
        ],
        "stretches": [
            (
                one["serial"],
                one["began_by"],
                one["ended_by"],
                moment(one["begins"]["not_after"]),
                moment(one["ends"] and one["ends"]["not_after"]),
                [(line["register"], line["used"] and Decimal(line["used"])) for line in one["registers"]],
            )
            for one in leg["segments"]
        ],
        "not_chargeable": [(moment(one["begins_at"]), moment(one["ends_at"])) for one in leg["not_chargeable"]],
        "settings": [(one["name"], one["before"], one["after"]) for one in leg["settings"]],
        "witnessed": [(one["by"], one["statement"], one["seal"]) for one in leg["witnessed"]],
        "exchanges": [(one["old_serial"], one["new_serial"]) for one in leg["exchanges"]],
    }


def moment(text: str | None) -> datetime | None:
    """A time, however it is written."""
    return None if text is None else datetime.fromisoformat(text)


def _plain(kind: str) -> str:
    return kind.replace("_", "").lower()


def _hold_of(fact: Fact) -> str | None:
    body = fact.body
    if "hold_id" in body:
        found: str | None = body["hold_id"]
        return found
    for name in ("hold", "operation", "alarm"):
        if name in body:
            return body[name].get("hold_id") if isinstance(body[name], Mapping) else None
    return next(iter(body.get("hold_ids") or ()), None)


def _meter_of(body: Mapping[str, Json]) -> str:
    return str(body["operation"]["meter_id"] if "operation" in body else body.get("meter_id", ""))
