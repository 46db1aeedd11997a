"""What is kept of a leg beside its switching: settings at both ends, exchanges, and what people at the meter stated."""

from collections.abc import Iterator

from meterhold.documents.statement import Exchanged, SettingLine, Witnessed
from meterhold.domain.events import LegExchanged, LegWitnessed, SettingsRead
from meterhold.domain.kept_settings import Setting
from meterhold.domain.words import Moment
from meterhold.usecases.stating.switchings import Happened


def settings_of(events: Happened, meter_id: str) -> Iterator[SettingLine]:
    """Each setting at both ends; of several readings at an end the first before and the last after count."""
    before: tuple[Setting, ...] = ()
    after: tuple[Setting, ...] = ()
    for _, _, event in events:
        if not isinstance(event, SettingsRead) or event.meter_id != meter_id:
            continue
        if event.moment is Moment.BEFORE_SUSPEND:
            before = before or event.settings
        else:
            after = event.settings
    then = {setting.name: setting for setting in before}
    now = {setting.name: setting for setting in after}
    for name in dict.fromkeys((*then, *now)):
        was, is_ = then.get(name), now.get(name)
        known = was or is_
        old, new = (None if one is None else one.value for one in (was, is_))
        differs = old is not None and new is not None and old != new
        yield SettingLine(name, None if known is None else known.unit, old, new, differs)


def exchanges_of(events: Happened, meter_id: str) -> Iterator[Exchanged]:
    """Each meter that was replaced in the hold."""
    for _, _, event in events:
        if isinstance(event, LegExchanged) and event.meter_id == meter_id:
            one = event.exchange
            yield Exchanged(one.at, one.by, one.old_serial, one.new_serial, one.comment)


def witnessed_at(events: Happened, meter_id: str) -> Iterator[Witnessed]:
    """What people at the meter stated."""
    for _, _, event in events:
        if isinstance(event, LegWitnessed) and event.meter_id == meter_id:
            one = event.witness
            yield Witnessed(one.at, one.by, one.state, one.statement, one.seal)
