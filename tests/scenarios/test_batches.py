"""One request for several flows: a plan for each, one approval, one after the other, a stop at the first trouble."""

from __future__ import annotations

import pytest

from bot.core.fields import IDENTITY_POLICY
from bot.core.request import State
from bot.core.watching import WatchState
from bot.sandbox.slack.model import Message
from bot.store import requests
from tests.scenarios.test_watching import applied, ended, look, on_card, watch_of
from tests.stage import ADMIN, ANN, BOB, Stage

SERVICE = ("acme-prod", "mm2-eu")
BOTH = "exactly-once on kafka-eu -> kafka-us, kafka-us -> kafka-ap"
FLOWS = "replication-flows/"


def on(stage: Stage) -> list[bool]:
    """Whether exactly-once is on, flow by flow."""
    pairs = (("kafka-eu", "kafka-us"), ("kafka-us", "kafka-ap"), ("kafka-eu", "kafka-ap"))
    flows = [stage.aiven.world.flow(*SERVICE, *pair) for pair in pairs]
    return [bool(flow and flow.get("exactly_once_delivery_enabled")) for flow in flows if flow]


def third_flow(stage: Stage) -> None:
    flow = {"source_cluster": "kafka-eu", "target_cluster": "kafka-ap", "enabled": True, "topics": ["orders.*"]}
    stage.aiven.world.add_flow(*SERVICE, flow)


async def done(stage: Stage, number: int, expect: str) -> Message:
    """Time passes until the card says so."""
    for _ in range(40):
        if card := stage.find_card(number, expect):
            return card
        await stage.quiet()
        await stage.advance(2)
        await stage.store.ping()
    raise AssertionError(stage.find_card(number))


async def test_one_approval_for_several_flows(stage: Stage) -> None:
    number = await stage.ask(BOTH)
    card = await stage.card(number, "waiting for approval")
    assert "turn exactly-once on for 2 flows" in str(card.blocks)
    assert "kafka-us -&gt; kafka-ap" in str(card.blocks)
    await stage.click(BOB, number, "approve")
    card = await done(stage, number, "applied and verified")
    assert "*2 of 2 done*" in str(card.blocks)
    assert on(stage) == [True, True]
    tags = [tag.partition(":")[2] for tag in await stage.tags()]
    assert (tags.count("request:approve"), tags.count("request:send")) == (1, 2)


async def test_all_flows_from_a_cluster(stage: Stage) -> None:
    third_flow(stage)
    await stage.type(ADMIN, "use acme-prod/mm2-eu", "now uses")
    number = await stage.ask("exactly-once on --all-flows-from kafka-eu")
    await stage.click(BOB, number, "approve")
    await done(stage, number, "applied and verified")
    assert on(stage) == [True, False, True]


async def test_it_stops_at_the_first_trouble(stage: Stage) -> None:
    third_flow(stage)
    number = await stage.ask(f"{BOTH}, kafka-eu -> kafka-ap")
    stage.aiven.world.change_flow(*SERVICE, "kafka-us", "kafka-ap", {"topics": ["other"]})
    await stage.click(BOB, number, "approve")
    card = await done(stage, number, "stale")
    said = str(card.blocks)
    assert "Stopped at kafka-us -&gt; kafka-ap (2 of 3)" in said
    assert "Before it 1 flow is changed. After it 1 flow is not touched." in said
    assert on(stage) == [True, False, False]
    assert len(stage.aiven.writes()) == 1


async def test_a_dead_bot_goes_on_where_it_was(stage: Stage) -> None:
    number = await stage.ask(BOTH)
    hold = stage.aiven.hold("PUT", "kafka-us/kafka-ap")
    await stage.click(BOB, number, "approve")
    await hold.arrived.wait()
    await stage.kill()
    hold.release()
    stage.clock.offset += 16_000
    await stage.start()
    await done(stage, number, "applied and verified")
    assert on(stage) == [True, True]
    assert sum(call.applied for call in stage.aiven.writes()) == 2


async def test_each_flow_is_judged_anew(stage: Stage) -> None:
    """The approval is lost after the first of them."""
    number = await stage.ask(BOTH)
    hold = stage.aiven.hold("PUT", "kafka-eu/kafka-us")
    await stage.click(BOB, number, "approve")
    await hold.arrived.wait()
    await stage.type(ADMIN, "role revoke @bob approver on acme-prod/*", "is no longer")
    hold.release()
    await done(stage, number, "waiting for approval")
    assert on(stage) == [True, False]
    await stage.type(ADMIN, f"approve {number}", "You approved")
    await done(stage, number, "applied and verified")
    assert on(stage) == [True, True]


async def test_it_takes_the_approvals_of_every_flow(stage: Stage) -> None:
    """The rules for any of them hold for all; and who may not change one of them may ask for none."""
    await stage.put_policy(
        '[[rules]]\nname = "ap"\nrights = ["flow.tune"]\nscopes = ["acme-prod/mm2-eu/*->kafka-ap"]\nquorum = 2\n'
    )
    number = await stage.ask(BOTH)
    await stage.type(BOB, f"approve {number}", "It still takes 1 more")
    await stage.type(ADMIN, f"approve {number}", "You approved")
    await done(stage, number, "applied and verified")
    await stage.type(ADMIN, "role revoke @ann editor on acme-prod/*", "is no longer")
    await stage.grant(ANN, "editor", "acme-prod/mm2-eu/kafka-eu->kafka-us")
    await stage.grant(ANN, "viewer")
    await stage.type(
        ANN, "exactly-once off kafka-eu -> kafka-us, kafka-us -> kafka-ap", "on acme-prod/mm2-eu/kafka-us->"
    )


async def test_flows_that_are_so_already_are_left_out(stage: Stage) -> None:
    stage.aiven.world.change_flow(*SERVICE, "kafka-eu", "kafka-us", {"exactly_once_delivery_enabled": True})
    number = await stage.ask(BOTH)
    found = await requests.load(stage.store, number)
    assert found is not None
    assert [plan.ref.pair for plan in found.steps] == ["kafka-us -> kafka-ap"]


async def test_several_at_once_can_be_undone_backwards(stage: Stage) -> None:
    before = [stage.aiven.world.flow(*SERVICE, *pair) for pair in (("kafka-eu", "kafka-us"), ("kafka-us", "kafka-ap"))]
    number = await stage.ask("pause kafka-eu -> kafka-us, kafka-us -> kafka-ap")
    await stage.click(BOB, number, "approve")
    await done(stage, number, "applied and verified")
    await stage.quiet()
    await stage.type(ANN, f"undo {number}", "waits for approval")
    await stage.click(BOB, number + 1, "approve")
    await done(stage, number + 1, "applied and verified")
    paths = [call.path.rpartition("replication-flows/")[2] for call in stage.aiven.writes()]
    assert paths == ["kafka-eu/kafka-us", "kafka-us/kafka-ap", "kafka-us/kafka-ap", "kafka-eu/kafka-us"]
    after = [stage.aiven.world.flow(*SERVICE, *pair) for pair in (("kafka-eu", "kafka-us"), ("kafka-us", "kafka-ap"))]
    assert after == before


async def test_a_denial_in_the_middle_ends_it_and_says_what_was_done(stage: Stage) -> None:
    number = await stage.ask(BOTH)
    stage.aiven.fail(method="PUT", path="kafka-us/kafka-ap", status=429, wait_text_seconds=60)
    await stage.click(BOB, number, "approve")
    await stage.aiven.wait_for(lambda: len(stage.aiven.writes()) == 2)
    await stage.quiet()
    await stage.type(BOB, f"deny {number} enough", "You denied")
    found = await requests.load(stage.store, number)
    assert found is not None
    assert found.state is State.DENIED
    assert "Before it 1 flow is changed." in found.outcome
    assert on(stage) == [True, False]


@pytest.mark.parametrize(("text", "words"), [
    ("exactly-once on kafka-eu -> kafka-us, kafka-eu -> nowhere", "There is no flow kafka-eu -> nowhere"),
    ("pause --all-flows-from kafka-xx --service mm2-eu", "I see no flow from kafka-xx"),
    ("create --all-flows-from kafka-eu topics=x", "cannot be found; name them"),
])  # fmt: skip
async def test_what_makes_no_batch_is_said(stage: Stage, text: str, words: str) -> None:
    await stage.type(ANN, text, words)


async def test_all_of_them_are_watched_and_one_that_is_changed_again_is_let_go(stage: Stage) -> None:
    number = await stage.ask(BOTH)
    await stage.click(BOB, number, "approve")
    await done(stage, number, "applied and verified")
    await look(stage, number)
    await on_card(
        stage, number, "mm2-eu RUNNING 3/3 nodes · kafka-eu running · kafka-us running · kafka-ap running · 2"
    )
    await on_card(stage, number, "2 flows · progress 98 % or more")
    other = await applied(stage, "pause kafka-us -> kafka-ap")
    await look(stage, number)
    await on_card(stage, number, f"Request {other} has changed kafka-us -> kafka-ap since.")
    assert (await ended(stage, number)).state is WatchState.SETTLED
    assert (await watch_of(stage, other)).state is WatchState.SETTLED


async def test_a_loop_that_only_all_of_them_close_is_stopped(stage: Stage) -> None:
    """Each is judged as if the others were carried out."""
    identity = {"replication_policy_class": IDENTITY_POLICY, "enabled": False, "topics": ["orders.*"]}
    stage.aiven.world.change_flow(*SERVICE, "kafka-eu", "kafka-us", identity)
    stage.aiven.world.add_flow(*SERVICE, {"source_cluster": "kafka-us", "target_cluster": "kafka-eu", **identity})
    number = await stage.ask("resume kafka-eu -> kafka-us, kafka-us -> kafka-eu")
    await stage.type(BOB, f"approve {number}", "is a circle of flows")
    assert stage.aiven.writes() == []


async def test_what_was_made_before_a_stop_can_be_undone(stage: Stage) -> None:
    before = stage.aiven.world.flow(*SERVICE, "kafka-eu", "kafka-us")
    number = await stage.ask(BOTH)
    stage.aiven.world.change_flow(*SERVICE, "kafka-us", "kafka-ap", {"topics": ["other"]})
    await stage.click(BOB, number, "approve")
    await done(stage, number, "stale")
    await stage.quiet()
    await stage.click(ANN, number, "undo")
    await done(stage, number + 1, "waiting for approval")
    await stage.click(BOB, number + 1, "approve")
    await done(stage, number + 1, "applied and verified")
    assert stage.aiven.world.flow(*SERVICE, "kafka-eu", "kafka-us") == before


async def test_a_flow_that_is_so_already_when_it_is_on_its_turn_is_in_the_log(stage: Stage) -> None:
    number = await stage.ask(BOTH)
    stage.aiven.world.change_flow(*SERVICE, "kafka-eu", "kafka-us", {"exactly_once_delivery_enabled": True})
    await stage.click(BOB, number, "approve")
    await done(stage, number, "applied and verified")
    tags = [tag.partition(":")[2] for tag in await stage.tags()]
    assert (tags.count("request:compare"), tags.count("request:send")) == (1, 1)
