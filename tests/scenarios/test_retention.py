"""What is old goes; what is left of the audit log can still be verified, and nobody else can cut it unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.store import audit, gauges, history, keys, requests
from bot.store.commit import Commit
from tests.scenarios.test_break_glass import broken
from tests.stage import ADMIN, ANN, BOB, EVE, Stage

PAUSE = "pause kafka-eu -> kafka-us"
FLOW = "acme-prod/mm2-eu/kafka-eu->kafka-us"
DAY = 86_400


@pytest.fixture
async def stage(valkey: str, team: str) -> AsyncIterator[Stage]:
    async with Stage(valkey, team, keep_days=30) as made:
        yield made


async def a_request_that_ended(stage: Stage) -> int:
    number = await stage.ask(PAUSE)
    await stage.type(ANN, f"cancel {number}", "You took back")
    await stage.card(number, "taken back")
    await stage.quiet()
    return number


async def swept(stage: Stage, seconds: float) -> None:
    """Time passes, and what is due by then is done."""
    await stage.advance(seconds)
    await stage.slack.command(ANN, "C0OPS", "/flow whoami")
    for _ in range(30):
        await stage.store.ping()
        await stage.quiet()


async def test_old_requests_and_entries_go_and_the_rest_can_be_verified(stage: Stage) -> None:
    old = await a_request_that_ended(stage)
    await swept(stage, 29 * DAY)
    assert await requests.load(stage.store, old) is not None
    young = await a_request_that_ended(stage)
    await swept(stage, 2 * DAY)
    assert await requests.load(stage.store, old) is None
    assert await requests.load(stage.store, young) is not None
    assert await stage.redis.exists(stage.store.keys(f"card:{old}")) == 0
    verdict = await audit.check(stage.store)
    assert verdict.wrong is None
    begins = await audit.base(stage.store)
    assert begins.seq > 0
    entries = [entry async for entry in audit.entries(stage.store)]
    assert entries[0].seq == begins.seq + 1
    assert "sluice:audit:cut" in [entry.note.tag for entry in entries]
    assert "request/1" not in {entry.note.subject for entry in entries}
    await stage.type(ADMIN, "audit verify", "is whole")
    await stage.type(ANN, f"request {old}", f"There is no request {old}")
    told = await stage.type(ANN, "history kafka-eu -> kafka-us --all", f"Request {young}")
    assert f"Request {old}" not in told
    assert await history.numbers(stage.store, keys.ended_of(FLOW), 0, 9) == [young]
    assert (await gauges.read(stage.store)).ended == {"cancelled": 2}


async def test_somebody_who_cuts_the_beginning_by_hand_is_found_out(stage: Stage) -> None:
    await a_request_that_ended(stage)
    third = await audit.entry(stage.store, 3)
    assert third is not None
    await stage.redis.xtrim(stage.store.keys("audit"), minid="4-0", approximate=False)
    assert (await audit.check(stage.store)).wrong == 1
    await stage.redis.hset(stage.store.keys("audit:base"), mapping={"seq": 3, "hash": third.hash})
    assert (await audit.check(stage.store)).wrong == 3


async def test_what_is_open_or_waits_for_a_review_stays(stage: Stage) -> None:
    reviewed = await broken(stage)
    await swept(stage, 60 * DAY)
    assert await requests.load(stage.store, reviewed) is not None
    await stage.type(BOB, f"review {reviewed} fine", "You closed the review")
    await swept(stage, 2 * DAY)
    assert await requests.load(stage.store, reviewed) is None
    assert (await audit.check(stage.store)).wrong is None


async def test_many_go_in_several_sweeps(stage: Stage) -> None:
    commit = Commit()
    for number in range(1000, 1450):
        commit.run("ZADD", "closed", "1", str(number))
        commit.run("HSET", f"req:{number}", "v", "1", "doc", "{}")
    await stage.store.commit(commit)
    await swept(stage, 2 * DAY)
    for _ in range(6):
        await swept(stage, 2)
    assert await stage.redis.zcard(stage.store.keys("closed")) == 0
    assert await stage.redis.exists(stage.store.keys("req:1449")) == 0


async def test_what_cannot_be_done_soon_is_not_taken_in(stage: Stage) -> None:
    """A clear answer, nothing half done, and a repeat of what was taken is still known."""
    assert stage.sluice is not None
    assert stage.sluice._store is not None
    stage.sluice._store.backlog_max = -1
    delivery = await stage.slack.command(ANN, "C0OPS", f"/flow {PAUSE}")
    assert delivery.ok
    assert "I did not take this one. Please try again in a few minutes." in (delivery.text or "")
    await stage.quiet()
    assert await requests.open_numbers(stage.store) == []
    stage.sluice._store.backlog_max = 10
    await stage.ask(PAUSE)
    await stage.type(EVE, "whoami", "You hold no role")
