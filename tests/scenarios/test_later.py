"""--at 22:00Z: approved now, made then, with everything judged again; listed and cancellable until then."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from bot.core.fields import IDENTITY_POLICY
from bot.store import requests
from tests.stage import ADMIN, ANN, BOB, EU_US, Stage

ON = "exactly-once on kafka-eu -> kafka-us"


def later(stage: Stage, seconds: int) -> str:
    """A moment so many seconds from now, as it is typed."""
    return f"{(stage.clock.now() + timedelta(seconds=seconds)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


async def scheduled(stage: Stage, text: str = ON, seconds: int = 7200) -> int:
    number = await stage.ask(f"{text} --at {later(stage, seconds)}")
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.card(number, "approved, to be applied")
    await stage.quiet()
    return number


async def test_it_is_made_when_its_time_comes_and_not_before(stage: Stage) -> None:
    number = await scheduled(stage)
    card = await stage.card(number, "approved, to be applied")
    assert "It is applied <!date^" in str(card.blocks)
    await stage.advance(7100)
    await stage.quiet()
    assert stage.aiven.writes() == []
    await stage.advance(101)
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


async def test_it_is_listed_and_can_be_taken_back_and_denied(stage: Stage) -> None:
    first = await scheduled(stage)
    await stage.type(ANN, "requests", "at 20")
    await stage.type(ANN, f"cancel {first}", "You took back")
    second = await scheduled(stage, "pause kafka-eu -> kafka-us")
    await stage.type(BOB, f"deny {second} not today", "You denied")
    await stage.advance(7300)
    await stage.quiet()
    assert stage.aiven.writes() == []


async def test_an_approval_that_is_lost_by_then_does_not_count(stage: Stage) -> None:
    number = await scheduled(stage)
    await stage.type(ADMIN, "role revoke @bob approver on acme-prod/*", "is no longer")
    await stage.advance(7201)
    await stage.card(number, "waiting for approval")
    assert stage.aiven.writes() == []


async def test_what_a_look_ahead_would_stop_by_then_is_not_sent(stage: Stage) -> None:
    """The way back is there by then, and would close a circle."""
    stage.aiven.world.change_flow(*EU_US, {"replication_policy_class": IDENTITY_POLICY, "enabled": False})
    number = await scheduled(stage, "create kafka-us -> kafka-eu topics=orders.* policy=identity")
    stage.aiven.world.change_flow(*EU_US, {"enabled": True})
    await stage.advance(7201)
    card = await stage.card(number, "stale")
    assert "When its time came something stopped it" in str(card.blocks)
    assert stage.aiven.writes() == []


async def test_a_flow_that_changed_by_then_makes_it_stale(stage: Stage) -> None:
    number = await scheduled(stage)
    stage.aiven.world.change_flow(*EU_US, {"topics": ["other"]})
    await stage.advance(7201)
    await stage.card(number, "stale")


async def test_approved_too_late_it_expires(stage: Stage) -> None:
    """An hour after its time nobody expects it any more."""
    number = await stage.ask(f"{ON} --at {later(stage, 3600)}")
    await stage.advance(3700)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")
    number = await stage.ask(f"pause kafka-eu -> kafka-us --at {later(stage, 3600)}")
    await stage.advance(7300)
    await stage.card(number, "expired")


async def test_it_survives_a_dead_bot(stage: Stage) -> None:
    number = await scheduled(stage)
    await stage.kill()
    stage.clock.offset += 7_300_000
    await stage.start()
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


async def test_later_and_for_a_while(stage: Stage) -> None:
    number = await scheduled(stage, f"{ON} --for 1h")
    await stage.advance(7201)
    await stage.card(number, "applied, for a while")
    found = await requests.load(stage.store, number)
    assert found is not None
    assert found.revert_at is not None
    assert found.revert_at - found.changed_at == timedelta(hours=1)
    await stage.quiet()
    await stage.advance(3700)
    await stage.card(number, "applied, and taken back")


async def test_a_time_is_by_the_clock_of_who_types_it(stage: Stage) -> None:
    stage.slack.world.users[ANN].tz = "Europe/Helsinki"
    await stage.advance(61)
    number = await stage.ask(f"{ON} --at tomorrow 06:00")
    found = await requests.load(stage.store, number)
    assert found is not None
    assert found.timing.at is not None
    assert found.timing.at.astimezone(UTC).hour in (3, 4)


@pytest.mark.parametrize(("at", "words"), [
    ("whenever", "I cannot read “whenever” as a time"),
    ("2020-01-01T00:00Z", "is over, or more than 30 days away"),
    ("2199-01-01T00:00Z", "is over, or more than 30 days away"),
])  # fmt: skip
async def test_a_time_that_makes_no_sense_is_said(stage: Stage, at: str, words: str) -> None:
    await stage.type(ANN, f"{ON} --at {at}", words)


async def test_a_time_does_not_slip_by_a_day_while_aiven_is_away(stage: Stage) -> None:
    """22:00 is the next one seen from when it was typed; if that is over by then, it is said."""
    now = stage.clock.now().astimezone(UTC)
    stage.clock.offset += (57 - now.second) % 60 * 1000
    at = stage.clock.now() + timedelta(minutes=1)
    stage.aiven.fail(method="GET", path="replication-flows/kafka-eu/kafka-us", status=503, times=3)
    await stage.type(ANN, f"{ON} --at {at:%H:%M}Z", "Your command is kept")
    await stage.quiet()
    await stage.advance(10)
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "UTC is over" in m.text])
    await stage.type(ANN, "requests", "None.")


@pytest.mark.parametrize("at", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
async def test_the_ends_of_time_are_no_time(stage: Stage, at: str) -> None:
    await stage.type(ANN, f"{ON} --at {at}", "I cannot read")
