"""How what waits for a person changes."""

from collections.abc import Mapping

from meterhold.domain import events as e
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.hold import Attention
from meterhold.domain.replacing import replace


def _attention_raised(draft: Draft, event: e.AttentionRaised) -> None:
    hold = draft.hold(event.hold_id)
    item = Attention(
        len(hold.attention) + 1, event.code, event.meter_id, event.at, event.who, event.decisions, event.detail
    )
    draft.holds[event.hold_id] = replace(hold, attention=(*hold.attention, item))


def _attention_cleared(draft: Draft, event: e.AttentionCleared) -> None:
    hold = draft.hold(event.hold_id)
    items = tuple(
        replace(item, cleared_at=event.at, cleared_by=event.by, decision=event.decision) if item.n == event.n else item
        for item in hold.attention
    )
    draft.holds[event.hold_id] = replace(hold, attention=items)


ATTENTION: Mapping[type, Apply] = {
    e.AttentionRaised: _attention_raised,
    e.AttentionCleared: _attention_cleared,
}
