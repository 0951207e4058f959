"""Grants, the policy and the channels' defaults. Reads are cached by version, so that a decision costs one field."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.core.access import Access, Grant
from bot.core.drift import next_look
from bot.core.freeze import Freeze
from bot.core.policy import DEFAULT, Policy
from bot.store import flows, keys
from bot.store.commit import Commit
from bot.store.redis import Store

_GRANT: Final = "grant:"
_FREEZE: Final = "freeze:"
_KEY: Final = "access"


class AccessStore:
    """What decisions are made from. Fails closed: an unreadable grant or policy raises and nothing is decided."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._access = Access({}, -1)
        self._policy = DEFAULT

    async def load(self) -> tuple[Access, Policy]:
        """Grants and policy as they are now; `Access.version` is what `unchanged` checks."""
        access, policy, _ = await self.load_beside()
        return access, policy

    async def load_beside(self, *records: str) -> tuple[Access, Policy, list[str | None]]:
        """The same, and in the same round trip the JSON of these records, None for those that there are not."""
        async with self._store.redis.pipeline(transaction=False) as pipe:
            pipe.hget(self._store.keys(_KEY), "v")
            for record in records:
                pipe.hget(self._store.keys(record), "doc")
            version, *documents = await pipe.execute()
        if int(version or 0) != self._access.version:
            await self._reload()
        return self._access, self._policy, documents

    async def _reload(self) -> None:
        stored = await self._store.hgetall(_KEY)
        grants = [Grant.model_validate_json(text) for name, text in stored.items() if name.startswith(_GRANT)]
        freezes = tuple(Freeze.model_validate_json(text) for name, text in stored.items() if name.startswith(_FREEZE))
        self._policy = Policy.model_validate_json(stored["policy"]) if "policy" in stored else DEFAULT
        self._access = Access.of(grants, int(stored.get("v", 0)), self._policy.all_roles, self._policy.denials, freezes)

    async def has_policy(self) -> bool:
        """Whether a policy was ever applied; without one the default is in force."""
        (policy,) = await self._store.hmget(_KEY, "policy")
        return policy is not None

    async def policy_text(self) -> str | None:
        """The document in force as it was written, None when none was applied."""
        (text,) = await self._store.hmget(_KEY, "policy:text")
        return text

    async def default_service(self, channel: str) -> str | None:
        """The `project/service` that this channel uses when a command names none."""
        (value,) = await self._store.hmget("channels", channel)
        return value


def unchanged(commit: Commit, access: Access) -> None:
    """Grants and policy must still be those that were judged by."""
    commit.expect("access", _KEY, "v", str(access.version) if access.version else "")


def _changed(commit: Commit, access: Access) -> None:
    unchanged(commit, access)
    commit.run("HSET", _KEY, "v", str(access.version + 1))


def grant(commit: Commit, access: Access, given: Grant) -> None:
    """Gives a role; one that stands already is replaced. One that ends is looked at from time to time."""
    _changed(commit, access)
    commit.run("HSET", _KEY, _GRANT + given.key, given.model_dump_json())
    if given.until is not None:
        commit.look(keys.role(given.key), given.at)


def revoke(commit: Commit, access: Access, taken: Grant) -> None:
    """Takes a role."""
    _changed(commit, access)
    commit.run("HDEL", _KEY, _GRANT + taken.key)


def set_policy(commit: Commit, access: Access, policy: Policy, text: str = "", *, now: datetime) -> None:
    """Puts another policy in force; `text` is the document as it was written.

    What it says of witnesses and of services to watch is begun.
    """
    _changed(commit, access)
    commit.run("HSET", _KEY, "policy", policy.model_dump_json(), "policy:text", text)
    commit.look(keys.WITNESS, now)
    for path in policy.drift.services:
        flows.watch(commit, path, next_look(path, policy.drift.every, now))


def freeze(commit: Commit, access: Access, declared: Freeze) -> None:
    """Keeps a scope as it is; a freeze of the same scope is replaced."""
    _changed(commit, access)
    commit.run("HSET", _KEY, _FREEZE + declared.scope, declared.model_dump_json())


def unfreeze(commit: Commit, access: Access, ended: Freeze) -> None:
    """Lets changes through again."""
    _changed(commit, access)
    commit.run("HDEL", _KEY, _FREEZE + ended.scope)


def use_service(commit: Commit, channel: str, path: str) -> None:
    """Makes `project/service` the default of a channel."""
    commit.run("HSET", "channels", channel, path)
