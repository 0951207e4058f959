"""Reads the audit chain. It is written by `Store.commit`, in the same step as what it records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final, cast

from redis.asyncio import Redis

from bot.core.audit import Entry, Head, cut_at, follow_intents, head_of, verify
from bot.store.keys import Keys, team_of
from bot.store.redis import Store

_PAGE: Final = 500
_BLOCK_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the chain is whole, and the number of the entry at which it is first wrong (None: nowhere).

    `dangling`: requests whose write was announced, of whose outcome there is no entry, and which are not under way.
    """

    head: Head
    wrong: int | None
    dangling: tuple[str, ...] = ()


async def entries(store: Store, first: int = 1) -> AsyncIterator[Entry]:
    """The entries from number `first` on, oldest first."""
    async for page in _pages(store, first):
        for entry in page:
            yield entry


async def follow(store: Store, after: int) -> AsyncIterator[Entry]:
    """The entries beyond number `after`, as they come, without end."""
    while True:
        async for entry in entries(store, after + 1):
            yield entry
            after = entry.seq
        await store.redis.xread({store.keys("audit"): f"{after}-0"}, count=1, block=_BLOCK_MS)


async def workspaces(redis: Redis) -> list[str]:
    """The workspaces that have an audit chain in this server."""
    return sorted([team_of(key) async for key in redis.scan_iter(match=Keys("*")("audit:head"), count=1000)])


class WorkspaceError(Exception):
    """Why it is not clear which workspace is meant: one line."""


async def workspace(redis: Redis, wanted: str | None) -> str:
    """The workspace of this name, or the only one. Raises WorkspaceError."""
    found = await workspaces(redis)
    if wanted is not None and wanted not in found:
        raise WorkspaceError(f"there is no workspace {wanted} in this store; there are: {', '.join(found) or 'none'}")
    if wanted is None and len(found) != 1:
        several = f"say which workspace, with --team: {', '.join(found)}"
        raise WorkspaceError(several if found else "there is no workspace in this store")
    return wanted or found[0]


async def base(store: Store) -> Head:
    """The entry after which the log begins, when its beginning was dropped (`bot/store/retention.py`)."""
    seq, hashed = await store.hmget("audit:base", "seq", "hash")
    return Head(seq=int(seq), hash=hashed) if seq and hashed else Head()


async def entry(store: Store, seq: int) -> Entry | None:
    """One entry."""
    page = await _page(store, f"{seq}-0", f"{seq}-0")
    return _entry(*page[0]) if page else None


async def check(store: Store) -> Verdict:
    """Verifies the whole chain: where it begins is what an entry of it says, and it ends where the store says."""
    head = begins = await base(store)
    waiting, told = dict[str, int](), not begins.seq
    async for page in _pages(store, 1):
        if (wrong := verify(page, head)) is not None:
            return Verdict(head, wrong)
        told = told or any(cut_at(each) == begins for each in page)
        try:
            follow_intents(page, waiting)
        except ValueError:
            return Verdict(head, page[0].seq)
        head = head_of(page[-1])
    if not told:
        return Verdict(head, begins.seq)
    whole = head == await store.newest_head()
    return Verdict(head, None if whole else head.seq + 1, await _not_open(store, waiting))


async def _not_open(store: Store, subjects: Iterable[str]) -> tuple[str, ...]:
    """Those of these requests that have ended: nothing will be said of their writes any more."""
    async with store.redis.pipeline(transaction=False) as pipe:
        for subject in (found := sorted(subjects)):
            pipe.zscore(store.keys("open"), subject.partition("/")[2])
        scores = await pipe.execute()
    return tuple(subject for subject, score in zip(found, scores, strict=True) if score is None)


async def _pages(store: Store, first: int) -> AsyncIterator[list[Entry]]:
    start = f"{first}-0"
    while page := await _page(store, start):
        yield [_entry(ident, fields) for ident, fields in page]
        start = f"({page[-1][0]}"


async def _page(store: Store, start: str, end: str = "+") -> list[tuple[str, dict[str, str]]]:
    return cast(
        "list[tuple[str, dict[str, str]]]", await store.redis.xrange(store.keys("audit"), start, end, count=_PAGE)
    )


def _entry(ident: str, fields: dict[str, str]) -> Entry:
    """As it is stored, also when somebody has meddled with it."""
    seq, _, part = ident.partition("-")
    number = int(seq) if part == "0" else -1
    return Entry(number, fields.get("previous", ""), fields.get("note", ""), fields.get("hash", ""))
