"""What a cause means, in a plain sentence for an operator: the one table of them.

Attention, statements and the command line all say it in these words.
"""

from collections.abc import Mapping

from meterhold.domain.words import Because

SENTENCES: Mapping[Because, str] = {
    Because.WELDED: "the relay says off and current still flows: its contacts may be welded",
    Because.LEAKING: "the valve says shut and water still flows: it may leak, or its gear may have come off",
    Because.VERIFY_MISMATCH: "what the device shows and what flows do not fit together",
    Because.INTERMEDIATE_POSITION: "it stopped half way: something is in its way, or its drive has failed",
    Because.NO_MOVEMENT: "the command had no effect, or the device reports a fault of its actuator",
    Because.NO_EVIDENCE: "the command was taken, and nothing but an echo shows an effect",
    Because.LOAD_SIDE_VOLTAGE: "there is voltage on the customer's side: somebody feeds the house from behind",
    Because.LOAD_TOO_HIGH: "the house draws more than the switch may break: it can be cut when less is drawn",
    Because.TRIPPED: "its protection has tripped: a person must look why before it is closed",
    Because.LOCAL_CONTROL: "it is switched to local control at the device, and obeys nobody else",
    Because.BATTERY_LOW: "its battery is too low for a movement that would not stop half way",
    Because.EMPTY_PIPE: "the pipe is empty, so that no flow says nothing about the valve",
    Because.LEAK_ON_RESTORE: "water flowed without a pause after the valve was opened, so it was shut again",
    Because.TEMPERATURE: "it is too hot or too cold for the device to move",
    Because.DEVICE_OFFLINE: "the device, or what connects it, is said to be offline",
    Because.DEVICE_REFUSED: "the device said no",
    Because.COMM_TIMEOUT: "the device does not answer",
    Because.OUTCOME_UNKNOWN: "a write may have taken effect and nobody can see",
    Because.METER_MISMATCH: "another meter answered than the one that is meant",
    Because.NOT_COMMISSIONED: "nobody has confirmed that this address is this meter",
    Because.BUS_BUSY: "an earlier write to this meter is not resolved yet",
    Because.PACED: "many homes of this area are coming back: each has its moment, so that the feeder bears it",
    Because.VALVES_MOVING: "as many valves as may close at once in this zone are closing: it waits for one of them",
    Because.WITNESS_CONTRADICTED: "what a person saw at the meter and what the meter shows do not agree",
    Because.ARMED: "it is off, and the customer can bring supply back by pressing its button",
    Because.RETAINED_COMMAND: "somebody left a command on the meter's topic, which repeats itself at each reconnect",
    Because.BULK: "many are asked for at once: they wait for a second person together",
    Because.BULK_LIMIT: "more is switched than usual: from here on a second person must agree",
    Because.LOAD_CAP: "more load would be cut than is let through without a second person",
    Because.SUPPLY_BACK: "somebody or something at the device has brought supply back without an order",
    Because.STATE_DRIFT: "it is not in the state in which it is meant to be, and no order made it so",
    Because.USAGE_WHILE_HELD: "more was used than a home that is on hold should use",
    Because.REGISTER_BACKWARDS: "its register stands lower than it once did: it was reset, or it is another meter",
    Because.METER_REPLACED: "another meter is there than the one that was held, and nobody has recorded an exchange",
    Because.DEVICE_SILENT: "it has not answered for longer than the site allows",
    Because.LOCK_REVIEW: "a lock has passed the time at which somebody was to look whether it is still needed",
    Because.POLICY_HOURS: "a rule of the site permits it at other hours only",
    Because.POLICY_CALENDAR: "a rule of the site permits it on other days only",
    Because.POLICY_WEATHER: "a rule of the site forbids it in the weather that is forecast, or while none is known",
    Because.POLICY_NOTICE: "a rule of the site asks for notice, and not enough time has passed since it was given",
    Because.POLICY_LENGTH: "a rule of the site says how long a hold may last",
    Because.POLICY_FORBIDS: "a rule of the site does not permit it at all",
    Because.POLICY_APPROVAL: "a rule of the site asks for a second person, who has said no",
    Because.MORATORIUM: "an operator lets no suspension begin there for a while",
    Because.PROTECTED_CUSTOMER: "somebody there depends on supply, or several homes do",
    Because.FIRE_SERVICE: "it feeds what fights a fire, and is never cut off",
    Because.INSPECTION_DUE: "supply was off for so long that a person must inspect the premises before it comes back",
}
"""The causes that lie in a device or its wire, in what it measures, and in the rules that protect people."""


def sentence(because: Because) -> str:
    """Say a cause plainly; its code where there is no sentence for it."""
    return SENTENCES.get(because, because.value)
