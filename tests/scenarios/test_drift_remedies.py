"""What others changed is adopted by who might have asked for it, or put back by a request like any other."""

from __future__ import annotations

import asyncio

from bot.core.drift import State as Fate
from bot.core.request import State
from bot.store import requests
from tests.drifting import NEW, PLACE, WATCHED, drifted, fate, ident, looked, no, report, reports
from tests.stage import ADMIN, ANN, BOB, EU_US, EVE, Stage


async def test_adopt_makes_it_what_is_known(watched: Stage) -> None:
    message = await drifted(watched)
    await watched.slack.click(ANN, message, "adopt")
    await watched.slack.wait_for(lambda: f"Adopted by <@{ANN}>" in message.text)
    assert message.find("adopt") == message.find("put-back") == []
    await looked(watched)
    assert len(reports(watched)) == 1
    assert watched.writes() == []
    assert "button:drift:adopt" in await watched.tags()
    watched.aiven.world.change_flow(*EU_US, {"topics": ["payments"]})
    await looked(watched)
    again = await report(watched, "payments", number=2)
    assert "- orders" in str(again.blocks)


async def test_adopt_takes_the_rights_of_what_was_changed(watched: Stage) -> None:
    await watched.grant(EVE, "tuner")
    message = await drifted(watched)
    await watched.slack.click(EVE, message, "adopt")
    await no(watched, EVE, "flow.edit")
    await watched.type(EVE, f"drift put-back {ident(message)}", "I cannot ask to")
    await watched.slack.forge_click(BOB, message, "adopt", ident(message))
    await no(watched, BOB, "flow.edit")
    assert await fate(watched, message) is Fate.OPEN
    assert (await watched.tags()).count("button:drift:adopt.refused") == 2
    assert await requests.open_numbers(watched.store) == []


async def test_put_back_is_a_request_with_its_own_approval(watched: Stage) -> None:
    before = watched.flow()
    message = await drifted(watched, topics=["orders"], exactly_once_delivery_enabled=True)
    await watched.slack.click(ANN, message, "put-back")
    await watched.card(1, "waiting for approval")
    await watched.slack.wait_for(lambda: f"<@{ANN}> asked to put it back: request 1." in message.text)
    assert watched.writes() == []
    assert message.find("adopt") != []
    await watched.slack.forge_click(ANN, message, "put-back", ident(message))
    await watched.slack.wait_for(lambda: [m for m in watched.slack.ephemeral_to(ANN) if "asks for already" in m.text])
    await watched.click(BOB, 1, "approve")
    await watched.card(1, "applied and verified")
    assert watched.flow() == before
    await looked(watched, 61)
    await watched.slack.wait_for(lambda: "It is as it was before" in message.text)
    assert len(reports(watched)) == 1
    assert {"button:request:ask", "button:drift:put-back", "sluice:drift:end"} <= set(await watched.tags())


async def test_what_cannot_be_unset_stands_on_the_card(watched: Stage) -> None:
    message = await drifted(watched, offset_lag_max=5, replication_factor=2)
    await watched.type(ANN, f"drift put-back {ident(message)} --reason as it was", "waits for approval")
    card = str((await watched.card(1, "waiting for approval")).blocks)
    assert "`offset-lag` was not set before and cannot be unset; it is set to its default, 100." in card
    assert "`factor` was not set before and cannot be unset; its default is not known, so it stays." in card
    await watched.click(BOB, 1, "approve")
    await watched.card(1, "applied and verified")
    assert watched.writes() == ['PUT {"offset_lag_max": 100} 200']
    await looked(watched, 61)
    await watched.slack.wait_for(lambda: "A change that was made here" in message.text)


async def test_what_cannot_be_put_back_at_all_is_refused(watched: Stage) -> None:
    message = await drifted(watched, replication_factor=2)
    await watched.type(ANN, f"drift put-back {ident(message)}", "Nothing of it can be put back.")
    assert await requests.open_numbers(watched.store) == []


async def test_a_reason_that_the_policy_asks_for_is_typed(watched: Stage) -> None:
    await watched.put_policy(f"{WATCHED}[approval]\nreason_min_length = 5\n")
    message = await drifted(watched)
    await watched.slack.click(ANN, message, "put-back")
    line = f"/flow drift put-back {ident(message)} --reason …"
    await watched.slack.wait_for(lambda: [m for m in watched.slack.ephemeral_to(ANN) if line in m.text])
    await watched.type(ANN, f"drift put-back {ident(message)} --reason it was me", "waits for approval")


async def test_a_flow_that_was_deleted_can_be_made_anew(watched: Stage) -> None:
    before = watched.flow()
    watched.aiven.world.remove_flow(*EU_US)
    await looked(watched)
    message = await report(watched, "Adopt")
    assert "kafka-eu -&gt; kafka-us is gone" in message.text
    assert "exactly-once" in str(message.blocks)
    await watched.slack.click(ANN, message, "put-back")
    card = await watched.card(1, "waiting for approval")
    assert "made anew from what was known" in str(card.blocks)
    await watched.click(BOB, 1, "approve")
    await watched.card(1, "applied and verified")
    assert watched.flow() == before
    await looked(watched, 61)
    await watched.slack.wait_for(lambda: "It is as it was before" in message.text)


async def test_a_flow_that_was_deleted_can_be_let_go(watched: Stage) -> None:
    watched.aiven.world.remove_flow(*EU_US)
    await looked(watched)
    message = await report(watched, "Adopt")
    await watched.type(ANN, f"drift adopt {ident(message)}", "is adopted")
    await watched.slack.wait_for(lambda: f"Adopted by <@{ANN}>" in message.text)
    await looked(watched)
    assert len(reports(watched)) == 1


async def test_a_flow_that_is_new_can_be_taken_away(watched: Stage) -> None:
    watched.aiven.world.add_flow("acme-prod", "mm2-eu", NEW)
    await looked(watched)
    message = await report(watched, "Adopt")
    assert "kafka-us -&gt; kafka-eu is new" in message.text
    await watched.slack.click(ANN, message, "put-back")
    await watched.card(1, "waiting for approval")
    await watched.click(BOB, 1, "approve")
    await watched.card(1, "applied and verified")
    assert watched.aiven.world.flow("acme-prod", "mm2-eu", "kafka-us", "kafka-eu") is None
    await looked(watched, 61)
    await watched.slack.wait_for(lambda: "It is as it was before" in message.text)


async def test_a_flow_that_has_moved_on_is_neither_adopted_nor_put_back(watched: Stage) -> None:
    """It is looked at anew at once, not at the next round."""
    message = await drifted(watched)
    watched.aiven.world.change_flow(*EU_US, {"topics": ["payments"]})
    await watched.slack.click(ANN, message, "put-back")
    await no(watched, ANN, "the flow has changed further since; I look at it anew")
    second = await report(watched, "payments", number=2)
    assert await requests.open_numbers(watched.store) == []
    await watched.type(ANN, f"drift adopt {ident(message)}", "the flow has changed further.")
    await watched.type(ANN, f"drift adopt {ident(second)}", "is adopted")
    await watched.type(BOB, f"drift adopt {ident(second)}", "flow.edit")
    await watched.type(ADMIN, f"drift adopt {ident(second)}", f"<@{ANN}> adopted it")


async def test_what_is_put_back_by_hand_closes_the_report(watched: Stage) -> None:
    before = watched.flow() or {}
    message = await drifted(watched)
    watched.aiven.world.change_flow(*EU_US, {"topics": before["topics"]})
    await watched.type(ANN, f"drift put-back {ident(message)}", "the flow is as it was before since")
    await watched.slack.wait_for(lambda: "It is as it was before" in message.text)
    assert message.find("adopt") == []
    await drifted_again(watched)


async def drifted_again(stage: Stage) -> None:
    """The same drift at another time is another one."""
    stage.aiven.world.change_flow(*EU_US, {"topics": ["orders"]})
    await looked(stage)
    await report(stage, "Adopt", number=2)


async def test_the_open_ones_are_listed_to_who_may_read_the_flow(watched: Stage) -> None:
    message = await drifted(watched)
    said = await watched.type(ANN, "drift", f"Drift {ident(message)}: kafka-eu -> kafka-us was changed (topics)")
    assert "/flow drift put-back ID" in said
    await watched.type(EVE, "drift", "None.")
    await watched.type(ANN, "drift adopt 0badc0de", "There is no drift 0badc0de")
    await watched.type(ANN, "drift adopt nonsense", "is no id of a drift")
    await watched.type(ANN, "drift adapt 1", "adopt or put-back")


async def test_a_request_that_puts_back_and_is_denied_leaves_the_drift_open(watched: Stage) -> None:
    message = await drifted(watched)
    await watched.slack.click(ANN, message, "put-back")
    await watched.card(1, "waiting for approval")
    await watched.type(BOB, "deny 1 it was on purpose", "You denied")
    await looked(watched)
    assert await fate(watched, message) is Fate.OPEN
    request = await requests.load(watched.store, 1)
    assert request is not None
    assert request.state is State.DENIED
    await watched.slack.click(ANN, message, "adopt")
    await watched.slack.wait_for(lambda: "Adopted" in message.text)


async def test_nothing_is_decided_while_a_request_writes_on_the_service(watched: Stage) -> None:
    message = await drifted(watched)
    await watched.redis.hset(watched.store.keys("lock"), PLACE, "9")
    for action in ("adopt", "put-back"):
        await watched.type(ANN, f"drift {action} {ident(message)}", "request 9 changes the service just now")
    assert await fate(watched, message) is Fate.OPEN


async def test_of_two_who_click_at_once_one_adopts(watched: Stage) -> None:
    message = await drifted(watched)
    await asyncio.gather(*(watched.slack.click(user, message, "adopt") for user in (ANN, ADMIN)))
    await watched.slack.wait_for(lambda: "Adopted by" in message.text)
    await watched.quiet()
    assert [tag for tag in await watched.tags() if "drift:adopt" in tag].count("button:drift:adopt") == 1


async def test_a_button_with_something_else_in_it_means_nothing(watched: Stage) -> None:
    message = await drifted(watched)
    for value in ("", "../flows", "1" * 40):
        await watched.slack.forge_click(ANN, message, "adopt", value)
    await no(watched, ANN, "There is no drift ?")
    assert await fate(watched, message) is Fate.OPEN


async def test_it_is_put_back_at_a_time_and_tried_dry_like_any_change(watched: Stage) -> None:
    message = await drifted(watched)
    await watched.type(ANN, f"drift put-back {ident(message)} --dry-run", "Nothing was asked for.")
    await watched.type(ANN, f"drift put-back {ident(message)} --at 23:59Z", "waits for approval")
    request = await requests.load(watched.store, 1)
    assert request is not None
    assert request.timing.at is not None
    await watched.slack.wait_for(lambda: "request 1." in message.text)
