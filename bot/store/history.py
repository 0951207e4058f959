"""What has ended, by when: all of it in one index, and each flow's in two of its own, so that looking back at a flow
costs what is shown of it, however much else has ended.
"""  # noqa: D205 - one sentence

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple, cast

from bot.core import history
from bot.core.request import Request
from bot.store import keys
from bot.store.clock import to_ms
from bot.store.commit import Commit
from bot.store.redis import Store

EVERYTHING: Final = "closed"
"""The index of all requests that have ended."""


class Count(NamedTuple):
    """How many requests of a flow have ended: in all, and without those that left no trace."""

    ended: int
    changes: int


def enter(commit: Commit, request: Request) -> None:
    """The request has ended."""
    when, number = str(to_ms(request.changed_at)), str(request.number)
    for index in (EVERYTHING, *_indexes(request)):
        commit.run("ZADD", index, when, number)


def _indexes(request: Request) -> Iterable[str]:
    yield from (keys.ended_of(str(plan.ref)) for plan in history.plans(request))
    yield from (keys.changes_of(str(plan.ref)) for plan in history.changed(request))


def leave(commit: Commit, number: int, flows: Iterable[str]) -> None:
    """The request is kept no longer; `flows` are the addresses of those that it was about."""
    for index in (EVERYTHING, *(each for flow in flows for each in (keys.ended_of(flow), keys.changes_of(flow)))):
        commit.run("ZREM", index, str(number))


async def count(store: Store, flow: str, since: datetime | None = None) -> Count:
    """How many requests about a flow have ended since then."""
    return Count(*await lengths(store, keys.ended_of(flow), keys.changes_of(flow), since=since))


async def lengths(store: Store, *indexes: str, since: datetime | None = None) -> list[int]:
    """How many requests of each of these indexes have ended since then: they are the first ones of `numbers`."""
    begins = "-inf" if since is None else str(to_ms(since))
    async with store.redis.pipeline(transaction=False) as pipe:
        for index in indexes:
            pipe.zcount(store.keys(index), begins, "+inf")
        return cast("list[int]", await pipe.execute())


async def numbers(store: Store, index: str, first: int, many: int) -> list[int]:
    """Some numbers of an index, the newest first: `many` of them at most, after the `first` ones."""
    found = await store.redis.zrevrange(store.keys(index), first, first + many - 1) if many > 0 else []
    return [int(number) for number in cast("list[str]", found)]
