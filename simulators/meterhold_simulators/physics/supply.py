"""Words that relay and valve share."""

from enum import StrEnum


class Supply(StrEnum):
    """The physical truth: whether the premises can draw."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    MOVING = "moving"


class Cause(StrEnum):
    """Who made the mechanism move."""

    COMMAND = "command"
    TIMER = "timer"
    BUTTON = "button"
    TRIP = "trip"
