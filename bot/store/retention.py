"""What is kept no longer: requests that ended long ago, and the beginning of the audit log.

The rest of the log can still be verified: where it begins now is kept beside it, and is itself an entry of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

from pydantic import ValidationError

from bot.core.audit import Entry, Head, head_of
from bot.core.history import plans
from bot.store import audit, history, keys, requests
from bot.store.clock import to_ms
from bot.store.commit import Commit
from bot.store.redis import Store

_AT_ONCE: Final = 200


async def old_requests(store: Store, before: datetime) -> dict[int, tuple[str, ...]]:
    """Some of the requests that ended before this moment, with the flows that each was about.

    Those whose review is open are kept.
    """
    found = cast(
        "list[str]",
        await store.redis.zrange(store.keys("closed"), "-inf", to_ms(before), byscore=True, offset=0, num=_AT_ONCE),
    )
    reviews = set(cast("list[str]", await store.redis.zrange(store.keys("reviews"), 0, -1)))
    numbers = [int(number) for number in found if number not in reviews]
    async with store.redis.pipeline(transaction=False) as pipe:
        for number in numbers:
            pipe.hget(store.keys(keys.request(number)), "doc")
        return dict(zip(numbers, map(_flows, await pipe.execute()), strict=True))


def _flows(document: str | None) -> tuple[str, ...]:
    """The flows that a record is about; one that cannot be read is about none, and goes all the same."""
    try:
        request = requests.read(document)
    except ValidationError:
        return ()
    return tuple(str(plan.ref) for plan in plans(request)) if request else ()


def forget(commit: Commit, number: int, flows: tuple[str, ...]) -> None:
    """The request, its card, and its place in the history, that of these flows included."""
    for key in (keys.request(number), keys.card(number)):
        commit.run("DEL", key)
    history.leave(commit, number, flows)
    commit.done(keys.card(number))


async def old_entry(store: Store, before: datetime) -> Entry | None:
    """The last audit entry from before this moment, None when there is none. Found by halving, for times grow."""
    low, high, found = (await audit.base(store)).seq + 1, (await store.newest_head()).seq, None
    while low <= high:
        middle = (low + high) // 2
        entry = await audit.entry(store, middle)
        if entry is None or entry.note.at >= before:
            high = middle - 1
        else:
            found, low = entry, middle + 1
    return found


def cut(commit: Commit, last: Entry, was: Head) -> None:
    """Drops the audit entries up to this one. The commit must have the note that says so."""
    head = head_of(last)
    commit.expect("base", "audit:base", "seq", str(was.seq) if was.seq else "")
    commit.run("XTRIM", "audit", "MINID", f"{head.seq + 1}-0")
    commit.run("HSET", "audit:base", "seq", str(head.seq), "hash", head.hash)
