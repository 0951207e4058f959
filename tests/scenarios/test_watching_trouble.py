"""A change that was applied and does not settle: what the card says of it, and whom it calls."""

from __future__ import annotations

import html

import pytest

from bot.core.watching import WatchState
from bot.sandbox.aiven import SECRET
from tests.scenarios.test_break_glass import posted
from tests.scenarios.test_policy import shown
from tests.scenarios.test_watching import MM2, PROJECT, applied, ended, ends, look, on_card, told, watch_of
from tests.stage import ANN, EU_US, Stage

SERVICE = "service/mm2-eu"


async def test_an_integration_that_fails_is_told_with_its_cause_and_the_log(stage: Stage) -> None:
    """The requester is called once; what Aiven logged holds no secret, and nothing from long before."""
    number = await applied(stage)
    await look(stage, number)
    stage.aiven.world.set_integration(*EU_US[:2], "kafka-us", "failed", cause="source", errors=["Not authorized"])
    at = stage.clock.now().isoformat()
    for severity, msg in (("info", "all fine"), ("err", f"SASL failed password={SECRET} ```"), ("warning", "retry")):
        stage.aiven.world.add_log(PROJECT, MM2, msg, severity, at)
    watch = await look(stage, number)
    assert watch.state is WatchState.TROUBLED
    card = html.unescape(shown(stage, number))
    assert "⚠️ *Trouble after the change:* The integration of kafka-us has failed: “Not authorized”." in card
    assert "Likely cause (Aiven: source): the side of the cluster. Look whether kafka-us-prod runs" in card
    assert "err SASL failed password=*** ’’’" in card
    assert "warning retry" in card
    assert "all fine" not in card
    assert "Group coordinator moved" not in card
    assert "kafka-us failed" in card
    letter = await posted(stage, "it is in trouble")
    assert f"⚠️ <@{ANN}> *Request {number}: turn exactly-once on" in html.unescape(letter.text)
    assert letter.thread_ts == (await stage.card(number, "")).ts
    await stage.advance(700)
    assert len(await told(stage)) == 1
    assert await ends(stage) == [(f"request/{number}", "troubled")]
    assert SECRET not in str([each.blocks for each in stage.slack.messages])


async def test_a_service_that_is_powered_off_is_told_at_once_and_a_log_that_cannot_be_read_too(stage: Stage) -> None:
    number = await applied(stage)
    stage.aiven.world.set_state(PROJECT, MM2, "POWEROFF")
    stage.aiven.fail(method="POST", path=f"{SERVICE}/logs", status=403, times=None)
    assert (await look(stage, number)).state is WatchState.TROUBLED
    await on_card(stage, number, "mm2-eu is powered off, so nothing is copied.")
    await on_card(
        stage, number, "(I could not see the log of mm2-eu: Aiven does not let my token read the log of mm2-eu"
    )
    assert len(await told(stage)) == 1


async def test_what_takes_too_long_is_told_when_the_time_is_over(stage: Stage) -> None:
    number = await applied(stage)
    stage.aiven.world.set_state(PROJECT, MM2, "REBUILDING", node_states=["running", "setting_up_vm"])
    assert (await ended(stage, number)).state is WatchState.TROUBLED
    await on_card(stage, number, "mm2-eu is still REBUILDING (mm2-eu-2 is setting_up_vm).")
    assert len(await told(stage)) == 1


async def test_what_cannot_be_read_is_said_and_calls_nobody(stage: Stage) -> None:
    """Also when Aiven wants to be left alone for longer than it is watched."""
    number = await applied(stage)
    stage.aiven.fail(method="GET", path=SERVICE, status=403, times=None)
    await look(stage, number)
    await on_card(stage, number, "mm2-eu cannot be read · clusters cannot be read · flow cannot be read")
    stage.aiven.heal()
    stage.aiven.fail(method="GET", path=SERVICE, wait_text_seconds=3000, times=None)
    await look(stage, number)
    due = await stage.redis.zscore(stage.store.keys("due"), f"watch:{number}")
    watch = await watch_of(stage, number)
    assert due is not None
    assert due / 1000 - watch.since.timestamp() == pytest.approx(600, abs=0.01)
    assert (await look(stage, number, 600)).state is WatchState.UNSURE
    await on_card(stage, number, "I cannot tell whether it has settled. I could not see the state of mm2-eu, the flow")
    assert await told(stage) == []
    assert await ends(stage) == [(f"request/{number}", "unsure")]


async def test_somebody_else_changes_the_flow(stage: Stage) -> None:
    number = await applied(stage)
    await look(stage, number)
    stage.aiven.world.change_flow(*EU_US, {"topics": ["other"]})
    await look(stage, number)
    await on_card(stage, number, "flow changed")
    assert (await look(stage, number)).state is WatchState.OVERTAKEN
    await on_card(stage, number, "⏭️ The flow was changed meanwhile, and no request that was applied here did it")
    assert await told(stage) == []


async def test_somebody_else_deletes_the_flow(stage: Stage) -> None:
    number = await applied(stage)
    stage.aiven.world.remove_flow(*EU_US)
    await look(stage, number)
    assert (await look(stage, number)).state is WatchState.TROUBLED
    await on_card(stage, number, "The flow is gone, and no request that was applied here did it.")
    assert len(await told(stage)) == 1


async def test_a_new_flow_that_never_copies_is_told(stage: Stage) -> None:
    """Its alias was there when it was asked for, and then the integration went."""
    number = await applied(stage, "create kafka-us -> kafka-eu topics=inventory.*")
    project = stage.aiven.world.projects[PROJECT]
    project.integrations = [each for each in project.integrations if each.alias != "kafka-us"]
    assert (await ended(stage, number)).state is WatchState.TROUBLED
    await on_card(stage, number, "No integration of mm2-eu has the alias kafka-us, so the flow copies nothing.")
