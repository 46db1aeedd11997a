"""The projections once more, from the events alone: what proves that the events are the truth."""

from collections.abc import Callable

from sqlalchemy import select

from meterhold.domain.draft import Draft, World
from meterhold.domain.events import Event
from meterhold.store.codec import decode_event
from meterhold.store.schema import reading
from meterhold.store.tables import EVENTS

Emit = Callable[[Draft, Event], None]
"""The domain's ``emit``: applies one event to a draft."""

_EVENTS = select(EVENTS.c.seq, EVENTS.c.kind, EVENTS.c.body).order_by(EVENTS.c.seq).execution_options(yield_per=1000)


def rebuild(url: str, emit: Emit) -> World:
    """Apply every event of the store at ``url``, in the order in which they were committed, to an empty world."""
    world = World()
    with reading(url) as connection:
        for seq, kind, body in connection.execute(_EVENTS):
            draft = Draft(world)
            emit(draft, decode_event(kind, body, f"event {seq}"))
            world.take_over(draft)
    return world
