"""What several topics of one device brought, as a look gets it."""

from collections.abc import Mapping
from datetime import datetime

from meterhold.profiles import Profile, plan_look
from meterhold.profiles.wire import Document, MqttAsk, MqttLatest, Reply
from tests.unit.profiles.replies import NOW


def spoken(
    profile: Profile, address: str, values: Mapping[str, object], *, at: datetime = NOW, retained: bool = False
) -> list[Reply | None]:
    """Answer a look from what stands on each topic; where nothing does, nothing was ever said."""
    replies: list[Reply | None] = []
    for question in plan_look(profile, address):
        assert isinstance(question, MqttAsk | MqttLatest)
        topic = question.topic if isinstance(question, MqttLatest) else question.reply.topic
        kept = retained and isinstance(question, MqttLatest)
        replies.append(Document(question, values[topic], at, kept) if topic in values else None)
    return replies
