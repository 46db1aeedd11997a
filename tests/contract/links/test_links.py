"""What every link promises, whatever carries it: the fake and the real ones are held to the same."""

import asyncio

import pytest

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.words import Proof
from tests.contract.links.conftest import REFUSAL, MakeBench


async def test_a_question_brings_the_reply_that_belongs_to_it(bench: MakeBench) -> None:
    """A reply names its question and when it came."""
    async with bench() as b, b.links.turn(b.name) as turn:
        reply = await turn.ask(b.question)
    assert reply.request == b.question
    assert reply.at.tzinfo is not None


async def test_a_write_arrives_once_and_is_acknowledged(bench: MakeBench) -> None:
    """What the device itself has answered is more than sent, and the evidence is readable."""
    async with bench() as b, b.links.turn(b.name) as turn:
        acknowledgement = await turn.write(b.write)
        assert acknowledgement.level is Proof.ACKNOWLEDGED
        assert acknowledgement.frame.sent
        assert b.far.writes() == 1


async def test_silence_after_a_question_is_no_answer(bench: MakeBench) -> None:
    """An unanswered question says so and can be asked again in another turn."""
    async with bench() as b:
        b.far.be_silent()
        async with b.links.turn(b.name) as turn:
            with pytest.raises(NoAnswer):
                await turn.ask(b.question)
        b.far.behave()
        async with b.links.turn(b.name) as turn:
            assert (await turn.ask(b.question)).request == b.question


async def test_silence_after_a_write_leaves_its_outcome_unknown_and_repeats_nothing(bench: MakeBench) -> None:
    """After a time-out the write may have taken effect; exactly one left, now and later."""
    async with bench() as b:
        b.far.be_silent()
        async with b.links.turn(b.name) as turn:
            with pytest.raises(OutcomeUnknown):
                await turn.write(b.write)
        b.far.behave()
        async with b.links.turn(b.name) as turn:
            await turn.ask(b.question)
        assert b.far.writes() == 1


async def test_a_refusal_carries_the_devices_own_code(bench: MakeBench) -> None:
    """A device that says no has certainly not acted."""
    async with bench() as b:
        b.far.refuse()
        async with b.links.turn(b.name) as turn:
            with pytest.raises(MeterRefused) as write_refused:
                await turn.write(b.write)
            with pytest.raises(MeterRefused) as question_refused:
                await turn.ask(b.question)
    assert write_refused.value.code == question_refused.value.code == REFUSAL


async def test_a_carrier_lost_under_a_write_is_told_at_once(bench: MakeBench) -> None:
    """A link that waits for a minute does not wait when the connection is gone; the turn is over."""
    async with bench(patient=True) as b:
        b.far.be_silent()
        async with asyncio.timeout(30), b.links.turn(b.name) as turn:
            writing = asyncio.create_task(turn.write(b.write))
            await asyncio.sleep(0)
            await b.far.reached(1)
            await b.far.lose_the_carrier()
            with pytest.raises(OutcomeUnknown):
                await writing
            with pytest.raises(NeverSent):
                await turn.ask(b.question)
            with pytest.raises(NeverSent):
                await turn.write(b.write)
        assert b.far.writes() == 1


async def test_a_carrier_lost_under_a_question_is_told_at_once(bench: MakeBench) -> None:
    """A question that can no longer be answered fails without waiting for its time-out."""
    async with bench(patient=True) as b:
        b.far.be_silent()
        async with asyncio.timeout(30), b.links.turn(b.name) as turn:
            asking = asyncio.create_task(turn.ask(b.question))
            await asyncio.sleep(0)
            await b.far.reached(1)
            await b.far.lose_the_carrier()
            with pytest.raises(NoAnswer):
                await asking


async def test_a_link_that_is_down_takes_no_turn(bench: MakeBench) -> None:
    """Entering a turn on a dead link fails, certainly unsent, and the link says that it is down."""
    async with bench() as b:
        async with b.links.turn(b.name) as turn:
            await turn.ask(b.question)
        assert b.links.up(b.name)
        await b.far.lose_the_carrier()
        async with asyncio.timeout(30):
            while True:
                try:
                    async with b.links.turn(b.name) as turn:
                        await turn.write(b.write)
                except NeverSent:
                    break
                except OutcomeUnknown:
                    # The loss was on its way and not known yet.
                    continue
        assert not b.links.up(b.name)


async def test_a_turn_that_was_given_back_sends_nothing(bench: MakeBench) -> None:
    """Whoever keeps a turn beyond its end cannot use it."""
    async with bench() as b:
        async with b.links.turn(b.name) as turn:
            pass
        with pytest.raises(NeverSent):
            await turn.write(b.write)
        assert b.far.writes() == 0


async def test_no_more_turns_than_the_width(bench: MakeBench) -> None:
    """A turn waits until the link has room for it."""
    async with bench() as b:
        assert b.links.width(b.name) == 1
        inside = asyncio.Event()

        async def second() -> None:
            async with b.links.turn(b.name):
                inside.set()

        async with b.links.turn(b.name) as turn:
            waiting = asyncio.create_task(second())
            await turn.ask(b.question)
            assert not inside.is_set()
        await waiting
        assert inside.is_set()


async def test_a_cancelled_write_is_not_repeated_and_frees_the_link(bench: MakeBench) -> None:
    """Giving up on a write neither repeats it nor blocks the link for others."""
    async with bench(patient=True) as b:
        b.far.be_silent()

        async def write() -> None:
            async with b.links.turn(b.name) as turn:
                await turn.write(b.write)

        writing = asyncio.create_task(write())
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            await b.far.reached(1)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        b.far.behave()
        assert b.far.writes() == 1


async def test_links_are_known_by_name(bench: MakeBench) -> None:
    """The port lists what is configured."""
    async with bench() as b:
        assert list(b.links.names()) == [b.name]
