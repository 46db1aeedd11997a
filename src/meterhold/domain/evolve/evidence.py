"""How what is kept for a dispute changes a hold."""

from collections.abc import Mapping

from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldMarkedWrongful, SettingsRead
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.hold import Wrongful
from meterhold.domain.replacing import replace
from meterhold.domain.words import Moment


def _settings_read(draft: Draft, event: SettingsRead) -> None:
    """The first snapshot counts: what the customer had before the hold."""
    if event.moment is not Moment.BEFORE_SUSPEND:
        return
    hold = draft.hold(event.hold_id)
    legs = tuple(replace(leg, settings=event.settings) if leg.meter_id == event.meter_id else leg for leg in hold.legs)
    draft.holds[event.hold_id] = replace(hold, legs=legs)


def _marked_wrongful(draft: Draft, event: HoldMarkedWrongful) -> None:
    mark = Wrongful(event.at, event.by, event.reason)
    draft.holds[event.hold_id] = replace(draft.hold(event.hold_id), wrongful=mark)


EVIDENCE: Mapping[type, Apply] = {
    SettingsRead: _settings_read,
    HoldMarkedWrongful: _marked_wrongful,
}
