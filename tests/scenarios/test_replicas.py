"""Several bots on one store: one that was paused neither writes to Aiven nor over what another one did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.app import Sluice
from bot.store import requests
from bot.store.clock import Clock
from tests.faults.row import Wired, wired_stage
from tests.stage import ANN, BOB, Stage, at_once
from tests.wire import Tripwire

ON = "exactly-once on kafka-eu -> kafka-us"
FLOW = "replication-flows/kafka-eu/kafka-us"


@pytest.fixture
async def wired(valkey: str, team: str) -> AsyncIterator[Wired]:
    async with wired_stage(valkey, team) as made:
        yield made


@dataclass
class Pause(Tripwire):
    """Time passes between a commit that holds `word` and its answer, as for a process that is paused there."""

    stage: Stage | None = None
    word: bytes = b"sluice:request:send"
    seconds: int = 20

    def counts(self, name: str, chunk: bytes) -> bool:
        if self.stage is not None and self.word in chunk:
            self.stage.clock.offset += self.seconds * 1000
            self.stage = None
        return super().counts(name, chunk)


@asynccontextmanager
async def another_bot(stage: Stage, clock: Clock | None = None) -> AsyncIterator[Sluice]:
    """A second process, so to say."""
    other = Sluice(stage.settings, clock=clock or stage.clock, sleep=at_once)
    running = asyncio.create_task(other.run())
    await other.ready.wait()
    yield other
    other.stop()
    await running


async def test_a_bot_that_was_paused_before_the_write_does_not_send_it(wired: Wired) -> None:
    """It has said that it is about to; whoever goes on reads first, and sends it once."""
    number = await wired.ask(ON)
    wired.wire.tripwire = Pause(stage=wired)
    await wired.slack.command(BOB, "C0OPS", f"/flow approve {number}")
    await wired.advance(20)
    await wired.card(number, "applied and verified")
    assert len(wired.aiven.writes()) == 1
    assert (await wired.tags()).count("sluice:request:send") == 2


async def test_a_bot_that_wakes_up_late_writes_over_nothing(stage: Stage) -> None:
    """It was paused while it read; another one has its work by now, and has done it."""
    number = await stage.ask(ON)
    hold = stage.aiven.hold("GET", FLOW)
    await stage.slack.command(BOB, "C0OPS", f"/flow approve {number}")
    await hold.arrived.wait()
    async with another_bot(stage):
        stage.clock.offset += 16_000
        await stage.card(number, "applied and verified")
        before = await requests.load(stage.store, number)
        hold.release()
        await stage.quiet()
        assert await requests.load(stage.store, number) == before
    assert len(stage.aiven.writes()) == 1
    assert (await stage.tags()).count("sluice:request:outcome") == 1


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_clocks_of_replicas_that_differ_do_no_harm(stage: Stage, minutes: int) -> None:
    """The store's clock decides: a bot whose own is wrong by minutes neither steals leases nor lets requests expire."""
    number = await stage.ask(ON)
    clock = Clock()
    clock._ahead += minutes * 60_000
    async with another_bot(stage, clock):
        await stage.click(BOB, number, "approve")
        await stage.card(number, "applied and verified")
        await stage.type(ANN, f"request {number}", "applied")
    assert len(stage.aiven.writes()) == 1
    await stage.tags()


async def test_a_stop_finishes_what_is_in_hand(stage: Stage) -> None:
    """And what takes longer than the setting is handed over at once, not when its lease runs out."""
    number = await stage.ask(ON)
    hold = stage.aiven.hold("GET", FLOW)
    await stage.slack.command(BOB, "C0OPS", f"/flow approve {number}")
    await hold.arrived.wait()
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    stage.sluice._worker._drain_seconds = 0.05
    async with another_bot(stage):
        await stage.stop()
        await stage.card(number, "applied and verified")
    hold.release()
    assert len(stage.aiven.writes()) == 1
