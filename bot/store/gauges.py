"""What there is in the store at a moment, for whoever watches over it from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from bot.core.request import Request
from bot.store import keys, letters, requests
from bot.store.clock import to_ms
from bot.store.redis import Store

_LOOKED_AT: Final = 10_000
_OUTBOX_LOOKED_AT: Final = 100


class Gauges(NamedTuple):
    """Of at most 10,000 due items, by kind: `waiting`: how many, `overdue`: of those whose time has come.

    `oldest`: for how many seconds the first one has been overdue, by kind. `outbox_lag`: for how many seconds the
    oldest of a hundred cards and messages has not shown how things are. `ended`: how many requests ended in each state,
    those made by break-glass under `state:glass`. `writes`: what they sent to Aiven, `waits`: how often they waited.
    """

    waiting: Mapping[str, int]
    overdue: Mapping[str, int]
    oldest: Mapping[str, float]
    outbox_lag: float
    open: int
    reviews: int
    ended: Mapping[str, int]
    writes: int
    waits: int
    entries: int


async def read(store: Store) -> Gauges:
    """Raises StoreError when the server does not answer."""
    async with store.redis.pipeline(transaction=False) as pipe:
        pipe.zrange(store.keys("due"), 0, _LOOKED_AT - 1, withscores=True)
        for key in ("open", "reviews"):
            pipe.zcard(store.keys(key))
        pipe.hgetall(store.keys("ended"))
        due, unfinished, reviews, told = await pipe.execute()
    now = to_ms(store.clock.now())
    late = [(_kind(item), (now - score) / 1000) for item, score in due if score <= now]
    ended = {state: int(count) for state, count in told.items()}
    return Gauges(
        waiting=Counter(_kind(item) for item, _ in due),
        overdue=Counter(kind for kind, _ in late),
        oldest={kind: max(age for each, age in late if each == kind) for kind, _ in late},
        outbox_lag=await _outbox_lag(store, [item for item, _ in due]),
        open=unfinished, reviews=reviews, writes=ended.pop(requests.WRITES, 0), waits=ended.pop(requests.WAITS, 0),
        ended=ended, entries=(await store.newest_head()).seq,
    )  # fmt: skip


def _kind(item: str) -> str:
    return item.partition(":")[0]


async def _outbox_lag(store: Store, items: Iterable[str]) -> float:
    """Since when the oldest of these cards and letters waits to be sent, as far as they are cards and letters."""
    outbox = [item for item in items if item.startswith((keys.card(0)[:-1], keys.letter("")))][:_OUTBOX_LOOKED_AT]
    of = [keys.request(int(keys.ident(item))) if item.startswith(keys.card(0)[:-1]) else item for item in outbox]
    documents = await store.documents(*of) if of else []
    changed = [_since(item, document) for item, document in zip(of, documents, strict=True) if document]
    return max((store.clock.now() - min(changed)).total_seconds(), 0.0) if changed else 0.0


def _since(item: str, document: str) -> datetime:
    """When what a card shows changed, or when a letter was written."""
    if item.startswith(keys.letter("")):
        return letters.Letter.model_validate_json(document).since or datetime.max.replace(tzinfo=UTC)
    return requests.news_at(Request.model_validate_json(document))
