"""Opens the store that the settings name: a server of somebody else's, or the embedded one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from bot.store.connecting import connect
from bot.store.embedded import EmbeddedError, open_embedded


class StoreUrlError(Exception):
    """REDIS_URL cannot be read: one line. What exactly is wrong stays unsaid, for it may be a part of the password."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A client, and whether we are surely the only process that uses the server."""

    redis: Redis
    alone: bool


@asynccontextmanager
async def opened(redis_url: str | None, data_dir: Path) -> AsyncIterator[Opened]:
    """The store, until the end of the block. Raises StoreUrlError, or EmbeddedError for the embedded one."""
    async with AsyncExitStack() as stack:
        alone = False
        if redis_url is None:
            embedded = await open_embedded(data_dir)
            stack.push_async_callback(embedded.close)
            stack.callback(asyncio.create_task(embedded.keep()).cancel)
            redis_url, alone = embedded.url, embedded.alone
        try:
            redis = connect(redis_url)
        except ValueError:
            why = "REDIS_URL is wrong: it cannot be read as scheme://user:password@host:port/number?option=value"
            raise StoreUrlError(why) from None
        stack.push_async_callback(redis.aclose)
        yield Opened(redis, alone)


OPENING_ERRORS = (StoreUrlError, EmbeddedError)
"""Why a store cannot be opened, each one line."""
