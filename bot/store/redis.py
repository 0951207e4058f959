"""Carries out the atomic steps of the store. Fails closed: no answer means not written."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Sequence
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.core.audit import Head
from bot.store.clock import Clock
from bot.store.commit import HEAD, Commit, ConflictError, Lease, script_arguments
from bot.store.keys import SEEN_SECONDS, Keys
from bot.store.scripts import CLAIM, COMMIT, RENEW, TAKE

StoreError = RedisError
"""What every call here may raise when the server cannot be reached or refuses."""

_HEAD_TRIES: Final = 50

BACKLOG_MAX: Final = 5_000
"""How much may be overdue before nothing more is taken in: what is taken must be finished while people still care."""


class Store:
    """The steps that everything else in `bot/store` is made of, for one workspace."""

    def __init__(self, redis: Redis, team: str, *, clock: Clock | None = None, lease_seconds: float = 15.0) -> None:
        self.redis = redis
        self.keys = Keys(team)
        self.clock = clock or Clock()
        self.lease_seconds = lease_seconds
        self.backlog_max = BACKLOG_MAX
        self._take = redis.register_script(TAKE)
        self._claim = redis.register_script(CLAIM)
        self._renew = redis.register_script(RENEW)
        self._commit = redis.register_script(COMMIT)
        self._head = Head()
        self._committing = asyncio.Lock()

    async def ping(self) -> None:
        """Raises StoreError when the server does not answer."""
        await self.redis.ping()

    async def take(self, items: Sequence[tuple[str, str, str]]) -> list[int]:
        """Stores deliveries, each `(item, delivery id, document)`; their fences, 0 for one that was taken before.

        A fence of -1: it was not stored, for `backlog_max` items are overdue already.
        """
        named = ("due", "lease", "fence")
        keys = [self.keys(name) for name in named]
        for item, ident, _ in items:
            keys += (self.keys(f"seen:{ident}"), self.keys(item))
        args: list[Any] = [self.clock.offset, self._lease_ms, SEEN_SECONDS, self.backlog_max, secrets.token_hex(8)]
        for item, _, document in items:
            args += (item, document)
        server_ms, *fences = await self._take(keys=keys, args=args)
        self.clock.heard(server_ms)
        return [int(fence) for fence in fences]

    async def claim(self, limit: int) -> tuple[list[Lease], float | None]:
        """Leases on what is due, and the seconds until something else is (None: nothing is waiting)."""
        keys = [self.keys(name) for name in ("due", "lease", "fence")]
        server_ms, wait, *pairs = await self._claim(keys=keys, args=[self.clock.offset, self._lease_ms, limit])
        self.clock.heard(server_ms)
        leases = [Lease(item, int(fence)) for item, fence in zip(pairs[::2], pairs[1::2], strict=True)]
        return leases, None if wait < 0 else wait / 1000

    async def renew(self, lease: Lease) -> bool:
        """Keeps a lease for its full length again; False when it is lost."""
        return await self._prolong(lease, self._lease_ms)

    async def hand_back(self, lease: Lease) -> None:
        """Lets anybody look at the item at once."""
        await self._prolong(lease, 0)

    async def _prolong(self, lease: Lease, ms: int) -> bool:
        keys = [self.keys("due"), self.keys("lease")]
        server_ms, kept = await self._renew(keys=keys, args=[self.clock.offset, ms, lease.item, lease.fence])
        self.clock.heard(server_ms)
        return bool(kept)

    async def free_all(self) -> None:
        """Ends every lease: for a process that knows that no other lives, so that nothing waits for the dead."""
        commit = Commit()
        for item in await self.hgetall("lease"):
            commit.look(item, self.clock.now())
        if commit.commands:
            await self.commit(commit)

    async def commit(self, commit: Commit) -> list[Lease]:
        """Carries out a commit; the leases on what it seized.

        Raises ConflictError when a check fails, StoreError when the server does not answer.
        """
        if not commit.notes:
            return await self._carry_out(commit)
        async with self._committing:
            for _ in range(_HEAD_TRIES):
                try:
                    return await self._carry_out(commit)
                except ConflictError as conflict:
                    if conflict.check != HEAD:
                        raise
                self._head = await self.newest_head()
        raise ConflictError(HEAD)

    async def _carry_out(self, commit: Commit) -> list[Lease]:
        """One try. Only one at a time may have notes, for each goes on from the newest of the chain."""
        keys, spec, head = script_arguments(commit, self._head, self.keys)
        done, *told = await self._commit(keys=keys, args=[spec])
        if not done:
            raise ConflictError(told[0])
        if commit.notes:
            self._head = head
        return [Lease(item, int(fence)) for (item, _), fence in zip(commit.seized, told, strict=True)]

    async def newest_head(self) -> Head:
        """The end of the audit chain as the store says it."""
        seq, hashed = await self.hmget("audit:head", "seq", "hash")
        return Head(seq=int(seq), hash=hashed) if seq and hashed else Head()

    async def hmget(self, key: str, *fields: str) -> list[str | None]:
        """Fields of a hash, None for those that are absent."""
        return await cast("Awaitable[list[str | None]]", self.redis.hmget(self.keys(key), list(fields)))

    async def hgetall(self, key: str) -> dict[str, str]:
        """A whole hash."""
        return await cast("Awaitable[dict[str, str]]", self.redis.hgetall(self.keys(key)))

    async def documents(self, *records: str) -> list[str | None]:
        """The JSON of several records, None for those that there are not; one round trip."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for record in records:
                pipe.hget(self.keys(record), "doc")
            found: list[str | None] = await pipe.execute()
        return found

    async def document(self, key: str) -> str | None:
        """The JSON of a record, None when there is none."""
        (document,) = await self.hmget(key, "doc")
        return document

    @property
    def _lease_ms(self) -> int:
        return int(self.lease_seconds * 1000)
