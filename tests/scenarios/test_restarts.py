"""Killed at the worst moments and started again: nothing is lost, nothing happens twice."""

from __future__ import annotations

import pytest

from bot.core.outcome import SETTLE
from tests.stage import ANN, BOB, EU_US, OPS, Stage

ON = "exactly-once on kafka-eu -> kafka-us"
FLOW = "replication-flows/kafka-eu/kafka-us"
LEASE = 15


async def again(stage: Stage) -> None:
    """Kills the bot, starts another, and lets the leases of the dead run out."""
    await stage.kill()
    await stage.start()
    await stage.advance(LEASE)


@pytest.mark.parametrize("after", [False, True], ids=["before it takes effect", "after it took effect"])
async def test_killed_while_a_write_is_under_way(stage: Stage, after: bool) -> None:
    """The next process finds the request being applied and reads what became of it."""
    number = await stage.ask(ON)
    hold = stage.aiven.hold("PUT", FLOW, after=after)
    await stage.type(BOB, f"approve {number}", "You approved")
    await hold.arrived.wait()
    await stage.kill()
    hold.release()
    await stage.aiven.wait_for(lambda: hold.call is not None and (hold.call.applied or hold.call.status is not None))
    await stage.start()
    await stage.advance(LEASE)
    await stage.card(number, "applied and verified")
    assert [call.applied for call in stage.aiven.writes()].count(True) == 1


async def test_killed_before_the_write_was_sent(stage: Stage) -> None:
    """Approved and leased, nothing sent: the next process goes on from the approval."""
    number = await stage.ask(ON)
    hold = stage.aiven.hold("GET", FLOW)
    await stage.type(BOB, f"approve {number}", "You approved")
    await hold.arrived.wait()
    await stage.kill()
    hold.release()
    await stage.start()
    await stage.advance(LEASE)
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


async def test_killed_between_the_intent_and_the_call(stage: Stage) -> None:
    """The record says that a write is under way, but none arrived: it is sent once it had time to show."""
    number = await stage.ask(ON)
    stage.aiven.fail(method="PUT", path=FLOW, drop="before")
    hold = stage.aiven.hold("PUT", FLOW)
    await stage.type(BOB, f"approve {number}", "You approved")
    await hold.arrived.wait()
    await stage.kill()
    hold.release()
    await stage.start()
    await stage.advance(max(LEASE, SETTLE.total_seconds()))
    await stage.card(number, "applied and verified")
    assert [call.applied for call in stage.aiven.writes()] == [False, True]


async def test_killed_while_a_command_is_planned(stage: Stage) -> None:
    """An acknowledged command is not lost: the next process answers it."""
    hold = stage.aiven.hold("GET", FLOW)
    assert (await stage.slack.command(ANN, OPS, f"/flow {ON}")).ok
    await hold.arrived.wait()
    await stage.kill()
    hold.release()
    await stage.start()
    await stage.advance(LEASE)
    await stage.card(1, "waiting for approval")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "Request *1*" in m.text])


async def test_killed_while_the_card_is_painted(stage: Stage) -> None:
    """Posted and not recorded: the next process posts another, and every card of the request ends without buttons."""
    fault = stage.slack.fail("chat.postMessage", delay=30)
    assert (await stage.slack.command(ANN, OPS, f"/flow {ON}")).ok
    await stage.slack.wait_for(lambda: fault.times == 0)
    await again(stage)
    await stage.card(1, "waiting for approval")
    await stage.click(BOB, 1, "approve")
    await stage.card(1, "applied and verified")


async def test_a_clean_stop_waits_for_the_write_under_way(stage: Stage) -> None:
    number = await stage.ask(ON)
    hold = stage.aiven.hold("PUT", FLOW)
    await stage.type(BOB, f"approve {number}", "You approved")
    await hold.arrived.wait()
    assert stage.sluice is not None
    stage.sluice.stop()
    hold.release()
    await stage.stop()
    assert (stage.flow() or {})["exactly_once_delivery_enabled"] is True
    await stage.start()
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


async def test_a_stop_hands_back_what_it_cannot_finish(stage: Stage) -> None:
    """What is still in hand when the time to drain is over goes on at once in the next process."""
    number = await stage.ask(ON)
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    stage.sluice._worker._drain_seconds = 0.05
    hold = stage.aiven.hold("GET", FLOW)
    await stage.type(BOB, f"approve {number}", "You approved")
    await hold.arrived.wait()
    await stage.stop()
    hold.release()
    await stage.start()
    await stage.card(number, "applied and verified")


async def test_it_expires_though_nobody_was_there_when_its_time_came(stage: Stage) -> None:
    number = await stage.ask(ON)
    await stage.kill()
    stage.clock.offset += 25 * 3600 * 1000
    await stage.start()
    await stage.card(number, "expired")


async def test_a_change_meanwhile_is_seen_after_the_restart(stage: Stage) -> None:
    number = await stage.ask(ON)
    await stage.quiet()
    await stage.kill()
    stage.aiven.world.change_flow(*EU_US, {"enabled": False})
    await stage.start()
    await stage.click(BOB, number, "approve")
    await stage.card(number, "stale")
    assert stage.aiven.writes() == []


async def test_two_bots_on_one_store_share_the_work_and_apply_once(stage: Stage) -> None:
    number = await stage.ask(ON)
    first = stage.sluice, stage.running
    await stage.start()
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1
    await stage.stop()
    stage.sluice, stage.running = first
