"""Work is leased: one looks at a time, and whoever lost the lease writes nothing."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.delivery import Delivery, Source
from bot.core.intent import WhoAmI
from bot.store.commit import Commit, ConflictError, Lease
from bot.store.connecting import connect
from bot.store.inbox import Inbox
from bot.store.keys import SEEN_SECONDS
from bot.store.redis import Store, StoreError

LEASE_MS = 15_000


def later(store: Store, ms: int) -> None:
    store.clock.offset += ms


async def due(store: Store, *items: str) -> None:
    commit = Commit()
    for item in items:
        commit.look(item, store.clock.now())
    await store.commit(commit)


def delivery(ident: str) -> Delivery:
    return Delivery(id=ident, source=Source.COMMAND, team="T1", user="U1", channel="C1", intent=WhoAmI())


async def test_what_is_due_is_leased_once(store: Store) -> None:
    await due(store, "a", "b", "c")
    first, wait = await store.claim(2)
    second, _ = await store.claim(2)
    assert wait == 0
    assert sorted(lease.item for lease in first + second) == ["a", "b", "c"]
    assert len({lease.fence for lease in first + second}) == 3
    nothing, wait = await store.claim(2)
    assert nothing == []
    assert wait is not None
    assert 14 < wait <= 15


async def test_nothing_to_do_has_no_next_time(store: Store) -> None:
    assert await store.claim(5) == ([], None)


async def test_what_is_not_due_waits(store: Store) -> None:
    commit = Commit()
    commit.look("a", store.clock.after(100))
    await store.commit(commit)
    assert (await store.claim(5))[0] == []
    later(store, 101_000)
    assert [lease.item for lease in (await store.claim(5))[0]] == ["a"]


async def test_a_lease_that_ran_out_goes_to_another_and_its_fence_is_worth_nothing(store: Store) -> None:
    await due(store, "a")
    (old,) = (await store.claim(1))[0]
    later(store, LEASE_MS + 1)
    (new,) = (await store.claim(1))[0]
    assert new.fence > old.fence
    assert await store.renew(old) is False
    commit = Commit()
    commit.holding(old)
    commit.done("a")
    with pytest.raises(ConflictError) as caught:
        await store.commit(commit)
    assert caught.value.check == "lease"
    assert await store.renew(new) is True


async def test_a_renewed_lease_lasts(store: Store) -> None:
    await due(store, "a")
    (lease,) = (await store.claim(1))[0]
    later(store, LEASE_MS - 1000)
    assert await store.renew(lease)
    later(store, LEASE_MS - 1000)
    assert (await store.claim(1))[0] == []


async def test_what_is_handed_back_is_due_at_once(store: Store) -> None:
    await due(store, "a")
    (lease,) = (await store.claim(1))[0]
    await store.hand_back(lease)
    (again,) = (await store.claim(1))[0]
    assert again.fence > lease.fence
    await store.hand_back(Lease("a", lease.fence))
    assert (await store.claim(1))[0] == []


async def test_the_leases_of_the_dead_can_be_ended(store: Store) -> None:
    await due(store, "a", "b")
    held, _ = await store.claim(5)
    await store.free_all()
    assert len((await store.claim(5))[0]) == len(held)
    assert await store.renew(held[0]) is False


async def test_a_delivery_is_taken_once_and_leased_to_its_taker(store: Store) -> None:
    (fence,) = await store.take([("in:x", "x", "{}")])
    assert fence
    assert await store.take([("in:x", "x", "{}"), ("in:y", "y", "{}")]) == [0, fence + 1]
    assert (await store.claim(5))[0] == []
    later(store, LEASE_MS)
    assert {lease.item for lease in (await store.claim(5))[0]} == {"in:x", "in:y"}
    assert 0 < await store.redis.ttl(store.keys("seen:x")) <= SEEN_SECONDS


async def test_the_inbox_keeps_all_that_come_at_once_and_knows_repeats(store: Store) -> None:
    taken: list[str] = []
    inbox = Inbox(store, lambda lease, each: taken.append(f"{lease.item} {each.id}"))
    fresh = await asyncio.gather(*(inbox.put(delivery(f"d{number % 20}")) for number in range(40)))
    assert fresh == [True] * 20 + [False] * 20
    assert sorted(taken) == sorted(f"in:d{number} d{number}" for number in range(20))
    assert await store.document("in:d7") == delivery("d7").model_dump_json()


async def test_who_gave_up_waiting_for_the_inbox_does_not_hurt_the_others(store: Store) -> None:
    inbox = Inbox(store, lambda *_: None)
    first = asyncio.create_task(inbox.put(delivery("a")))
    second = asyncio.create_task(inbox.put(delivery("b")))
    await asyncio.sleep(0)
    first.cancel()
    assert await second is True
    assert await store.document("in:a")


async def test_everybody_who_waits_hears_that_the_store_is_away() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    inbox = Inbox(Store(redis, "T1"), lambda *_: None)
    results = await asyncio.gather(*(inbox.put(delivery(f"{n}")) for n in range(3)), return_exceptions=True)
    assert [isinstance(each, StoreError) for each in results] == [True] * 3
    await redis.aclose()


async def test_a_nudge_makes_due_what_nobody_has_and_leaves_a_lease_alone(store: Store) -> None:
    def nudged() -> Commit:
        commit = Commit()
        commit.nudge("card:1", store.clock.now())
        return commit

    await store.commit(nudged())
    (lease,), _ = await store.claim(5)
    assert lease.item == "card:1"
    await store.commit(nudged())
    assert (await store.claim(5))[0] == []
    assert await store.renew(lease)
    await store.hand_back(lease)
    assert [each.item for each in (await store.claim(5))[0]] == ["card:1"]
