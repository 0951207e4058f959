"""Drifts that were found: a record each, whether it is open, and where its message is.

Who shows it writes the place of the message, nobody else does, and nothing that is shown stands there; so neither gets
into the way of those who decide about the drift.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, cast

from bot.core.drift import Found, State
from bot.core.flow import Frozen
from bot.store import keys
from bot.store.clock import to_ms
from bot.store.commit import Commit, Lease
from bot.store.redis import Store

_OPEN: Final = "found:open"
_CLOSED: Final = "found:closed"
_MESSAGE: Final = "message"
_AT_ONCE: Final = 200


class Message(Frozen):
    """Where a report is (`ts`: None while it is not posted), which version of the drift it shows, tries in vain."""

    channel: str
    ts: str | None = None
    shown: int = 0
    tries: int = 0


def add(commit: Commit, found: Found, channel: str) -> None:
    """A new drift, reported to this channel."""
    commit.put(keys.found(found.id), found, version=found.version)
    commit.run("HSET", keys.found(found.id), _MESSAGE, Message(channel=channel).model_dump_json())
    commit.run("ZADD", _OPEN, str(to_ms(found.at)), found.id)
    commit.look(keys.found(found.id), found.at)


def change(commit: Commit, found: Found, was: Found, now: datetime) -> None:
    """The next version of a drift; its message is changed."""
    commit.put(keys.found(found.id), found, version=found.version, was=was.version)
    if found.state is not State.OPEN:
        commit.run("ZREM", _OPEN, found.id)
        commit.run("ZADD", _CLOSED, str(to_ms(now)), found.id)
    show(commit, found.id, now)


def show(commit: Commit, ident: str, now: datetime) -> None:
    """Its message is looked at again, and changed if it shows something else."""
    commit.nudge(keys.found(ident), now)


def place(commit: Commit, lease: Lease, message: Message) -> None:
    """Where the message is by now."""
    commit.holding(lease)
    commit.run("HSET", lease.item, _MESSAGE, message.model_dump_json())


async def load(store: Store, ident: str) -> Found | None:
    """The drift with this id."""
    return _read(await store.document(keys.found(ident)))


async def load_shown(store: Store, ident: str) -> tuple[Found, Message] | None:
    """The drift with this id, and its message."""
    document, message = await store.hmget(keys.found(ident), "doc", _MESSAGE)
    if document is None or message is None:
        return None
    return Found.model_validate_json(document), Message.model_validate_json(message)


async def load_all(store: Store, idents: Iterable[str]) -> list[Found]:
    """Those of these drifts that there are."""
    wanted = [keys.found(ident) for ident in idents]
    documents = await store.documents(*wanted) if wanted else []
    return [found for document in documents if (found := _read(document))]


async def load_open(store: Store) -> list[Found]:
    """Every drift that is open, the newest first."""
    idents = cast("list[str]", await store.redis.zrevrange(store.keys(_OPEN), 0, -1))
    return await load_all(store, idents)


def _read(document: str | None) -> Found | None:
    return None if document is None else Found.model_validate_json(document)


async def old(store: Store, before: datetime) -> list[str]:
    """Some of the drifts that were over before this moment."""
    return cast(
        "list[str]",
        await store.redis.zrange(store.keys(_CLOSED), "-inf", to_ms(before), byscore=True, offset=0, num=_AT_ONCE),
    )


def forget(commit: Commit, ident: str) -> None:
    """The drift, and its place in the list."""
    commit.run("DEL", keys.found(ident))
    commit.run("ZREM", _CLOSED, ident)
    commit.done(keys.found(ident))
