"""REDIS_URL in all its forms; nothing is sent by reading it."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.sentinel import SentinelConnectionPool

from bot.store.connecting import SCHEMES, connect


@pytest.mark.parametrize("url", [
    "redis+sentinel://host:26379", "redis+sentinel://host/", "redis+sentinel://host/name/0", "redis+sentinel:///name",
    "redis+sentinel://a,,b/name", "redis+sentinel://a:port/name", "redis://host:port/0", "redis+cluster://host:x",
])  # fmt: skip
def test_what_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        connect(url)


def test_sentinels_with_and_without_a_port_and_a_login() -> None:
    pool = connect("rediss+sentinel://bot:p%40ss@one:1,two/primary").connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert pool.service_name == "primary"
    hosts = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"]) for each in hosts] == [("one", 1), ("two", 26_379)]
    assert pool.connection_kwargs["password"] == "p@ss"
    assert hosts[0]["password"] is None


@pytest.mark.parametrize(("url", "kind"), [
    ("redis+cluster://host:7000", RedisCluster), ("rediss+cluster://u:p@host:7000", RedisCluster),
    ("redis://host:1/0", Redis), ("unix:///tmp/nobody.sock", Redis),
])  # fmt: skip
def test_each_scheme_has_its_client(url: str, kind: type) -> None:
    assert isinstance(connect(url), kind)
    assert url.startswith(SCHEMES)
