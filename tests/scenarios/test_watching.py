"""After a change was applied: the card follows how it lands, and whoever asked is called when it does not."""

from __future__ import annotations

import asyncio
import html

from bot.core.watching import Watch, WatchState
from bot.store import audit, gauges, requests
from tests.scenarios.test_policy import shown
from tests.stage import BOB, EU_US, EVE, OPS, Stage

ON = "exactly-once on kafka-eu -> kafka-us"
PROJECT, MM2 = EU_US[:2]
LEASE = 15
WELL = "mm2-eu RUNNING 3/3 nodes · kafka-eu running · kafka-us running · progress 98 %"


async def applied(stage: Stage, text: str = ON) -> int:
    """A change that was applied a moment ago."""
    number = await stage.ask(text)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")
    await stage.quiet()
    return number


async def watch_of(stage: Stage, number: int) -> Watch:
    request = await requests.load(stage.store, number)
    assert request is not None
    assert request.watch is not None
    return request.watch


async def look(stage: Stage, number: int, seconds: float = 15) -> Watch:
    """Time passes until the next look, which sees Aiven as it is now; what came of it, once the card shows it too."""
    was = await watch_of(stage, number)
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    stage.sluice._worker._desk.aiven.shared.forget()
    await stage.advance(seconds)
    async with asyncio.timeout(10):
        while (now := await watch_of(stage, number)) == was:
            await asyncio.sleep(0.01)
    await on_card(stage, number, now.line if now.goes_on else now.said or now.line)
    return now


async def on_card(stage: Stage, number: int, words: str) -> None:
    await stage.slack.wait_for(lambda: words in html.unescape(shown(stage, number)))


async def ended(stage: Stage, number: int) -> Watch:
    """The watch, when it looks no more."""
    while (now := await look(stage, number, 60)).goes_on:
        pass
    assert f"watch:{number}" not in await stage.redis.zrange(stage.store.keys("due"), 0, -1)
    return now


async def told(stage: Stage) -> list[str]:
    """What the channel was told of trouble."""
    await stage.quiet()
    return [each.text for each in stage.slack.in_channel(OPS) if "it is in trouble" in each.text]


async def ends(stage: Stage) -> list[tuple[str, object]]:
    """The ends of watches in the audit log."""
    notes = [entry.note async for entry in audit.entries(stage.store)]
    return [(each.subject, each.details["state"]) for each in notes if each.tag == "sluice:request:watch"]


async def test_a_change_settles_and_the_card_says_after_how_long(stage: Stage) -> None:
    number = await applied(stage)
    await on_card(stage, number, "I watch until it has settled.")
    request = await requests.load(stage.store, number)
    assert (await look(stage, number)).looks == 1
    await on_card(stage, number, f"👀 {WELL}")
    painted = await requests.load(stage.store, number)
    await look(stage, number)
    again = await requests.load(stage.store, number)
    assert request is not None
    assert painted is not None
    assert again is not None
    assert (painted.version, again.version) == (request.version + 1, request.version + 1), "nothing new to be shown"
    watch = await look(stage, number)
    assert watch.state is WatchState.SETTLED
    await on_card(stage, number, f"🏁 settled after {(watch.at - watch.since).total_seconds():.0f} s · {WELL}")
    settled = await requests.load(stage.store, number)
    assert settled is not None
    assert settled.changed_at == request.changed_at
    assert await ends(stage) == [(f"request/{number}", "settled")]
    assert await told(stage) == []
    assert await stage.redis.zscore(stage.store.keys("due"), f"watch:{number}") is None


async def test_a_service_that_is_rebuilt_is_waited_for(stage: Stage) -> None:
    number = await applied(stage)
    stage.aiven.world.set_state(PROJECT, MM2, "REBUILDING", node_states=["running", "setting_up_vm", "running"])
    await look(stage, number)
    await on_card(stage, number, "👀 mm2-eu REBUILDING 2/3 nodes")
    stage.aiven.world.set_state(PROJECT, MM2, "RUNNING", node_states=["running"] * 3)
    await look(stage, number)
    await look(stage, number)
    assert (await look(stage, number)).state is WatchState.SETTLED
    await on_card(stage, number, "🏁 settled after")


async def test_a_later_request_takes_the_watch_over(stage: Stage) -> None:
    first = await applied(stage)
    await look(stage, first)
    second = await applied(stage, "exactly-once off kafka-eu -> kafka-us")
    assert (await look(stage, first)).state is WatchState.OVERTAKEN
    await on_card(stage, first, f"⏭️ Request {second} has changed the flow since.")
    assert (await ended(stage, second)).state is WatchState.SETTLED
    assert await ends(stage) == [(f"request/{first}", "overtaken"), (f"request/{second}", "settled")]


async def test_a_later_request_whose_write_is_under_way_has_taken_it_over_already(stage: Stage) -> None:
    """Nobody else is blamed for what it has changed."""
    first = await applied(stage)
    second = await stage.ask("exactly-once off kafka-eu -> kafka-us")
    hold = stage.aiven.hold("PUT", "replication-flows/kafka-eu/kafka-us", after=True)
    await stage.type(BOB, f"approve {second}", "You approved")
    await hold.arrived.wait()
    assert (await look(stage, first)).said == f"Request {second} has changed the flow since."
    hold.release()
    await stage.card(second, "applied and verified")


async def test_a_request_for_another_flow_takes_nothing_over(stage: Stage) -> None:
    first = await applied(stage)
    second = await applied(stage, "pause kafka-us -> kafka-ap")
    assert (await ended(stage, first)).state is WatchState.SETTLED
    assert (await watch_of(stage, second)).state is WatchState.SETTLED
    await on_card(stage, second, "settled after 2 min · mm2-eu RUNNING 3/3 nodes · flow paused")


async def test_a_paused_flow_settles_whatever_its_clusters_do(stage: Stage) -> None:
    stage.aiven.world.set_integration(PROJECT, MM2, "kafka-us", "failed", cause="source")
    number = await applied(stage, "pause kafka-eu -> kafka-us")
    assert (await ended(stage, number)).line == "mm2-eu RUNNING 3/3 nodes · flow paused"
    assert await ends(stage) == [(f"request/{number}", "settled")]


async def test_a_resumed_flow_has_settled_when_it_shows_progress(stage: Stage) -> None:
    stage.aiven.world.change_flow(*EU_US, {"enabled": False})
    number = await applied(stage, "resume kafka-eu -> kafka-us")
    stage.aiven.world.set_progress(*EU_US, 0.1, 0.2, 0.3, 0.4)
    await look(stage, number)
    await look(stage, number)
    await on_card(stage, number, "progress 20 %")
    assert (await look(stage, number)).state is WatchState.SETTLED


async def test_a_deleted_flow_settles_and_one_that_comes_back_is_said(stage: Stage) -> None:
    number = await applied(stage, "delete kafka-us -> kafka-ap")
    assert (await ended(stage, number)).line == "mm2-eu RUNNING 3/3 nodes · flow gone"
    other = await applied(stage, "delete kafka-eu -> kafka-us")
    stage.aiven.world.add_flow(PROJECT, MM2, {"source_cluster": "kafka-eu", "target_cluster": "kafka-us"})
    await look(stage, other)
    assert (await look(stage, other)).state is WatchState.OVERTAKEN
    await on_card(stage, other, "The flow was made again meanwhile")


async def test_a_bot_that_is_killed_in_the_middle_goes_on_watching(stage: Stage) -> None:
    number = await applied(stage)
    await look(stage, number)
    hold = stage.aiven.hold("GET", "replication-flows/kafka-eu/kafka-us")
    await stage.advance(15)
    await hold.arrived.wait()
    await stage.kill()
    hold.release()
    await stage.start()
    assert (await look(stage, number, LEASE)).state is WatchState.SETTLED
    assert await ends(stage) == [(f"request/{number}", "settled")]


async def test_a_bot_that_was_away_for_hours_says_what_it_can_tell(stage: Stage) -> None:
    number = await applied(stage)
    await stage.kill()
    stage.clock.offset += 3 * 3600 * 1000
    await stage.start()
    await on_card(stage, number, "All is well now, but I have not seen it stay so for 30 s.")
    assert (await watch_of(stage, number)).state is WatchState.UNSURE


async def test_a_review_and_a_watch_do_not_lose_each_other(stage: Stage) -> None:
    """A look whose request was changed meanwhile is looked at again."""
    await stage.grant(EVE, "responder")
    answer = await stage.type(EVE, f"{ON} --break-glass it burns", "Break the glass")
    assert answer
    await stage.type(EVE, "break-glass 1", "You broke the glass")
    await stage.card(1, "applied and verified")
    await stage.quiet()
    hold = stage.aiven.hold("GET", "replication-flows/kafka-eu/kafka-us")
    await stage.advance(15)
    await hold.arrived.wait()
    await stage.type(BOB, "review 1 it was right", "You closed the review")
    hold.release()
    await on_card(stage, 1, f"👀 {WELL}")
    await look(stage, 1)
    await look(stage, 1)
    request = await requests.load(stage.store, 1)
    assert request is not None
    assert not request.wants_review
    assert request.watch is not None
    assert request.watch.state is WatchState.SETTLED


async def test_what_was_not_sent_and_what_is_no_flow_is_not_watched(stage: Stage) -> None:
    number = await stage.ask(ON)
    stage.aiven.world.change_flow(*EU_US, {"exactly_once_delivery_enabled": True})
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")
    await stage.quiet()
    request = await requests.load(stage.store, number)
    assert request is not None
    assert request.watch is None
    assert await stage.redis.zscore(stage.store.keys("due"), f"watch:{number}") is None


async def test_an_earlier_try_that_took_effect_is_watched(stage: Stage) -> None:
    """The second try finds that the first one is there."""
    number = await stage.ask(ON)
    stage.aiven.fail(method="PUT", path="replication-flows", status=502)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.quiet()
    stage.aiven.world.change_flow(*EU_US, {"exactly_once_delivery_enabled": True})
    await stage.advance(12)
    await stage.card(number, "applied and verified")
    assert (await watch_of(stage, number)).goes_on


async def test_the_audit_log_and_the_metrics_stay_right(stage: Stage) -> None:
    """Nothing is overdue, and no card lags, because of what comes after the end."""
    number = await applied(stage)
    await stage.slack.wait_for(lambda: stage.find_card(number, "applied and verified"))
    stage.slack.fail("chat.update", status=503, times=None)
    await stage.advance(300)
    async with asyncio.timeout(10):
        while not (await watch_of(stage, number)).looks:
            await asyncio.sleep(0.01)
    await stage.quiet()
    found = await gauges.read(stage.store)
    assert found.waiting["card"] == 1
    assert found.outbox_lag < 60
    assert found.oldest.get("card", 0.0) < 60
