"""Takes in what people do: one durable write before Slack gets its acknowledgement.

Deliveries that arrive while a write is under way go together in the next one, so that many share one fsync.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from bot.core.delivery import Delivery
from bot.store import keys
from bot.store.commit import Lease
from bot.store.redis import Store

_BATCH: Final = 256

_WRITES: Final = 3
"""At once: while one waits for the disk the next is made."""


class FullError(Exception):
    """There is more to do already than can be done soon; it was not stored."""


class UnstorableError(Exception):
    """A text holds half a character (a lone surrogate), which no store takes."""


_Waiting = tuple[Delivery, str, asyncio.Future[bool]]
"""A delivery, its document, and who waits for it to be stored."""


class Inbox:
    """The one way in. `taken` is called with each new delivery and the lease under which this process goes on."""

    def __init__(self, store: Store, taken: Callable[[Lease, Delivery], None]) -> None:
        self._store = store
        self._taken = taken
        self._waiting: list[_Waiting] = []
        self._writers: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether somebody waits for a delivery to be stored."""
        return bool(self._writers)

    async def put(self, delivery: Delivery) -> bool:
        """Stores a delivery; False for one that was taken before.

        Raises UnstorableError, FullError, or StoreError when it may not have been stored.
        """
        try:
            document = delivery.model_dump_json()
        except ValueError:
            raise UnstorableError from None
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, document, done))
        if len(self._writers) < _WRITES:
            writer = asyncio.create_task(self._write())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            await self._write_batch(batch)

    async def _write_batch(self, batch: list[_Waiting]) -> None:
        try:
            fences = await self._store.take([(keys.inbox(each.id), each.id, text) for each, text, _ in batch])
        except Exception as error:  # noqa: BLE001 - whatever went wrong, nobody may wait for ever
            for _, _, done in batch:
                _settle(done, error)
            return
        for (delivery, _, done), fence in zip(batch, fences, strict=True):
            _settle(done, FullError() if fence < 0 else bool(fence))
            if fence > 0:
                self._taken(Lease(keys.inbox(delivery.id), fence), delivery)


def _settle(done: asyncio.Future[bool], result: bool | Exception) -> None:  # noqa: FBT001 - a result, not a switch
    """Tells the one who waits, who may have given up by now."""
    if done.done():
        return
    if isinstance(result, bool):
        done.set_result(result)
    else:
        done.set_exception(result)
