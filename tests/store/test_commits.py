"""A commit happens as a whole or not at all, and the audit chain is part of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.core.audit import Note
from bot.core.flow import Frozen
from bot.store import audit
from bot.store.commit import Commit, ConflictError, Lease
from bot.store.connecting import connect
from bot.store.redis import Store, StoreError


class Thing(Frozen):
    """A record."""

    value: int = 0


def note(store: Store, word: str = "made") -> Note:
    return Note(tag=f"test:thing:{word}", by="U1", at=store.clock.now())


def putting(store: Store, version: int, was: int | None, *, key: str = "thing") -> Commit:
    commit = Commit()
    commit.put(key, Thing(value=version), version=version, was=was)
    commit.look(f"work:{key}", store.clock.now())
    commit.note(note(store))
    return commit


async def everything(store: Store) -> dict[str, Any]:
    """All keys of the workspace with what they hold."""
    found = {}
    for key in sorted([key async for key in store.redis.scan_iter(f"{store.keys('')}*")]):
        kind = await store.redis.type(key)
        read = {"string": store.redis.get, "hash": store.redis.hgetall, "stream": store.redis.xrange}.get(kind)
        found[key] = await read(key) if read else await store.redis.zrange(key, 0, -1, withscores=True)
    return found


async def test_it_writes_record_due_time_and_audit_entry_together(store: Store) -> None:
    await store.commit(putting(store, 1, None))
    assert await store.document("thing") == '{"value":1}'
    assert [lease.item for lease in (await store.claim(5))[0]] == ["work:thing"]
    assert [entry.note.tag async for entry in audit.entries(store)] == ["test:thing:made"]
    assert (await audit.check(store)).wrong is None


async def broken_by_version(store: Store) -> Commit:
    return putting(store, 3, 2)


async def broken_by_existence(store: Store) -> Commit:
    return putting(store, 1, None)


async def broken_by_lease(store: Store) -> Commit:
    commit = putting(store, 2, 1)
    commit.holding(Lease("work:thing", 99))
    return commit


async def broken_by_a_later_check(store: Store) -> Commit:
    commit = putting(store, 2, 1)
    commit.expect("mine", "thing", "doc", "something else", "or this")
    return commit


BROKEN = {
    "version": broken_by_version, "exists": broken_by_existence, "lease": broken_by_lease,
    "mine": broken_by_a_later_check,
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
async def test_one_that_fails_leaves_every_key_as_it_was(store: Store, kind: str) -> None:
    await store.commit(putting(store, 1, None))
    before = await everything(store)
    with pytest.raises(ConflictError) as caught:
        await store.commit(await BROKEN[kind](store))
    assert caught.value.check == {"exists": "version"}.get(kind, kind)
    assert await everything(store) == before
    assert all(key.startswith(f"sluice:{{{store.keys.team}}}:") for key in before)


async def test_an_update_is_made_only_where_its_key_is_there(store: Store) -> None:
    commit = Commit()
    commit.update("HINCRBY", "known", "v", "1")
    commit.update("HSET", "known", "word", "x")
    await store.commit(commit)
    assert await store.redis.exists(store.keys("known")) == 0
    await store.redis.hset(store.keys("known"), "v", "4")
    await store.commit(commit)
    assert await store.hgetall("known") == {"v": "5", "word": "x"}


async def test_two_at_once_on_different_records_both_land_in_one_chain(store: Store) -> None:
    """Another process has moved the head of the chain meanwhile: its place is taken anew."""
    other = Store(store.redis, store.keys.team)
    await asyncio.gather(*(
        each.commit(putting(each, 1, None, key=f"{name}{number}"))
        for number in range(10) for name, each in (("a", store), ("b", other))
    ))  # fmt: skip
    assert len([entry async for entry in audit.entries(store)]) == 20
    assert (await audit.check(store)).wrong is None


async def test_of_two_on_one_record_one_lands(store: Store) -> None:
    other = Store(store.redis, store.keys.team)
    done = await asyncio.gather(
        store.commit(putting(store, 1, None)), other.commit(putting(other, 1, None)), return_exceptions=True
    )
    assert sorted(str(each) for each in done) == ["[]", "the store moved on: version"]


@pytest.mark.parametrize("field", ["previous", "note", "hash"])
async def test_a_tampered_audit_entry_shows(store: Store, field: str) -> None:
    for number in range(1, 4):
        await store.commit(putting(store, number, number - 1 or None))
    page = await store.redis.xrange(store.keys("audit"))
    await store.redis.delete(store.keys("audit"))
    for ident, fields in page:
        changed = fields | {field: f"{fields[field]} "} if ident == "2-0" else fields
        await store.redis.xadd(store.keys("audit"), changed, id=ident)
    assert (await audit.check(store)).wrong == 2


@pytest.mark.parametrize(("gone", "wrong"), [("1-0", 1), ("2-0", 2), ("3-0", 3)])
async def test_a_missing_audit_entry_shows(store: Store, gone: str, wrong: int) -> None:
    """The last one too: the head tells."""
    for number in range(1, 4):
        await store.commit(putting(store, number, number - 1 or None))
    await store.redis.xdel(store.keys("audit"), gone)
    assert (await audit.check(store)).wrong == wrong


async def test_a_store_that_is_away_raises_one_kind_of_error() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    with pytest.raises(StoreError):
        await Store(redis, "T1").commit(Commit())
    with pytest.raises(StoreError):
        await Store(redis, "T1").ping()
    await redis.aclose()
