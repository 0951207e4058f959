"""The indexes of what has ended: written with the end of a request, read in pieces, gone with the request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pytest

from bot.core.batch import Batch
from bot.core.flow import FlowRef, Patch
from bot.core.giving import Giving
from bot.core.plan import Plan
from bot.core.request import Request, State
from bot.store import history, keys, requests, retention
from bot.store.commit import Commit, ConflictError
from bot.store.history import Count
from bot.store.redis import Store
from bot.store.requests import Card

REF: Final = FlowRef(project="acme", service="mm2", source="a", target="b")
OTHER: Final = REF.model_copy(update={"target": "c"})
FLOW: Final = str(REF)


def asked(now: datetime, number: int, ref: FlowRef = REF) -> Request:
    """A request, each for another plan."""
    plan = Plan(ref=ref, change=Patch(body={"offset_lag_max": number}), before={}, after={"offset_lag_max": number})
    return Request(
        number=number, by="UANN", channel="C1", plan=plan, policy="p", asked_at=now, changed_at=now, expires_at=now
    )


async def end(store: Store, request: Request, state: State, at: datetime, **more: int) -> Request:
    """Asks for it, and ends it so, then."""
    commit = Commit()
    requests.add(commit, request, Card(number=request.number, channel="C1", asked_in="C1"))
    await store.commit(commit)
    ended = request.moved(at, state=state, **more)
    commit = Commit()
    requests.change(commit, ended, request)
    await store.commit(commit)
    return ended


async def some(store: Store, *states: State) -> datetime:
    """Requests 1, 2, … for the flow that ended so, a second after each other; when the first did."""
    now = store.clock.now()
    for number, state in enumerate(states, 1):
        await end(store, asked(now, number), state, now + timedelta(seconds=number))
    return now + timedelta(seconds=1)


async def ended(store: Store, ref: FlowRef = REF) -> list[int]:
    return await history.numbers(store, keys.ended_of(str(ref)), 0, 100)


async def changes(store: Store, ref: FlowRef = REF) -> list[int]:
    return await history.numbers(store, keys.changes_of(str(ref)), 0, 100)


async def test_an_ended_request_is_found_by_its_flow_the_newest_first(store: Store) -> None:
    await some(store, State.APPLIED, State.DENIED, State.FAILED)
    await end(store, asked(store.clock.now(), 9, OTHER), State.APPLIED, store.clock.now())
    assert await ended(store) == [3, 2, 1]
    assert await changes(store) == [3, 1]
    assert await ended(store, OTHER) == await changes(store, OTHER) == [9]
    assert await history.numbers(store, history.EVERYTHING, 0, 100) == [3, 2, 1, 9]
    assert await history.count(store, FLOW) == Count(3, 2)


@pytest.mark.parametrize("state", [State.DENIED, State.CANCELLED, State.EXPIRED, State.STALE])
async def test_what_came_to_nothing_is_told_apart_unless_something_was_tried(store: Store, state: State) -> None:
    now = store.clock.now()
    await end(store, asked(now, 1), state, now)
    await end(store, asked(now, 2), state, now, attempts=1)
    assert await ended(store) == [2, 1]
    assert await changes(store) == [2]


@pytest.mark.parametrize("state", sorted(set(State) - {State.DENIED, State.CANCELLED, State.EXPIRED, State.STALE}))
async def test_a_state_that_nobody_thought_of_counts_as_a_change(store: Store, state: State) -> None:
    now = store.clock.now()
    ended_so = await end(store, asked(now, 1), state, now)
    assert await changes(store) == ([] if ended_so.is_open else [1])


THIRD: Final = REF.model_copy(update={"target": "d"})


@pytest.mark.parametrize(("state", "more", "touched"), [
    (State.APPLIED, {"done": 3, "attempts": 1}, 3),
    (State.STALE, {"done": 0}, 0),
    (State.STALE, {"done": 1}, 1),
    (State.CANCELLED, {"done": 2}, 2),
    (State.FAILED, {"done": 1}, 2),
    (State.EXPIRED, {"done": 1, "attempts": 1}, 2),
    (State.REVERTED, {"done": 3, "reverting": 1}, 3),
    (State.UNKNOWN, {"done": 0, "reverting": 1}, 3),
])  # fmt: skip
async def test_of_several_flows_those_that_were_not_reached_have_no_change(
    store: Store, state: State, more: dict[str, int], touched: int
) -> None:
    now = store.clock.now()
    batch = Batch(plans=tuple(asked(now, 1, ref).flow_plan for ref in (REF, OTHER, THIRD)))
    await end(store, asked(now, 1).model_copy(update={"plan": batch}), state, now, **more)
    assert [await ended(store, ref) for ref in (REF, OTHER, THIRD)] == [[1]] * 3
    assert [bool(await changes(store, ref)) for ref in (REF, OTHER, THIRD)] == [n < touched for n in range(3)]
    old = await retention.old_requests(store, now)
    assert old == {1: (str(REF), str(OTHER), str(THIRD))}


async def test_an_open_request_is_no_history(store: Store) -> None:
    commit = Commit()
    requests.add(commit, asked(store.clock.now(), 1), Card(number=1, channel="C1", asked_in="C1"))
    await store.commit(commit)
    assert await ended(store) == []


async def test_a_commit_that_fails_leaves_nothing_in_the_index(store: Store) -> None:
    request = asked(store.clock.now(), 1)
    commit = Commit()
    requests.change(commit, request.moved(store.clock.now(), state=State.APPLIED), request)
    with pytest.raises(ConflictError):
        await store.commit(commit)
    assert await ended(store) == await changes(store) == []


async def test_a_role_is_in_no_flow_s_history(store: Store) -> None:
    now = store.clock.now()
    giving = Giving(subject="UEVE", role="editor", scope="acme/*", gives=())
    await end(store, asked(now, 1).model_copy(update={"plan": giving}), State.APPLIED, now)
    assert await history.numbers(store, history.EVERYTHING, 0, 9) == [1]
    assert [key async for key in store.redis.scan_iter(store.keys("of:*"))] == []


async def test_pieces_join_without_gap_or_overlap(store: Store) -> None:
    first = await some(store, *[State.APPLIED] * 7)
    pieces = [await history.numbers(store, keys.changes_of(FLOW), start, 3) for start in (0, 3, 6, 9)]
    assert pieces == [[7, 6, 5], [4, 3, 2], [1], []]
    since = first + timedelta(seconds=4)
    assert await history.count(store, FLOW, since) == Count(3, 3)
    assert await history.lengths(store, history.EVERYTHING, keys.ended_of("none"), since=since) == [3, 0]
    assert await history.numbers(store, keys.changes_of(FLOW), 0, 0) == []


async def test_what_is_forgotten_leaves_every_index(store: Store) -> None:
    first = await some(store, State.APPLIED, State.DENIED, State.APPLIED)
    old = await retention.old_requests(store, first + timedelta(seconds=1))
    assert old == {1: (FLOW,), 2: (FLOW,)}
    commit = Commit()
    for number, flows in old.items():
        retention.forget(commit, number, flows)
    await store.commit(commit)
    assert await ended(store) == await changes(store) == [3]
    assert await history.numbers(store, history.EVERYTHING, 0, 9) == [3]
    assert [each.number for each in await requests.load_all(store, [3, 2, 1])] == [3]


async def test_the_last_one_takes_the_index_along(store: Store) -> None:
    await some(store, State.APPLIED)
    commit = Commit()
    retention.forget(commit, 1, (FLOW,))
    await store.commit(commit)
    assert [key async for key in store.redis.scan_iter(store.keys("*:acme/*"))] == []


async def test_a_record_that_cannot_be_read_is_forgotten_all_the_same(store: Store) -> None:
    commit = Commit()
    commit.run("ZADD", history.EVERYTHING, "1", "5")
    commit.run("HSET", keys.request(5), "v", "1", "doc", "{}")
    await store.commit(commit)
    assert await retention.old_requests(store, store.clock.now()) == {5: ()}
