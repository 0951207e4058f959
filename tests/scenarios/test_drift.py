"""What others change is reported once; what we change is never taken for theirs."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.core import drift
from bot.core.drift import State as Fate
from bot.store import drifts, flows, gauges
from tests.drifting import EVENTS, FLOWS, NEW, PLACE, ROUND, WATCHED, drifted, fate, ident, looked, report, reports
from tests.scenarios.test_replicas import another_bot
from tests.stage import ANN, BOB, EU_US, OPS, Stage

ON = "exactly-once on kafka-eu -> kafka-us"


async def test_a_change_made_elsewhere_is_reported_once(watched: Stage) -> None:
    assert reports(watched) == []
    message = await drifted(watched)
    assert f"Drift {ident(message)}: kafka-eu -&gt; kafka-us was changed (topics) on {PLACE}" in message.text
    assert r"+ orders\n        - orders\\..*" in str(message.blocks)
    assert [element["text"]["text"] for _, element in message.elements()] == ["Adopt", "Put it back"]
    assert {element["value"] for _, element in message.elements()} == {ident(message)}
    for _ in range(3):
        await looked(watched)
    assert len(reports(watched)) == 1
    assert (await watched.tags()).count("sluice:drift:find") == 1


async def test_a_further_change_is_reported_again_and_the_first_report_says_so(watched: Stage) -> None:
    first = await drifted(watched)
    watched.aiven.world.change_flow(*EU_US, {"enabled": False})
    await looked(watched)
    second = await report(watched, "enabled", number=2)
    await watched.slack.wait_for(lambda: f"drift {ident(second)}" in first.text)
    assert first.find("adopt") == []
    assert await fate(watched, first) is Fate.OVERTAKEN
    assert "orders" in str(second.blocks)


async def test_what_aivens_log_says_is_shown_and_never_as_the_reason(watched: Stage) -> None:
    now = watched.store.clock.now()
    log = watched.aiven.world.add_event
    log("acme-prod", "service_update", "mm2-eu", "Long ago")
    log("acme-prod", "service_update", "kafka-eu-prod", "Another service", time=now.isoformat())
    log("acme-prod", "mirrormaker_flow_update", "mm2-eu", "Changed a <flow>", actor="dan@example.com",
        time=now.isoformat())  # fmt: skip
    message = await drifted(watched)
    assert "dan@example.com: Changed a &lt;flow&gt;" in str(message.blocks)
    assert "whether it is about this I cannot tell" in str(message.blocks)
    assert "Long ago" not in str(message.blocks)
    assert "Another service" not in str(message.blocks)


async def test_a_token_that_may_not_read_events_reports_without_them(watched: Stage) -> None:
    watched.aiven.fail(method="GET", path=EVENTS, status=403, message="Not allowed")
    message = await drifted(watched)
    assert "log of the project cannot be read. Aiven does not let my token" in str(message.blocks)


async def test_the_log_is_read_only_when_there_is_something_to_tell(watched: Stage) -> None:
    await looked(watched)
    assert watched.aiven.calls("GET", EVENTS) == []
    before = len(watched.aiven.calls("GET", FLOWS))
    await looked(watched)
    assert len(watched.aiven.calls("GET", FLOWS)) - before == 1


async def test_gauges_and_keys_that_nobody_knows_are_no_drift(watched: Stage) -> None:
    watched.aiven.world.set_progress(*EU_US, 0.1)
    watched.aiven.world.change_flow(*EU_US, {"replication_mood": "good"})
    await looked(watched)
    assert reports(watched) == []


async def test_a_service_that_the_policy_names_no_longer_is_forgotten(watched: Stage) -> None:
    message = await drifted(watched)
    await watched.put_policy("[approval]\nquorum = 1\n")
    await looked(watched)
    await watched.slack.wait_for(lambda: "names this service no longer" in message.text)
    assert await watched.redis.exists(watched.store.keys(f"flows:{PLACE}")) == 0
    calls = len(watched.aiven.log)
    watched.aiven.world.change_flow(*EU_US, {"enabled": False})
    await looked(watched)
    assert len(watched.aiven.log) == calls
    assert not [item for item in await watched.redis.zrange(watched.store.keys("due"), 0, -1) if "drift" in item]
    number = await watched.ask("exactly-once on kafka-eu -> kafka-us")
    await watched.click(BOB, number, "approve")
    await watched.card(number, "applied and verified")
    assert await watched.redis.exists(watched.store.keys(f"flows:{PLACE}")) == 0
    await watched.put_policy(WATCHED)
    await looked(watched)
    await looked(watched)
    assert len(reports(watched)) == 1


async def test_what_was_known_is_learnt_anew_when_it_is_lost(watched: Stage) -> None:
    await watched.redis.delete(watched.store.keys(f"flows:{PLACE}"))
    await looked(watched)
    assert (await flows.load(watched.store, PLACE)).looked_at is not None
    await drifted(watched)


async def test_of_two_bots_one_reports(watched: Stage) -> None:
    before = len(watched.aiven.calls("GET", FLOWS))
    async with another_bot(watched):
        message = await drifted(watched)
        await watched.slack.click(ANN, message, "adopt")
        await watched.slack.wait_for(lambda: "Adopted" in message.text)
        await looked(watched)
    assert len(reports(watched)) == 1
    lists = [call for call in watched.aiven.calls("GET", FLOWS)[before:] if call.path == FLOWS]
    assert len(lists) == 2
    assert (await watched.tags()).count("sluice:drift:find") == 1


async def test_a_bot_that_dies_while_it_looks_reports_once(watched: Stage) -> None:
    watched.aiven.world.change_flow(*EU_US, {"topics": ["orders"]})
    hold = watched.aiven.hold("GET", EVENTS)
    await watched.advance(ROUND + 31)
    await hold.arrived.wait()
    await watched.kill()
    hold.release()
    watched.clock.offset += 16_000
    await watched.start()
    await report(watched, "Adopt")
    await looked(watched)
    assert len(reports(watched)) == 1


async def test_an_aiven_that_is_away_is_asked_again_at_the_next_round(
    watched: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    watched.aiven.fail(method="GET", path=FLOWS, status=503, times=6)
    watched.aiven.world.change_flow(*EU_US, {"topics": ["orders"]})
    await looked(watched)
    await looked(watched)
    assert reports(watched) == []
    assert len([each for each in caplog.messages if "cannot be compared" in each]) == 1
    assert (await flows.load(watched.store, PLACE)).trouble == "UnavailableError"
    await looked(watched)
    await report(watched, "Adopt")
    assert (await flows.load(watched.store, PLACE)).trouble == ""


async def test_a_token_without_the_right_is_told_once(watched: Stage) -> None:
    watched.aiven.fail(method="GET", path=FLOWS, status=403, times=None)
    for _ in range(3):
        await looked(watched)
    told = [each for each in watched.slack.in_channel(OPS) if "I cannot see whether others change" in each.text]
    assert len(told) == 1
    assert "Aiven does not let my token" in told[0].text


async def test_a_limit_of_aivens_is_honoured(watched: Stage) -> None:
    watched.aiven.fail(method="GET", path=FLOWS, status=429, wait_text_seconds=100)
    watched.aiven.world.change_flow(*EU_US, {"topics": ["orders"]})
    await looked(watched)
    calls = len(watched.aiven.log)
    await looked(watched, 90)
    assert len(watched.aiven.log) == calls
    await looked(watched, 120)
    await report(watched, "Adopt")


async def test_a_report_that_slack_does_not_take_is_shown_later(watched: Stage) -> None:
    watched.slack.fail("chat.postMessage", error="ratelimited", retry_after=5)
    watched.slack.fail("chat.update", error="message_not_found")
    watched.aiven.world.change_flow(*EU_US, {"topics": ["orders"]})
    await looked(watched)
    for seconds in (6, 301):
        await looked(watched, seconds)
    await report(watched, "Adopt")


async def test_what_ended_long_ago_goes(watched: Stage) -> None:
    message = await drifted(watched)
    await watched.slack.click(ANN, message, "adopt")
    await watched.slack.wait_for(lambda: "Adopted" in message.text)
    await looked(watched, 366 * 86_400)
    await looked(watched)
    assert await drifts.load(watched.store, ident(message)) is None
    assert await watched.redis.zcard(watched.store.keys("found:closed")) == 0


async def test_many_at_once_are_told_in_parts(watched: Stage) -> None:
    for number in range(25):
        watched.aiven.world.add_flow("acme-prod", "mm2-eu", NEW | {"target_cluster": f"c{number}"})
    await looked(watched)
    assert len(await drifts.load_open(watched.store)) == 20
    await looked(watched, 31)
    assert len(await drifts.load_open(watched.store)) == 25


async def test_a_round_of_a_hundred_services_is_two_hundred_calls(stage: Stage) -> None:
    """And does not come at once, nor leave anything overdue."""
    world = stage.aiven.world
    names = [f"mm2-{number:03}" for number in range(100)]
    for name in names:
        world.add_service("acme-prod", name)
        world.add_flow("acme-prod", name, NEW)
    listed = ", ".join(f'"acme-prod/{name}"' for name in names)
    await stage.put_policy(f'[drift]\nservices = [{listed}]\nchannel = "{OPS}"\n')
    due = await stage.redis.zrange(stage.store.keys("due"), 0, -1, withscores=True)
    moments = {score // 10_000 for item, score in due if item.startswith("drift:")}
    assert len(moments) > 40
    await steps(stage, ROUND + 30)
    await looked(stage, to_the_longest_pause(stage, names))
    for name in names:
        world.change_flow("acme-prod", name, "kafka-us", "kafka-eu", {"enabled": False})
    before = len(stage.aiven.log)
    await steps(stage, ROUND)
    assert len(await drifts.load_open(stage.store)) == 100
    assert len(stage.aiven.log) - before <= 200
    assert (await gauges.read(stage.store)).overdue.get("drift", 0) == 0


def to_the_longest_pause(stage: Stage, names: list[str]) -> float:
    """Seconds until the middle of the longest time in which no service is looked at: a round from there is a whole."""
    moments = sorted(drift.spread(f"acme-prod/{name}", ROUND) for name in names)
    pause, begins = max((after - before, before) for before, after in pairwise([*moments, moments[0] + ROUND]))
    return (begins + pause / 2 - stage.store.clock.now().timestamp()) % ROUND


async def steps(stage: Stage, seconds: int) -> None:
    for _ in range(seconds // 30):
        await looked(stage, 30)
