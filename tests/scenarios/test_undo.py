"""undo: a request of its own with the exact way back; refused, with a fresh line, once the flow has moved on."""

from __future__ import annotations

from bot.store import requests
from tests.stage import ADMIN, ANN, BOB, EU_US, Stage

ON = "exactly-once on kafka-eu -> kafka-us"


async def applied(stage: Stage, text: str = ON) -> int:
    number = await stage.ask(text)
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied and verified")
    await stage.quiet()
    return number


async def test_a_click_on_undo_opens_a_request_with_its_own_approval(stage: Stage) -> None:
    before = stage.flow()
    number = await applied(stage)
    await stage.click(ANN, number, "undo")
    undo = number + 1
    card = await stage.card(undo, "waiting for approval")
    assert f"undoes request {number}" in str(card.blocks)
    await stage.type(ANN, f"approve {undo}", "you asked for it yourself")
    await stage.type(BOB, f"approve {undo}", "You approved")
    await stage.card(undo, "applied and verified")
    assert stage.flow() == before
    found = await requests.load(stage.store, undo)
    assert found is not None
    assert found.undoes == number


async def test_what_was_not_set_before_is_cleared_or_said(stage: Stage) -> None:
    stage.aiven.world.service("acme-prod", "mm2-eu").flows["kafka-eu", "kafka-us"].stored.pop(
        "exactly_once_delivery_enabled"
    )
    number = await applied(
        stage, f"{ON.replace('exactly-once on', 'update')} exactly-once=on config-exclude=retention.ms"
    )
    await stage.type(ANN, f"undo {number}", "waits for approval")
    card = await stage.card(number + 1, "waiting for approval")
    assert "`exactly-once` was not set before and cannot be unset; it is set to its default, off." in str(card.blocks)
    await stage.click(BOB, number + 1, "approve")
    await stage.card(number + 1, "applied and verified")
    flow = stage.flow() or {}
    assert flow["exactly_once_delivery_enabled"] is False
    assert "config_properties_exclude" not in flow


async def test_a_delete_is_undone_by_creating_the_flow_as_it_was(stage: Stage) -> None:
    before = stage.flow()
    number = await applied(stage, "delete kafka-eu -> kafka-us")
    assert stage.flow() is None
    await stage.type(ANN, f"undo {number} --reason wrong-flow", "waits for approval")
    await stage.click(BOB, number + 1, "approve")
    await stage.card(number + 1, "applied and verified")
    assert stage.flow() == before


async def test_a_create_is_undone_by_a_delete(stage: Stage) -> None:
    number = await applied(stage, "create kafka-us -> kafka-eu topics=orders.*")
    await stage.type(ANN, f"undo {number}", "waits for approval")
    await stage.click(BOB, number + 1, "approve")
    await stage.card(number + 1, "applied and verified")
    assert stage.aiven.world.flow("acme-prod", "mm2-eu", "kafka-us", "kafka-eu") is None


async def test_a_flow_that_has_moved_on_is_not_undone_but_a_line_says_what_would_be(stage: Stage) -> None:
    number = await applied(stage)
    stage.aiven.world.change_flow(*EU_US, {"topics": ["other"]})
    said = await stage.type(ANN, f"undo {number}", "cannot be undone as it was")
    line = said.partition("`/flow ")[2].partition("`")[0]
    assert line == "update acme-prod/mm2-eu/kafka-eu->kafka-us exactly-once=off"
    await stage.type(ANN, line, "waits for approval")
    stage.aiven.world.remove_flow(*EU_US)
    await stage.type(ANN, f"undo {number}", "is gone")


async def test_what_changed_nothing_cannot_be_undone(stage: Stage) -> None:
    number = await stage.ask(ON)
    await stage.type(ANN, f"undo {number}", "it is pending")
    await stage.type(ANN, f"cancel {number}", "You took back")
    await stage.type(ANN, f"undo {number}", "it is cancelled, so there is nothing of it to take back")
    await stage.type(ANN, "undo 999", "There is no request 999")
    await stage.type(ADMIN, "role grant @eve viewer on acme-prod/*", "is now")
    assert any(tag.endswith("request:undo.refused") for tag in await stage.tags())


async def test_who_may_not_ask_for_the_change_may_not_ask_for_its_undoing(stage: Stage) -> None:
    number = await applied(stage)
    await stage.type(BOB, f"undo {number}", "it takes the right to flow.tune")
