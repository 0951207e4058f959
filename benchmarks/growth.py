"""What a command costs when many requests have ended before, and when Aiven is slow: side by side, in one run."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

from benchmarks.processes import MeasureError
from benchmarks.table import Row, Target
from bot.core.request import State
from bot.sandbox.workplace import ANN, BOB, OPS, Workplace
from bot.store import history, keys, requests
from bot.store.commit import Commit
from bot.store.connecting import connect
from bot.store.embedded import open_embedded
from bot.store.redis import Store

_ON: Final = "exactly-once on kafka-eu -> kafka-us"
_FLOW: Final = "history kafka-eu -> kafka-us"
_TYPED: Final = (
    ("list", "list"), ("history", "history"), ("history of one flow", _FLOW),
    ("last page of it", f"{_FLOW} --page 1000000"), ("ask and take back", ""),
)  # fmt: skip
_SLOW_SECONDS: Final = 2.0
_BATCH: Final = 1_000


class Size(NamedTuple):
    """How many requests have ended, in the small and in the large store, and how often each command is timed."""

    few: int
    many: int
    repeats: int


async def measure(size: Size) -> list[Row]:
    """The rows."""
    return [*await _growth(size), await _slow_aiven(size.repeats)]


async def _growth(size: Size) -> list[Row]:
    async with _workplace() as (few, few_store), _workplace() as (many, many_store):
        await _fill(few, few_store, size.few)
        await _fill(many, many_store, size.many)
        rows = []
        for what, text in _TYPED:
            small, large = [], []
            for _ in range(size.repeats):
                small.append(await _took(few, text))
                large.append(await _took(many, text))
            ratio = median(large) / median(small)
            row = f"{what}: {size.many:,} ended requests to {size.few:,}, typed to answered"
            rows.append(Row(row, ratio, Target("<=", 1.1)))
        return rows


async def _took(work: Workplace, text: str) -> float:
    started = time.perf_counter()
    if text:
        await work.type(ANN, text)
    else:
        answer = await work.type(ANN, _ON, "waits for approval")
        await work.type(ANN, f"cancel {answer.partition('Request *')[2].partition('*')[0]}", "You took back")
    return time.perf_counter() - started


async def _fill(work: Workplace, store: Store, count: int) -> None:
    """So many requests that ended, each a copy of a real one and about the same flow."""
    answer = await work.type(ANN, _ON, "waits for approval")
    own = int(answer.partition("Request *")[2].partition("*")[0])
    await work.type(ANN, f"cancel {own}", "You took back")
    ended = await requests.load(store, own)
    if ended is None:
        raise MeasureError("the request that should be copied is not there")
    for first in range(own + 1, own + count, _BATCH):
        async with store.redis.pipeline(transaction=False) as pipe:
            for number in range(first, min(first + _BATCH, own + count)):
                copy = ended.model_copy(update={"number": number, "state": State.APPLIED})
                commit = Commit()
                commit.run("HSET", keys.request(number), "v", str(copy.version), "doc", copy.model_dump_json())
                history.enter(commit, copy)
                for command, key, *args in commit.commands:
                    pipe.execute_command(command, store.keys(key), *args)
            await pipe.execute()
    await store.redis.set(store.keys("number"), own + count)


async def _slow_aiven(repeats: int) -> Row:
    """Acknowledgements while every call of Aiven takes two seconds, to those while it answers at once."""
    async with _workplace() as (work, _):
        idle = await _acks(work, repeats)
        work.aiven.fail(times=None, delay=_SLOW_SECONDS)
        slow = await _acks(work, repeats)
    return Row(f"ack p99 with Aiven taking {_SLOW_SECONDS:g} s, to at once", slow / idle, Target("<=", 1.2))


async def _acks(work: Workplace, repeats: int) -> float:
    took = []
    for _ in range(max(repeats, 100)):
        started = time.perf_counter()
        if not (await work.slack.command(BOB, OPS, "/flow list")).ok:
            raise MeasureError("a command was not acknowledged")
        took.append(time.perf_counter() - started)
        await asyncio.sleep(0)
    return quantiles(took, n=100)[98]


@asynccontextmanager
async def _workplace() -> AsyncIterator[tuple[Workplace, Store]]:
    with tempfile.TemporaryDirectory() as folder:
        embedded = await open_embedded(Path(folder))
        try:
            async with Workplace(embedded.url) as work, connect(embedded.url) as redis:
                yield work, Store(redis, work.slack.workspace.team_id)
        finally:
            await embedded.close()
