"""Reads that are shared: what is asked once, for whom, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.aiven.client import AivenClient
from bot.aiven.errors import AivenError, UnavailableError
from bot.aiven.sharing import KEEP, Shared
from bot.core.flow import FlowRef
from bot.sandbox.aiven import AivenSimulator, demo_world

REF = FlowRef(project="acme-prod", service="mm2-eu", source="kafka-eu", target="kafka-us")


class Source:
    """Something to ask: each call waits for `gate`, and answers the number of calls so far or fails."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bool]] = []
        self.ended: list[str] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def ask(self, what: str, *, loud: bool = False) -> int:
        self.calls.append((what, loud))
        number = len(self.calls)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ended.append(what)
            raise
        if self.error is not None:
            raise self.error
        return number


class Watch:
    """The port `now`, moved by hand."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def shared(watch: Watch) -> Shared:
    return Shared(watch)


async def started(*tasks: asyncio.Task[int]) -> None:
    """Lets tasks run until they wait."""
    for _ in range(2 * len(tasks)):
        await asyncio.sleep(0)


async def test_ten_who_ask_at_once_are_one_call(shared: Shared, source: Source) -> None:
    tasks = [asyncio.create_task(shared.ask(source.ask, "a")) for _ in range(10)]
    await started(*tasks)
    source.gate.set()
    assert await asyncio.gather(*tasks) == [1] * 10
    assert source.calls == [("a", False)]


async def test_who_asks_for_something_else_is_another_call(shared: Shared, source: Source) -> None:
    source.gate.set()
    asked = [shared.ask(source.ask, "a"), shared.ask(source.ask, "b"), shared.ask(source.ask, "a", loud=True)]
    assert await asyncio.gather(*asked) == [1, 2, 3]
    assert await shared.ask(Source.ask, source, "a") == 4


@pytest.mark.parametrize(("later", "answer"), [(0.0, 1), (KEEP - 0.1, 1), (KEEP, 2), (KEEP * 9, 2)])
async def test_an_answer_serves_for_a_few_seconds(
    shared: Shared, source: Source, watch: Watch, later: float, answer: int
) -> None:
    source.gate.set()
    await shared.ask(source.ask, "a")
    watch.seconds += later
    assert await shared.ask(source.ask, "a") == answer


async def test_the_seconds_count_from_when_it_was_asked(shared: Shared, source: Source, watch: Watch) -> None:
    """A slow answer tells of a moment that may be long ago."""
    task = asyncio.create_task(shared.ask(source.ask, "a"))
    await started(task)
    watch.seconds += KEEP + 1
    joined = asyncio.create_task(shared.ask(source.ask, "a"))
    await started(joined)
    source.gate.set()
    assert (await task, await joined) == (1, 1)
    assert await shared.ask(source.ask, "a") == 2


async def test_who_gives_up_stops_nobody_else(shared: Shared, source: Source) -> None:
    tasks = [asyncio.create_task(shared.ask(source.ask, "a")) for _ in range(3)]
    await started(*tasks)
    tasks[0].cancel()
    tasks[2].cancel()
    await asyncio.wait({tasks[0], tasks[2]})
    source.gate.set()
    assert await tasks[1] == 1
    assert (tasks[0].cancelled(), tasks[2].cancelled(), source.ended) == (True, True, [])


async def test_when_all_gave_up_the_call_is_off_and_the_next_one_asks_anew(shared: Shared, source: Source) -> None:
    tasks = [asyncio.create_task(shared.ask(source.ask, "a")) for _ in range(2)]
    await started(*tasks)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    source.gate.set()
    assert await shared.ask(source.ask, "a") == 2
    assert source.ended == ["a"]


async def test_a_failure_is_for_those_who_wait_and_for_nobody_after(shared: Shared, source: Source) -> None:
    source.error = UnavailableError("away")
    tasks = [asyncio.create_task(shared.ask(source.ask, "a")) for _ in range(3)]
    await started(*tasks)
    source.gate.set()
    await asyncio.wait(tasks)
    assert [str(task.exception()) for task in tasks] == ["away"] * 3
    source.error = None
    assert await shared.ask(source.ask, "a") == 2


async def test_what_is_forgotten_serves_those_who_wait_only(shared: Shared, source: Source) -> None:
    before = asyncio.create_task(shared.ask(source.ask, "a"))
    await started(before)
    shared.forget()
    after = asyncio.create_task(shared.ask(source.ask, "a"))
    await started(after)
    source.gate.set()
    assert (await before, await after) == (1, 2)
    assert await shared.ask(source.ask, "a") == 2


async def test_what_is_old_is_not_kept(shared: Shared, source: Source, watch: Watch) -> None:
    source.gate.set()
    for number in range(50):
        await shared.ask(source.ask, str(number))
    watch.seconds += KEEP
    await shared.ask(source.ask, "last")
    assert len(shared._asked) == 1


@pytest.fixture
async def aiven() -> AsyncIterator[AivenSimulator]:
    async with AivenSimulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
async def client(aiven: AivenSimulator) -> AsyncIterator[AivenClient]:
    async with AivenClient(aiven.web_url, aiven.access.token) as made:
        yield made


async def test_only_who_asks_for_it_shares(aiven: AivenSimulator, client: AivenClient) -> None:
    """A read that judges before a write, or verifies one, goes to Aiven whatever others asked a moment ago."""
    await client.shared.ask(client.get_flow, REF)
    assert (await client.get_flow(REF))["enabled"] is True
    assert len(aiven.calls("GET")) == 2


@pytest.mark.parametrize("status", [None, 400, 500], ids=["done", "refused", "unknown"])
async def test_a_write_of_ours_makes_everybody_read_anew(
    aiven: AivenSimulator, client: AivenClient, status: int | None
) -> None:
    assert (await client.shared.ask(client.get_flow, REF))["enabled"] is True
    aiven.fail(method="PUT", status=status, apply=True)
    try:
        await client.patch_flow(REF, {"enabled": False})
    except AivenError:
        assert status is not None
    assert (await client.shared.ask(client.get_flow, REF))["enabled"] is False


async def test_a_read_that_overlaps_a_write_serves_nobody_after_it(aiven: AivenSimulator, client: AivenClient) -> None:
    """It may have come before the write at Aiven, and after its beginning here."""
    hold = aiven.hold("PUT")
    writing = asyncio.create_task(client.patch_flow(REF, {"enabled": False}))
    await hold.arrived.wait()
    assert (await client.shared.ask(client.get_flow, REF))["enabled"] is True
    hold.release()
    await writing
    assert (await client.shared.ask(client.get_flow, REF))["enabled"] is False
