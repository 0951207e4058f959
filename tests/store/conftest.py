"""The store on fakeredis and on a real Valkey: every test of this folder that asks for `store` runs on both."""

from __future__ import annotations

from collections.abc import AsyncIterator

import fakeredis
import pytest

from bot.store.connecting import connect
from bot.store.redis import Store


@pytest.fixture(params=["fake", "real"])
async def store(request: pytest.FixtureRequest, valkey: str, team: str) -> AsyncIterator[Store]:
    """A store that nothing was written to."""
    redis = connect(valkey) if request.param == "real" else fakeredis.FakeAsyncRedis(decode_responses=True)
    yield Store(redis, team)
    await redis.aclose()
