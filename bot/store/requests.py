"""Requests and where their cards are: records, and the indexes that change in the same commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, cast

from bot.core.flow import Frozen
from bot.core.plan import Plan
from bot.core.request import Request, State
from bot.store import flows, history, keys, watches
from bot.store.commit import Commit
from bot.store.redis import Store


class Card(Frozen):
    """Where the card of a request is (`ts`: None while it is not posted) and which version of the request it shows.

    `asked_in`: where the request was asked for. `refused_by`: the channels that did not take the card. `told`: the
    requester has been told how it ended. `others` are messages of ours with buttons for this request that we had lost
    track of.
    """

    number: int
    version: int = 1
    channel: str
    asked_in: str
    refused_by: tuple[str, ...] = ()
    ts: str | None = None
    shown: int = 0
    told: bool = False
    tries: int = 0
    others: tuple[tuple[str, str], ...] = ()


async def next_number(store: Store) -> int:
    """A number that no other request has; one that is not used then is a gap, nothing more."""
    return int(await store.redis.incr(store.keys("number")))


def read(document: str | None) -> Request | None:
    """A request out of its record."""
    return None if document is None else Request.model_validate_json(document)


def read_card(document: str | None) -> Card | None:
    """What is known of a card, out of its record."""
    return None if document is None else Card.model_validate_json(document)


async def load(store: Store, number: int) -> Request | None:
    """The request with this number."""
    return read(await store.document(keys.request(number)))


async def load_card(store: Store, number: int) -> Card | None:
    """What is known of the request's card."""
    return read_card(await store.document(keys.card(number)))


async def open_numbers(store: Store) -> list[int]:
    """The numbers of the open requests."""
    return [int(number) for number in cast("list[str]", await store.redis.zrange(store.keys("open"), 0, -1))]


async def load_open(store: Store) -> list[Request]:
    """Every open request, newest first."""
    return await load_all(store, await _newest(store, "open"))


async def load_reviews(store: Store) -> list[Request]:
    """The requests whose approvals were bypassed and that nobody has reviewed, newest first."""
    return await load_all(store, await _newest(store, "reviews"))


async def _newest(store: Store, index: str) -> list[int]:
    return [int(number) for number in cast("list[str]", await store.redis.zrevrange(store.keys(index), 0, -1))]


async def load_all(store: Store, numbers: Iterable[int]) -> list[Request]:
    """The requests with these numbers, in this order, but for those that there are not."""
    async with store.redis.pipeline(transaction=False) as pipe:
        for number in numbers:
            pipe.hget(store.keys(keys.request(number)), "doc")
        documents = await pipe.execute()
    return [Request.model_validate_json(document) for document in documents if document]


async def asked_before(store: Store, digest: str) -> int | None:
    """The open request for the same plan."""
    (number,) = await store.hmget("asked", digest)
    return None if number is None else int(number)


SAME_PLAN: Final = "same plan"
"""Name of the check that no open request has the same plan."""

BUSY: Final = "busy"
"""Name of the check that no other request writes on the same service."""


WRITES: Final = "writes"
WAITS: Final = "waits"
"""Fields of `ended`: how many writes the requests sent that have ended, and how often they waited for somebody."""


def add(commit: Commit, request: Request, card: Card) -> None:
    """A new request: record, indexes, card, which is painted at once. When to look at it is for the caller to say."""
    commit.expect(SAME_PLAN, "asked", request.plan.digest, "")
    commit.put(keys.request(request.number), request, version=request.version)
    commit.put(keys.card(request.number), card, version=card.version)
    commit.run("ZADD", "open", str(request.number), str(request.number))
    commit.run("HSET", "asked", request.plan.digest, str(request.number))
    commit.look(keys.card(request.number), request.changed_at)


def change(commit: Commit, request: Request, was: Request) -> None:
    """The next version of a request; its card is painted, and others may write on its service if it lets them.

    With the version that it had, nothing of it shows on the card. Who looks at it next is for the caller to say.
    """
    commit.put(keys.request(request.number), request, version=request.version, was=was.version)
    if request.version != was.version:
        commit.nudge(keys.card(request.number), news_at(request))
    if was.locks and not request.locks:
        commit.run("HDEL", "lock", was.flow_plan.ref.service_path)
    if was.is_open and not request.is_open:
        _close(commit, request)
    if request.wants_review != was.wants_review:
        _review(commit, request)
    if (made := _made(request, was)) is not None:
        flows.applied(commit, made.ref, made.after, request.changed_at)
        if was.attempts:
            watches.changed(commit, request.number, made.ref)
    if request.watch is not None and (was.watch is None or was.watch.since != request.watch.since):
        watches.begin(commit, request.number, request.watch)


def _made(request: Request, was: Request) -> Plan | None:
    """The change of a flow that has taken effect, if that is what a transition says."""
    holds = request.state is State.HOLDING and was.state is not State.HOLDING
    return was.flow_plan if was.steps and (holds or request.done > was.done) else None


def news_at(request: Request) -> datetime:
    """When what its card shows changed last; what comes after its end does not change when it ended."""
    moments = [request.changed_at, *(each.at for each in request.decisions[-1:])]
    return max(*moments, request.watch.at) if request.watch else max(moments)


def _close(commit: Commit, request: Request) -> None:
    number = str(request.number)
    commit.run("ZREM", "open", number)
    history.enter(commit, request)
    commit.run("HDEL", "asked", request.plan.digest)
    commit.run("HINCRBY", "ended", f"{request.state}:glass" if request.is_broken else request.state.value, "1")
    for name, count in ((WRITES, request.past_attempts + request.attempts), (WAITS, request.waits)):
        if count:
            commit.run("HINCRBY", "ended", name, str(count))
    commit.done(keys.work(request.number))


def _review(commit: Commit, request: Request) -> None:
    """Who broke the glass leaves a review behind, which is looked for until somebody closes it."""
    number = str(request.number)
    if request.wants_review:
        commit.run("ZADD", "reviews", number, number)
        commit.look(keys.review(request.number), request.changed_at)
    else:
        commit.run("ZREM", "reviews", number)
        commit.done(keys.review(request.number))


async def writes_on(store: Store, service_path: str) -> Request | None:
    """The request that writes on this service now."""
    (number,) = await store.hmget("lock", service_path)
    return None if number is None else await load(store, int(number))


def lock(commit: Commit, request: Request) -> None:
    """This request is the one that writes on its MirrorMaker service. The check `BUSY` fails when another does."""
    commit.expect(BUSY, "lock", request.flow_plan.ref.service_path, "", str(request.number))
    commit.run("HSET", "lock", request.flow_plan.ref.service_path, str(request.number))


def change_card(commit: Commit, card: Card, was: Card) -> None:
    """The next version of what is known about a card."""
    commit.put(keys.card(card.number), card, version=card.version, was=was.version)
