"""--for 2h: one approval for a change and for taking it back; announced, surviving everything, never over another's."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.request import State
from bot.core.watching import WatchState
from bot.store import requests
from tests.scenarios.test_watching import ended, ends, on_card, watch_of
from tests.stage import ADMIN, ANN, BOB, EU_US, OPS, Stage

ON = "exactly-once on kafka-eu -> kafka-us --for 2h"
HOURS_2 = 7200


async def holding(stage: Stage, text: str = ON) -> int:
    number = await stage.ask(text)
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied, for a while")
    await stage.quiet()
    return number


async def told(stage: Stage, words: str) -> None:
    await stage.slack.wait_for(lambda: [m for m in stage.slack.in_channel(OPS) if words in m.text])


async def state_of(stage: Stage, number: int) -> State:
    found = await requests.load(stage.store, number)
    assert found is not None
    return found.state


async def test_it_is_announced_and_taken_back_by_the_same_approval(stage: Stage) -> None:
    before = stage.flow()
    number = await stage.ask(ON)
    assert "for 2h" in str((await stage.card(number, "waiting")).blocks)
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied, for a while")
    await told(stage, "It is taken back")
    await stage.advance(HOURS_2 - 900)
    await stage.quiet()
    assert (stage.flow() or {})["exactly_once_delivery_enabled"] is True
    await stage.advance(300)
    await told(stage, "is taken back")
    await stage.advance(600)
    card = await stage.card(number, "applied, and taken back")
    assert stage.flow() == before
    assert "Applied, and taken back." in str(card.blocks)
    assert [call.method for call in stage.aiven.writes()] == ["PUT", "PUT"]
    tags = [tag.partition(":")[2] for tag in await stage.tags()]
    assert tags.count("request:send") == 2
    assert tags.count("request:approve") == 1


async def test_it_survives_a_dead_bot(stage: Stage) -> None:
    number = await holding(stage)
    await stage.kill()
    stage.clock.offset += (HOURS_2 + 60) * 1000
    await stage.start()
    await stage.card(number, "applied, and taken back")
    assert (stage.flow() or {})["exactly_once_delivery_enabled"] is False


async def test_what_somebody_else_changed_meanwhile_is_not_written_over(stage: Stage) -> None:
    number = await holding(stage)
    stage.aiven.world.change_flow(*EU_US, {"topics": ["other"]})
    await stage.advance(HOURS_2 + 1)
    card = await stage.card(number, "applied, and not taken back")
    assert "topics changed meanwhile" in str(card.blocks)
    assert len(stage.aiven.writes()) == 1


async def test_without_its_approvals_in_force_it_is_not_taken_back(stage: Stage) -> None:
    """The promise holds for the second write too."""
    number = await holding(stage)
    await stage.type(ADMIN, "role revoke @bob approver on acme-prod/*", "is no longer")
    await stage.advance(HOURS_2 + 1)
    card = await stage.card(number, "applied, and not taken back")
    assert "No longer counted" in str(card.blocks)
    assert len(stage.aiven.writes()) == 1
    assert await state_of(stage, number) is State.KEPT


async def test_the_requester_can_take_it_back_early(stage: Stage) -> None:
    number = await holding(stage)
    await stage.type(BOB, f"cancel {number}", "only the person who asked can take it back early")
    await stage.click(ANN, number, "cancel")
    await stage.card(number, "applied, and taken back")
    assert (stage.flow() or {})["exactly_once_delivery_enabled"] is False


async def test_an_approver_can_let_it_stay_and_the_requester_cannot(stage: Stage) -> None:
    number = await holding(stage)
    await stage.type(ANN, f"deny {number} I like it", "you asked for it yourself")
    await stage.type(BOB, f"deny {number} it is wanted for good", "You denied")
    await stage.card(number, "applied, and not taken back")
    await stage.advance(HOURS_2 + 1)
    await stage.quiet()
    assert (stage.flow() or {})["exactly_once_delivery_enabled"] is True
    assert len(stage.aiven.writes()) == 1


async def test_nothing_else_can_be_said_while_it_holds(stage: Stage) -> None:
    number = await holding(stage)
    await stage.type(BOB, f"approve {number}", "it is applied already, for a while")
    await stage.type(ANN, f"undo {number}", f"`/flow cancel {number}`")
    await stage.type(ANN, "exactly-once on kafka-eu -> kafka-us", "Nothing to do")
    assert await state_of(stage, number) is State.HOLDING


async def test_a_freeze_holds_up_the_taking_back_too(stage: Stage) -> None:
    number = await holding(stage)
    await stage.type(ADMIN, "freeze acme-prod/* for 3h the sale", "Nothing is applied")
    await stage.advance(HOURS_2 + 60)
    await stage.quiet()
    assert len(stage.aiven.writes()) == 1
    await stage.advance(3600)
    await stage.card(number, "applied, and taken back")


async def test_an_aiven_that_is_away_when_its_time_comes_is_tried_for_a_day(stage: Stage) -> None:
    number = await holding(stage)
    stage.aiven.fail(
        method="PUT", path="replication-flows/kafka-eu/kafka-us", status=429, wait_text_seconds=60, times=3
    )
    await stage.advance(HOURS_2 + 1)
    while await state_of(stage, number) is not State.REVERTED:
        await stage.quiet()
        await stage.advance(20)
    await stage.card(number, "applied, and taken back")
    assert sum(call.applied for call in stage.aiven.writes()) == 2


async def test_a_flow_can_be_there_for_a_while(stage: Stage) -> None:
    """Aiven adds defaults to a flow that is made; those are no change by somebody else."""
    number = await holding(stage, "create kafka-us -> kafka-eu topics=orders.* --for 1h")
    await stage.advance(3601)
    await stage.card(number, "applied, and taken back")
    assert stage.aiven.world.flow("acme-prod", "mm2-eu", "kafka-us", "kafka-eu") is None


@pytest.mark.parametrize(("text", "words"), [
    ("update kafka-us -> kafka-ap heartbeats=on --for 2h", "could not be taken back: `heartbeats` was not set before"),
    ("pause kafka-eu -> kafka-us, kafka-us -> kafka-ap --for 2h", "--for works on one flow at a time"),
    ("pause kafka-eu -> kafka-us --for 60d", "--for takes from 1m to 30d"),
    ("pause kafka-eu -> kafka-us --for soon", "is no duration"),
])  # fmt: skip
async def test_what_cannot_be_for_a_while_is_said_before(stage: Stage, text: str, words: str) -> None:
    await stage.type(ANN, text, words)
    await stage.type(ANN, "requests", "None.")


async def test_a_pause_for_a_while_is_judged_by_how_long_it_lasts(stage: Stage) -> None:
    """orders.cancelled is kept for 24 hours."""
    short = await stage.ask("pause kafka-eu -> kafka-us --for 2h")
    long = await stage.ask("pause kafka-eu -> kafka-us --for 3d")
    found = [await requests.load(stage.store, number) for number in (short, long)]
    levels = [[str(each.level) for each in one.findings if each.rule == "outlasts-retention"] for one in found if one]
    assert levels == [[], ["warn"]]


async def test_it_is_watched_while_it_holds_and_again_when_it_is_taken_back(stage: Stage) -> None:
    number = await holding(stage, "pause kafka-eu -> kafka-us --for 20m")
    assert (await ended(stage, number)).state is WatchState.SETTLED
    await on_card(stage, number, "flow paused")
    assert await state_of(stage, number) is State.HOLDING
    await stage.advance(1200)
    await stage.card(number, "applied, and taken back")
    await stage.quiet()
    assert (await watch_of(stage, number)).back
    assert (await ended(stage, number)).state is WatchState.SETTLED
    await on_card(stage, number, "progress 98 %")
    assert await ends(stage) == [(f"request/{number}", "settled")] * 2


async def test_what_is_taken_back_before_it_has_settled_is_watched_on_its_way_back_alone(stage: Stage) -> None:
    number = await holding(stage, "pause kafka-eu -> kafka-us --for 20m")
    await stage.type(ANN, f"cancel {number}")
    await stage.card(number, "applied, and taken back")
    await stage.quiet()
    assert (await watch_of(stage, number)).back
    assert (await ended(stage, number)).state is WatchState.SETTLED
    assert await ends(stage) == [(f"request/{number}", "settled")]


async def test_what_somebody_else_made_meanwhile_is_not_taken_back(stage: Stage) -> None:
    number = await stage.ask(ON)
    stage.aiven.world.change_flow(*EU_US, {"exactly_once_delivery_enabled": True})
    await stage.click(BOB, number, "approve")
    card = await stage.card(number, "applied and verified")
    assert "not made here, so it is not taken back" in str(card.blocks)
    await stage.advance(HOURS_2 + 60)
    await stage.quiet()
    assert stage.aiven.writes() == []


async def test_what_another_request_wants_for_good_stays(stage: Stage) -> None:
    """It was asked for before, and found its flow so already when it was approved."""
    first = await stage.ask(ON)
    second = await stage.ask("exactly-once on kafka-eu -> kafka-us")
    await stage.click(BOB, first, "approve")
    await stage.card(first, "applied, for a while")
    await stage.quiet()
    await stage.click(BOB, second, "approve")
    await stage.card(second, "applied and verified")
    await stage.quiet()
    await stage.advance(HOURS_2 + 1)
    card = await stage.card(first, "applied, and not taken back")
    assert f"request {second} asked for the same for good" in str(card.blocks)
    assert len(stage.aiven.writes()) == 1


async def test_who_may_not_delete_makes_no_flow_for_a_while(stage: Stage) -> None:
    await stage.put_policy('[[deny]]\nname = "no deletes"\nrights = ["flow.delete"]\n')
    await stage.type(ANN, "create kafka-us -> kafka-eu topics=orders.* --for 1h", "“no deletes” of the policy forbids")


async def test_a_look_at_how_it_lands_does_not_disturb_the_second_write(stage: Stage) -> None:
    """Aiven takes the write but gives no answer of any meaning: it is read from then on, and never sent again."""
    number = await holding(stage)
    await stage.advance(9)
    stage.aiven.fail(method="PUT", path="replication-flows/kafka-eu/kafka-us", status=200, html=True, times=1)
    hold = stage.aiven.hold("PUT", "replication-flows/kafka-eu/kafka-us")
    await stage.click(ANN, number, "cancel")
    await hold.arrived.wait()
    before = await requests.load(stage.store, number)
    await stage.advance(7)
    for _ in range(20):
        await stage.store.ping()
        await asyncio.sleep(0.02)
    after = await requests.load(stage.store, number)
    assert before is not None
    assert after is not None
    assert (after.state, after.version) == (State.APPLYING, before.version)
    hold.release()
    await stage.quiet()
    for _ in range(8):
        await stage.advance(4)
        await stage.store.ping()
        await stage.quiet()
    assert len(stage.aiven.writes()) == 2
