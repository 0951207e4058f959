"""What there is in the store at a moment, for whoever watches over it from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from bot.store.clock import to_ms
from bot.store.redis import Store

_LOOKED_AT: Final = 10_000


class Gauges(NamedTuple):
    """`overdue`: due items by kind, at most 10,000 of them; `oldest`: for how many seconds the first one has been.

    `ended`: how many requests ended in each state, those made by break-glass under `state:glass`.
    """

    overdue: Mapping[str, int]
    oldest: float
    waiting: int
    open: int
    reviews: int
    ended: Mapping[str, int]
    entries: int


async def read(store: Store) -> Gauges:
    """Raises StoreError when the server does not answer."""
    now = to_ms(store.clock.now())
    async with store.redis.pipeline(transaction=False) as pipe:
        pipe.zrange(store.keys("due"), "-inf", now, byscore=True, withscores=True, offset=0, num=_LOOKED_AT)
        for key in ("due", "open", "reviews"):
            pipe.zcard(store.keys(key))
        pipe.hgetall(store.keys("ended"))
        due, waiting, unfinished, reviews, ended = await pipe.execute()
    return Gauges(
        overdue=Counter(item.partition(":")[0] for item, _ in due),
        oldest=max(0.0, (now - min((score for _, score in due), default=now)) / 1000),
        waiting=waiting, open=unfinished, reviews=reviews,
        ended={state: int(count) for state, count in ended.items()},
        entries=(await store.newest_head()).seq,
    )  # fmt: skip
