"""Whether a server is fit to keep what must not be lost."""

from __future__ import annotations

import logging
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

_log: Final = logging.getLogger(__name__)


class UnfitStoreError(Exception):
    """Why the server would lose requests: one line."""


async def check(redis: Redis) -> None:
    """Raises UnfitStoreError for a server that throws keys away, StoreError when it does not answer.

    Logs a warning where a crash of the server could lose the latest writes. The facts are those of INFO
    (valkey.io/commands/info).
    """
    try:
        info: dict[str, Any] = await redis.info()
    except AuthenticationError:
        raise UnfitStoreError("REDIS_URL: the server does not take this user and password") from None
    except (NoPermissionError, ResponseError) as error:
        _log.warning("the store does not tell what it is (%s); it must never evict keys", type(error).__name__)
        return
    policy = str(info.get("maxmemory_policy", ""))
    if policy.startswith("allkeys"):
        why = f"REDIS_URL: its maxmemory-policy is {policy}, which throws away requests and audit log; set noeviction"
        raise UnfitStoreError(why)
    if str(info.get("role", "master")) != "master":
        raise UnfitStoreError("REDIS_URL: this server is a replica; name the primary, or the Sentinels")
    if not info.get("aof_enabled"):
        _log.warning("the store keeps no append-only file: what it forgets in a crash is lost; see docs/reliability.md")
