"""One look at a meter that is tried. What asks has no way to write: it holds a link's ``ask`` and nothing else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from meterhold.cli.trying.link_text import TriedLink
from meterhold.clock import SteadyClock
from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer
from meterhold.domain.observation import Observation
from meterhold.domain.words import Because
from meterhold.drivers import BrokerLink
from meterhold.drivers.configured import Ears, make_links
from meterhold.profiles import PointShown, Profile, decode_look, follows, plan_command, plan_look, show_points
from meterhold.profiles.language.definition import MqttDefinition
from meterhold.profiles.wire import Document, MqttAsk, MqttLatest, MqttWrite, Question, Reply

_CONNECT_WITHIN_S = 5.0


class AskOnly:
    """A turn from which everything but the question was taken away."""

    __slots__ = ("_ask", "_commands")

    def __init__(self, ask: Callable[[Question], Awaitable[Reply]], commands: frozenset[tuple[str, str]]) -> None:
        """Keep how to ask, and which messages (topic, payload) would be commands."""
        self._ask = ask
        self._commands = commands

    async def ask(self, question: Question) -> Reply:
        """Ask. A question that reads like a command of the same profile is not sent."""
        if isinstance(question, MqttAsk) and (question.topic, question.payload) in self._commands:
            raise NeverSent(Because.FORBIDDEN, f"{question.topic} {question.payload} is a command of this profile")
        return await self._ask(question)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and its answer or why there is none."""

    question: Question
    reply: Reply | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """One look."""

    asked: tuple[Asked, ...]
    points: tuple[PointShown, ...]
    seen: Observation


async def try_profile(profile: Profile, link: TriedLink, wait_s: float) -> Tried:
    """Look once. For what the device says by itself, wait so long. ``NeverSent`` where the link is down."""
    clock, heard = SteadyClock(), asyncio.Event()
    ears = Ears(message=lambda _link, _topic: heard.set())
    links = make_links({"try": link.section}, clock, Random(link.address), ears)  # noqa: S311 - spreads reconnects
    driver = links.driver("try")
    async with AsyncExitStack() as running:
        if isinstance(driver, BrokerLink):
            driver.follow(follows(profile, link.address))
            await driver.start()
            running.push_async_callback(driver.stop)
            await _connected(driver)
        running.push_async_callback(links.stop)
        turn = await running.enter_async_context(links.turn("try"))
        asker = AskOnly(turn.ask, _commands(profile, link.address))
        asked = await _ask_all(asker, profile, link.address, heard, wait_s)
        now = clock.now()
    replies = [one.reply for one in asked]
    return Tried(tuple(asked), show_points(profile, replies, now), decode_look(profile, replies, now))


async def _connected(driver: BrokerLink) -> None:
    try:
        async with asyncio.timeout(_CONNECT_WITHIN_S):
            await driver.wait_up()
    except TimeoutError:
        raise NeverSent(Because.DEVICE_OFFLINE, f"broker {driver.host}:{driver.port} does not let us in") from None


async def _ask_all(asker: AskOnly, profile: Profile, address: str, heard: asyncio.Event, wait_s: float) -> list[Asked]:
    """Ask everything once; then wait for what only comes by itself, until all of it was said or time is up."""
    questions, definition = plan_look(profile, address), profile.definition
    # Behind the sources stands availability, which need not be said again.
    reports_end = len(definition.sources) if isinstance(definition, MqttDefinition) else 0
    asked = [await _ask(asker, question) for question in questions]
    try:
        async with asyncio.timeout(wait_s):
            while any(map(_is_due, asked[:reports_end])):
                await heard.wait()
                heard.clear()
                asked = [
                    await _ask(asker, one.question) if isinstance(one.question, MqttLatest) else one for one in asked
                ]
    except TimeoutError:
        pass
    return asked


def _is_due(one: Asked) -> bool:
    """Whether only waiting helps: nothing was said yet, or only what the broker had kept, which shows nothing."""
    kept = isinstance(one.reply, Document) and one.reply.retained
    return isinstance(one.question, MqttLatest) and (one.reply is None or kept)


async def _ask(asker: AskOnly, question: Question) -> Asked:
    try:
        return Asked(question, await asker.ask(question))
    except (NoAnswer, MeterRefused) as error:
        return Asked(question, None, str(error))


def _commands(profile: Profile, address: str) -> frozenset[tuple[str, str]]:
    """What this profile's commands publish, as far as it is the same each time."""
    said = set()
    for target, command in profile.commands.items():
        if not any(step.varies for step in command.steps):
            steps = plan_command(profile, target, address)
            said |= {(step.topic, step.payload) for step in steps if isinstance(step, MqttWrite)}
    return frozenset(said)


def payload_of(reply: Reply) -> str:
    """What a reply brought, in one line."""
    value = getattr(reply, "value", None)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
