"""Reads the audit chain. It is written by `Store.commit`, in the same step as what it records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from bot.core.audit import Entry, Head, head_of, verify
from bot.store.redis import Store

_PAGE = 500


async def entries(store: Store, first: int = 1) -> AsyncIterator[Entry]:
    """The entries from number `first` on, oldest first."""
    start = f"{first}-0"
    while page := await _page(store, start):
        for _, fields in page:
            yield Entry.model_validate_json(fields["entry"])
        start = f"({page[-1][0]}"


async def _page(store: Store, start: str) -> list[tuple[str, dict[str, str]]]:
    return cast(
        "list[tuple[str, dict[str, str]]]", await store.redis.xrange(store.keys("audit"), start, "+", count=_PAGE)
    )


async def first_wrong(store: Store) -> int | None:
    """The number at which the chain is first wrong, None when it is whole."""
    head = Head()
    async for entry in entries(store):
        if (wrong := verify([entry], head)) is not None:
            return wrong
        head = head_of(entry)
    seq, hashed = await store.hmget("audit:head", "seq", "hash")
    whole = (head.seq, head.hash) == (int(seq or 0), hashed or Head().hash)
    return None if whole else head.seq + 1
