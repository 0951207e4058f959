"""The store's tests run on fakeredis, on a real Valkey and on a cluster; with `make test-servers` on more servers.

Every test of this folder that asks for `store` runs on each of them.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import fakeredis
import pytest
import pytest_asyncio

from bot.store.connecting import connect
from bot.store.redis import Store
from tests.servers import cluster, server, watched

DEBIAN = shutil.which("redis-server")
more = pytest.mark.servers
everywhere = pytest_asyncio.fixture(scope="session", loop_scope="session")


@everywhere
async def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Three nodes of Valkey."""
    async with cluster(Path(tmp_path_factory.mktemp("cluster"))) as url:
        yield url


@everywhere
async def sentinel_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A primary and its replica under three Sentinels."""
    async with watched(Path(tmp_path_factory.mktemp("sentinel"))) as servers:
        yield servers.url


@everywhere
async def debian_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Debian's redis-server."""
    if DEBIAN is None:
        pytest.skip("needs redis-server: apt-get install redis-server")
    async with server(Path(tmp_path_factory.mktemp("debian")), "--appendonly", "yes", binary=DEBIAN) as port:
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture(params=[
    "fake", "valkey", "cluster_url", pytest.param("sentinel_url", marks=more), pytest.param("debian_url", marks=more),
])  # fmt: skip
def store_url(request: pytest.FixtureRequest) -> str | None:
    """Where the store is, None for fakeredis."""
    return None if request.param == "fake" else str(request.getfixturevalue(request.param))


@pytest.fixture
async def store(store_url: str | None, team: str) -> AsyncIterator[Store]:
    """A store that nothing was written to."""
    redis = connect(store_url) if store_url else fakeredis.FakeAsyncRedis(decode_responses=True)
    yield Store(redis, team)
    await redis.aclose()
