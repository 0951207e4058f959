"""What is applied here is never reported as somebody else's change, whenever the look comes."""

from __future__ import annotations

import pytest

from bot.store import flows
from bot.store.commit import Commit
from tests.drifting import FLOWS, PLACE, ROUND, drifted, looked, report, reports
from tests.stage import BOB, EU_US, Stage

ON = "exactly-once on kafka-eu -> kafka-us"


def lists(stage: Stage) -> int:
    """How often the flows were listed; how the change lands is looked at too, flow by flow."""
    return [call.path for call in stage.aiven.log].count(FLOWS)


@pytest.mark.parametrize("text", [
    ON, "delete kafka-eu -> kafka-us", "create kafka-us -> kafka-eu topics=orders.*",
])  # fmt: skip
async def test_what_was_applied_here_is_never_reported(watched: Stage, text: str) -> None:
    """Aiven adds a key to what is created, and shows a new flow a moment later; neither is anybody's change."""
    watched.aiven.world.eventual_create = 2
    number = await watched.ask(text)
    await watched.click(BOB, number, "approve")
    await watched.card(number, "applied and verified")
    for seconds in (61, ROUND, ROUND):
        await looked(watched, seconds)
    assert reports(watched) == []
    known = await flows.load(watched.store, PLACE)
    assert known.sent == {}


async def test_a_change_for_a_while_is_ours_both_ways(watched: Stage) -> None:
    number = await watched.ask(f"{ON} --for 10m")
    await watched.click(BOB, number, "approve")
    await watched.slack.wait_for(lambda: (watched.flow() or {}).get("exactly_once_delivery_enabled"))
    for seconds in (61, 600, 61, ROUND):
        await looked(watched, seconds)
    assert not (watched.flow() or {}).get("exactly_once_delivery_enabled")
    assert reports(watched) == []


async def test_every_flow_of_a_batch_is_ours(watched: Stage) -> None:
    number = await watched.ask("pause kafka-eu -> kafka-us, kafka-us -> kafka-ap")
    await watched.click(BOB, number, "approve")
    await watched.card(number, "applied and verified")
    for seconds in (61, ROUND):
        await looked(watched, seconds)
    assert reports(watched) == []


@pytest.mark.parametrize("after", [False, True], ids=["reads after it", "reads before it"])
async def test_a_look_at_the_same_time_as_a_write_does_not_report_it(watched: Stage, *, after: bool) -> None:
    """What it knows is from before the write: it finds that out when it wants to report, and begins anew."""
    number = await watched.ask(ON)
    hold = watched.aiven.hold("GET", FLOWS, after=after)
    await watched.advance(ROUND + 31)
    await hold.arrived.wait()
    await watched.type(BOB, f"approve {number}", "You approved")
    await watched.card(number, "applied and verified")
    hold.release()
    for seconds in (61, ROUND):
        await looked(watched, seconds)
    assert reports(watched) == []


async def test_a_look_waits_while_a_request_writes(watched: Stage) -> None:
    await watched.redis.hset(watched.store.keys("lock"), PLACE, "9")
    watched.aiven.world.change_flow(*EU_US, {"topics": ["orders"]})
    calls = len(watched.aiven.log)
    await looked(watched)
    assert len(watched.aiven.log) == calls
    await watched.redis.hdel(watched.store.keys("lock"), PLACE)
    await looked(watched, 31)
    await report(watched, "Adopt")


async def test_what_was_written_gets_a_minute_to_show_in_every_list(watched: Stage) -> None:
    """The one flow was read back; the list of all of them may still be the one of before."""
    number = await watched.ask(ON)
    await watched.click(BOB, number, "approve")
    await watched.card(number, "applied and verified")
    before = lists(watched)
    commit = Commit()
    flows.look_now(commit, PLACE, watched.clock.now())
    await watched.store.commit(commit)
    await looked(watched, 55)
    assert lists(watched) == before
    await looked(watched, 6)
    assert lists(watched) == before + 1


async def test_a_change_through_us_takes_up_what_others_did(watched: Stage) -> None:
    message = await drifted(watched)
    number = await watched.ask(ON)
    await watched.click(BOB, number, "approve")
    await watched.card(number, "applied and verified")
    await looked(watched, 61)
    await watched.slack.wait_for(lambda: "A change that was made here" in message.text)
    assert len(reports(watched)) == 1
