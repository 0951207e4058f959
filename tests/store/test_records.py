"""Grants, policy, first admins: what decisions are made from."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError

from bot.core.access import Grant
from bot.core.policy import Policy, Quorum
from bot.core.policy.rules import Approval
from bot.store import access as grants
from bot.store import audit
from bot.store.access import AccessStore
from bot.store.commit import Commit, ConflictError
from bot.store.redis import Store
from bot.store.seed import seed

TWO = Policy(approval=Approval(quorum=Quorum(any_of=2)))


def a_grant(store: Store, user: str = "UANN", role: str = "editor") -> Grant:
    return Grant(subject=user, role=role, scope="acme/*", by="UADM", at=store.clock.now())


async def test_a_role_is_given_seen_by_others_and_taken(store: Store) -> None:
    ours, theirs = AccessStore(store), AccessStore(Store(store.redis, store.keys.team))
    known, _ = await ours.load()
    commit = Commit()
    grants.grant(commit, known, a_grant(store))
    await store.commit(commit)
    assert [str(each) for each in (await theirs.load())[0].all()] == ["editor on acme/*"]
    commit = Commit()
    grants.revoke(commit, (await ours.load())[0], a_grant(store))
    await store.commit(commit)
    assert list((await theirs.load())[0].all()) == []


async def test_what_was_judged_by_old_grants_is_not_written(store: Store) -> None:
    access = AccessStore(store)
    judged, _ = await access.load()
    change = Commit()
    grants.grant(change, judged, a_grant(store))
    await store.commit(change)
    late = Commit()
    grants.unchanged(late, judged)
    late.run("HSET", "thing", "v", "1")
    with pytest.raises(ConflictError) as caught:
        await store.commit(late)
    assert caught.value.check == "access"
    assert not await store.hgetall("thing")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"subject": 1}', '{"role": "editor"}'])
async def test_a_grant_that_cannot_be_read_decides_nothing(store: Store, text: str) -> None:
    """Fails closed."""
    await store.redis.hset(store.keys("access"), mapping={"v": "1", "grant:x": text})
    with pytest.raises(ValidationError):
        await AccessStore(store).load()


async def test_the_first_start_gives_admins_and_policy_and_the_next_changes_neither(store: Store) -> None:
    access = AccessStore(store)
    await seed(store, access, ["U1", "U2"], (TWO, "two"))
    await seed(store, access, ["U3"], (Policy(), "other"))
    known, policy = await access.load()
    assert {each.subject for each in known.all()} == {"U1", "U2"}
    assert policy == TWO
    assert [entry.note.tag async for entry in audit.entries(store)] == [
        "sluice:policy:apply", "sluice:role:grant", "sluice:role:grant",
    ]  # fmt: skip


async def test_of_two_first_starts_at_once_one_does_it(store: Store) -> None:
    other = Store(store.redis, store.keys.team)
    await asyncio.gather(
        seed(store, AccessStore(store), ["U1"], (TWO, "two")), seed(other, AccessStore(other), ["U1"], (TWO, "two"))
    )
    assert len([entry async for entry in audit.entries(store)]) == 2
    assert (await audit.check(store)).wrong is None


async def test_nobody_to_be_admin_is_said(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    await seed(store, AccessStore(store), [], None)
    assert "SLUICE_ADMINS" in caplog.text
