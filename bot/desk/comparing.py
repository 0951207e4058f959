"""Looks at the flows of a watched service: what others changed is reported once, what is over is closed.

What is known is read before Aiven is, and has to be the same when the look is committed: a change of ours that was
applied in between makes the look start anew, and is never taken for somebody else's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.aiven.errors import AivenError, RateLimitedError, UnavailableError
from bot.cards import notices
from bot.core import drift
from bot.core.access import Access
from bot.core.audit import BOT, Note
from bot.core.drift import SETTLE, Drift, Found, Said, State
from bot.core.flow import Wire
from bot.core.policy import Policy
from bot.desk.desk import Desk
from bot.store import access as access_store
from bot.store import drifts, flows, letters
from bot.store.commit import Commit, Lease
from bot.store.flows import Known
from bot.store.letters import Letter

_log: Final = logging.getLogger(__name__)

BUSY: Final = timedelta(seconds=30)
"""How soon to look again when a request writes on the service."""

AT_ONCE: Final = 20
"""How many drifts one look reports at most; the next one, soon after, goes on."""

_EVENTS: Final = 200
_CLOCKS: Final = timedelta(minutes=1)
"""By how much Aiven's clock may differ from ours."""


class UnreadError(Exception):
    """Aiven could not be read; when to look again is stored."""


@dataclass(frozen=True, slots=True)
class _Round:
    """One look under a lease, with what was known when it began."""

    desk: Desk
    lease: Lease
    access: Access
    policy: Policy
    known: Known
    began: datetime

    @property
    def path(self) -> str:
        """The service."""
        return self.known.path

    @property
    def next(self) -> datetime:
        """When its time comes again."""
        return drift.next_look(self.path, self.policy.drift.every, self.desk.now)

    def commit(self) -> Commit:
        """A commit under the lease."""
        commit = Commit()
        commit.holding(self.lease)
        return commit

    def note(self, subject: str, action: str, **details: str | int) -> Note:
        """An audit note about what the bot found."""
        return Note(
            tag=f"{BOT}:{subject.partition('/')[0]}:{action}", by=BOT, at=self.began, subject=subject,
            policy=self.policy.digest, details=dict(details),
        )  # fmt: skip


async def look(desk: Desk, lease: Lease, path: str) -> None:
    """Compares a service with what is known of it.

    Raises UnreadError; ConflictError when the store moved on, StoreError when it is away.
    """
    access, policy = await desk.access.load()
    known = await flows.load(desk.store, path)
    around = _Round(desk, lease, access, policy, known, desk.now)
    if path not in policy.drift.services:
        await _end(around)
    elif known.version is None:
        # There is a place for what we write from before Aiven is read for the first time.
        await _begin(around)
    elif (later := _too_early(around)) is not None:
        await _wait(around, later)
    else:
        await _compare(around)


def _too_early(around: _Round) -> datetime | None:
    """When to look instead, while something that we write may not show yet."""
    if around.known.writer is not None:
        return around.began + BUSY
    shows = max(around.known.sent.values(), default=around.began - SETTLE) + SETTLE
    return shows if shows > around.began else None


async def _wait(around: _Round, at: datetime) -> None:
    commit = around.commit()
    commit.look(around.lease.item, at)
    await around.desk.store.commit(commit)


async def _begin(around: _Round) -> None:
    commit = around.commit()
    flows.watch(commit, around.path, around.began)
    commit.look(around.lease.item, around.began)
    await around.desk.store.commit(commit)


async def _end(around: _Round) -> None:
    """The policy names the service no longer; what is open about it has no end any more."""
    commit = around.commit()
    access_store.unchanged(commit, around.access)
    for was in await _told(around, around.known.told):
        _close(around, commit, was, was.ended(State.UNWATCHED, around.began))
    flows.unwatch(commit, around.path)
    commit.done(around.lease.item)
    await around.desk.store.commit(commit)


async def _compare(around: _Round) -> None:
    project, _, service = around.path.partition("/")
    try:
        now = drift.by_pair(await around.desk.aiven.list_flows(project, service))
    except AivenError as error:
        await _unread(around, error)
        raise UnreadError from error
    commit = around.commit()
    flows.unchanged(commit, around.known)
    if around.known.looked_at is None:
        flows.learn(commit, around.known, now, around.began)
        commit.note(around.note(f"service/{around.path}", "watch", flows=len(now)))
        commit.look(around.lease.item, around.next)
    else:
        await _judge(around, commit, now, around.known.looked_at)
    await around.desk.store.commit(commit)


async def _judge(around: _Round, commit: Commit, now: dict[str, Wire], since: datetime) -> None:
    """Reports what is new, and closes what is over."""
    known, told = drift.settled(around.known.flows, around.known.sent, now), around.known.told
    found = {_pair(each): each for each in drift.compare(around.path, known, now)}
    fresh = [each for name, each in found.items() if told.get(name, ("", ""))[1] != each.digest]
    reports = {_pair(each.drift): each for each in await _reports(around, fresh[:AT_ONCE], since)}
    over = [name for name in told if name not in found]
    flows.learn(commit, around.known, known, around.began)
    flows.forget_told(commit, around.path, over)
    for was in await _told(around, [*over, *(name for name in reports if name in told)]):
        name = _pair(was.drift)
        state = State.OVERTAKEN if name in reports else drift.end_of(was.drift, known.get(name))
        next_id = reports[name].id if name in reports else ""
        _close(around, commit, was, was.ended(state, around.began, next_id=next_id))
    for each in reports.values():
        _report(around, commit, each)
    commit.look(around.lease.item, around.began + BUSY if len(fresh) > AT_ONCE else around.next)


def _pair(each: Drift) -> str:
    return drift.pair(each.ref.source, each.ref.target)


async def _reports(around: _Round, fresh: Sequence[Drift], since: datetime) -> list[Found]:
    """What is to be told of these, with what Aiven's own log says; that is read only if there is something to tell."""
    if not fresh:
        return []
    project, _, service = around.path.partition("/")
    said: tuple[Said, ...] = ()
    unread = ""
    try:
        log = await around.desk.aiven.list_events(project, _EVENTS)
    except AivenError as error:
        unread = str(error)
    else:
        lines = (Said(service=e.service_name, at=e.time, who=e.actor, what=e.event_desc or e.event_type) for e in log)
        said = drift.heard(lines, service, since - _CLOCKS)
    return [drift.found(each, around.began, since, said, unread) for each in fresh]


def _report(around: _Round, commit: Commit, found: Found) -> None:
    drifts.add(commit, found, around.policy.drift.channel)
    flows.tell(commit, around.path, found)
    commit.note(around.note(f"drift/{found.id}", "find", place=str(found.drift.ref), digest=found.drift.digest))


async def _told(around: _Round, names: Iterable[str]) -> list[Found]:
    """The open reports about these flows."""
    found = await drifts.load_all(around.desk.store, [around.known.told[name][0] for name in names])
    return [each for each in found if each.state is State.OPEN]


def _close(around: _Round, commit: Commit, was: Found, ended: Found) -> None:
    drifts.change(commit, ended, was, around.began)
    commit.note(around.note(f"drift/{was.id}", "end", place=str(was.drift.ref), state=ended.state))


async def _unread(around: _Round, error: AivenError) -> None:
    """Looks again at the next round, or when Aiven says. Once it is said, and only when it will not pass by itself."""
    commit = around.commit()
    kind, passing = type(error).__name__, isinstance(error, UnavailableError | RateLimitedError)
    if kind != around.known.trouble:
        _log.warning("%s cannot be compared with what is known of it: %s", around.path, error)
        flows.stumble(commit, around.known, kind)
        if not passing:
            letter = Letter(to=around.policy.drift.channel, answer=notices.unseen(around.path, str(error)))
            letters.owe(commit, f"unseen-{around.path}", letter, around.began)
    commit.look(around.lease.item, _after(around, error))
    await around.desk.store.commit(commit)


def _after(around: _Round, error: AivenError) -> datetime:
    """Who was sent away by a limit comes back when it is over, not all at once, or a round would be lost to it."""
    if not isinstance(error, RateLimitedError):
        return around.next
    wait = max(error.wait or 0.0, BUSY.total_seconds())
    return around.began + timedelta(seconds=wait + drift.spread(around.path, int(wait)))
