"""What a meter's exception code means, for a question and for a write."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from meterhold.domain.errors import MeterRefused, NeverSent, OutcomeUnknown
from meterhold.domain.frame import Frame
from meterhold.domain.words import Because


class ExceptionCode(IntEnum):
    """The codes of the Modbus application protocol."""

    ILLEGAL_FUNCTION = 0x01
    ILLEGAL_ADDRESS = 0x02
    ILLEGAL_VALUE = 0x03
    DEVICE_FAILURE = 0x04
    ACKNOWLEDGE = 0x05
    BUSY = 0x06
    PATH_UNAVAILABLE = 0x0A
    TARGET_SILENT = 0x0B


DEFINITE: Final = frozenset(
    {
        ExceptionCode.ILLEGAL_FUNCTION,
        ExceptionCode.ILLEGAL_ADDRESS,
        ExceptionCode.ILLEGAL_VALUE,
        ExceptionCode.DEVICE_FAILURE,
    }
)
"""After these a write certainly had no effect."""

_MEANINGS: Final[Mapping[int, Because]] = MappingProxyType(
    {
        ExceptionCode.BUSY: Because.BUS_BUSY,
        ExceptionCode.PATH_UNAVAILABLE: Because.DEVICE_OFFLINE,
        ExceptionCode.TARGET_SILENT: Because.DEVICE_OFFLINE,
    }
)


def refused_question(code: int) -> MeterRefused:
    """What a read that got an exception means: nothing was read, and the meter (or its gateway) says why."""
    return MeterRefused(_MEANINGS.get(code, Because.DEVICE_REFUSED), f"exception {code:02X} for a read", code)


def refused_write(
    code: int, refusals: Mapping[int, Because], frame: Frame
) -> MeterRefused | NeverSent | OutcomeUnknown:
    """What a write that got an exception means. ``refusals`` names this model's own causes."""
    detail = f"exception {code:02X} for a write"
    if code in DEFINITE:
        return MeterRefused(refusals.get(code, Because.DEVICE_REFUSED), detail, code, frame=frame)
    if code in (ExceptionCode.BUSY, ExceptionCode.PATH_UNAVAILABLE):
        return NeverSent(refusals.get(code, _MEANINGS[code]), detail, frame=frame)
    if code == ExceptionCode.TARGET_SILENT:
        # The gateway passed the write on and heard nothing: it may have taken effect.
        return OutcomeUnknown(refusals.get(code, Because.OUTCOME_UNKNOWN), detail, frame=frame)
    if code in refusals:
        return MeterRefused(refusals[code], detail, code, frame=frame)
    return OutcomeUnknown(Because.OUTCOME_UNKNOWN, f"{detail}, a code that nothing explains", frame=frame)
