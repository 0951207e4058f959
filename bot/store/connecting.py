"""REDIS_URL -> a client: one server, a set under Sentinels, or a cluster."""

from __future__ import annotations

from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenError

SCHEMES: Final = (
    "redis://", "rediss://", "unix://", "redis+sentinel://", "rediss+sentinel://", "redis+cluster://",
    "rediss+cluster://",
)  # fmt: skip
"""`rediss` is TLS. With Sentinels: `redis+sentinel://user:password@host:26379,host:26379/name-of-the-primary`."""

_SOCKET_SECONDS: Final = 2.0
"""Slack waits 3 s for an acknowledgement: an answer that says the store is away must still fit."""

_SENTINEL_PORT: Final = 26_379


def connect(url: str) -> Redis:
    """A client. Nothing is sent yet. Raises ValueError for a URL that cannot be read.

    What a connection breaks off is said once more at once, on a new one, for after a restart of the server each of the
    old ones fails first; our scripts do no harm when they come twice. The client of a cluster has the same commands;
    all keys of a workspace are in one slot, so everything works there too.
    """
    options: dict[str, Any] = {
        "socket_timeout": _SOCKET_SECONDS, "socket_connect_timeout": _SOCKET_SECONDS, "decode_responses": True,
        "health_check_interval": 30,
    }  # fmt: skip
    scheme, _, kind = urlsplit(url).scheme.partition("+")
    if kind != "cluster":
        options["retry"] = Retry(NoBackoff(), 1, (BrokenError,))
    match kind:
        case "sentinel":
            return _primary(url, options | ({"ssl": True} if scheme == "rediss" else {}))
        case "cluster":
            plain = urlunsplit(urlsplit(url)._replace(scheme=scheme))
            return cast("Redis", RedisCluster.from_url(plain, **options))
        case _:
            return Redis.from_url(url, **options)


def _primary(url: str, options: dict[str, Any]) -> Redis:
    """Whichever server the Sentinels say is the primary, asked again after each failover."""
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    name = parts.path.strip("/")
    if not name or "/" in name:
        raise ValueError("the path must be the name of the primary")
    sentinels = [_host(each) for each in hosts.split(",")]
    secrets: dict[str, Any] = {"username": unquote(user) or None, "password": unquote(password) or None}
    timeouts = {name: value for name, value in options.items() if name.startswith("socket")}
    watched = Sentinel(sentinels, sentinel_kwargs=timeouts)  # type: ignore[no-untyped-call] # redis-py 8.1
    return cast("Redis", watched.master_for(name, **options, **secrets))


def _host(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if ":" in text else (text, "", "")
    if not host:
        raise ValueError("a Sentinel has no host")
    return host, int(port or _SENTINEL_PORT)
