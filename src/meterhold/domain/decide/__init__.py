"""Decide at commit: rows and a command in, events or a refusal out. Pure; nothing here waits, writes or asks."""

from typing import assert_never

from meterhold.domain import commands as c
from meterhold.domain.commands.terms import DEFAULT_TERMS
from meterhold.domain.decide import (
    alarming,
    approving,
    audit,
    evidence,
    exchanging,
    intake,
    keys,
    locks,
    operations,
    people,
    registry,
    schedule,
    surroundings,
    watching,
    witnessing,
)
from meterhold.domain.draft import Draft, World

__all__ = ["decide"]


def decide(world: World, command: c.Command) -> Draft:  # noqa: C901, PLR0912, PLR0915  one arm a command is the whole point
    """Run a command against the rows as they are. Raises ``Refused``; the world is not touched."""
    draft = Draft(world, getattr(command, "terms", DEFAULT_TERMS))
    match command:
        case c.SubmitOrder():
            intake.submit(draft, command)
        case c.AdvanceHold():
            schedule.advance(draft, command)
        case c.RecordIntent():
            operations.record_intent(draft, command)
        case c.RecordTurn():
            operations.record_turn(draft, command)
        case c.DecideAttention():
            people.decide_attention(draft, command)
        case c.DecideApproval():
            approving.decide(draft, command)
        case c.FollowApproval():
            approving.follow(draft, command)
        case c.FinishApproval():
            approving.finish(draft, command)
        case c.ExpireApproval():
            approving.expire(draft, command)
        case c.CompleteSet():
            approving.complete(draft, command)
        case c.AskLimits():
            approving.ask_limits(draft, command)
        case c.ReportPoisoned():
            operations.report_poisoned(draft, command)
        case c.MarkWrongful():
            evidence.mark_wrongful(draft, command)
        case c.RegisterMeters():
            registry.register(draft, command)
        case c.LockMeter():
            locks.lock(draft, command)
        case c.UnlockMeter():
            locks.unlock(draft, command)
        case c.ReviewLock():
            locks.review(draft, command)
        case c.RecordWitness():
            witnessing.record(draft, command)
        case c.ExchangeMeter():
            exchanging.exchange(draft, command)
        case c.CommissionMeter():
            registry.commission(draft, command)
        case c.ObserveMeter():
            registry.observe(draft, command)
        case c.ReportAlarm():
            registry.alarm(draft, command)
        case c.SetInhibit():
            people.set_inhibit(draft, command)
        case c.CreateKey():
            keys.create_key(draft, command)
        case c.RotateKey():
            keys.rotate_key(draft, command)
        case c.RevokeKey():
            keys.revoke_key(draft, command)
        case c.RegisterSigningKey():
            keys.register_signing_key(draft, command)
        case c.RevokeSigningKey():
            keys.revoke_signing_key(draft, command)
        case c.StepClock():
            schedule.step_clock(draft, command)
        case c.FoundStore():
            audit.found_store(draft, command)
        case c.KeepCheckpoint():
            audit.keep_checkpoint(draft, command)
        case c.KeepRefusal():
            audit.keep_refusal(draft, command)
        case c.KeepRefusedCalls():
            audit.keep_refused_calls(draft, command)
        case c.KeepReload():
            audit.keep_reload(draft, command)
        case c.ReportSiteAlarm():
            audit.report_site_alarm(draft, command)
        case c.AcknowledgeAlarm():
            alarming.acknowledge(draft, command)
        case c.WatchMeter():
            watching.watch(draft, command)
        case c.ReceiveForecasts():
            surroundings.receive_forecasts(draft, command)
        case c.RaiseMoratorium():
            surroundings.raise_moratorium(draft, command)
        case c.LiftMoratorium():
            surroundings.lift_moratorium(draft, command)
        case c.ReviewHold():
            surroundings.review(draft, command)
        case _:
            assert_never(command)
    witnessing.compare(draft, command.at)
    return draft
