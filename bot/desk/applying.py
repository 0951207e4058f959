"""Takes an approved request to Aiven: judge again, read, write once, read back; and resolves what is in doubt.

What it may do is decided by `bot/core/request.py` and `bot/core/outcome.py`; here the steps are carried out, each
with its commit. The intent is committed before the call, the outcome after it: a crash in between is found as a
request that is being applied, and is resolved by reading.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.aiven import errors
from bot.core import outcome
from bot.core.access import Access
from bot.core.audit import BOT, SEND, Note
from bot.core.flow import Create, Delete, Wire
from bot.core.freeze import frost
from bot.core.outcome import Reading
from bot.core.people import UnsureError
from bot.core.request import Request, State, judge_again
from bot.desk.desk import Desk
from bot.store import requests
from bot.store.access import unchanged
from bot.store.commit import Commit, ConflictError, Lease

BUSY_SECONDS: Final = 1.0
"""How soon to look again when another request writes on the same service."""


class LeaseLostError(Exception):
    """Somebody else has this item by now; whatever was to be done is theirs."""


async def look(desk: Desk, lease: Lease, number: int) -> None:
    """Takes a request one step further. Raises ConflictError when the store moved on, StoreError when it is away."""
    request = await requests.load(desk.store, number)
    if request is None or not request.is_open:
        commit = Commit()
        commit.holding(lease)
        commit.done(lease.item)
        await desk.store.commit(commit)
    elif request.state is State.APPLYING:
        await _resolve(desk, lease, request)
    elif request.expires_at <= desk.now:
        await _move(desk, lease, request, request.ended(State.EXPIRED, desk.now, outcome.expired(request)), "expire")
    elif request.state is State.APPROVED:
        await _apply(desk, lease, request)
    else:
        await _wait(desk, lease, request.expires_at)


async def _apply(desk: Desk, lease: Lease, request: Request) -> None:
    access, policy = await desk.access.load()
    try:
        people = await desk.people(request.deciders, access, policy)
    except UnsureError as unsure:
        await _later(desk, lease, request, outcome.unsure(request, str(unsure), desk.now))
        return
    fallen = judge_again(request, people, access, policy, desk.now)
    if fallen is not None:
        await _move(desk, lease, request, fallen, "judge")
        return
    if (frozen := frost(policy.freezes, access.freezes, str(request.plan.ref), desk.now)) is not None:
        await _later(desk, lease, request, outcome.frozen(request, frozen, desk.now))
        return
    try:
        flow = await _read(desk, request)
    except errors.AivenError as error:
        await _after_error(desk, lease, request, error)
        return
    reading = outcome.compare(request.plan, flow)
    if reading is not Reading.BEFORE:
        await _move(desk, lease, request, outcome.unsendable(request, reading, flow, desk.now), "compare")
        return
    begun = outcome.begun(request, lease.fence, desk.now)
    try:
        await _begin(desk, lease, request, begun, access)
    except ConflictError as conflict:
        if conflict.check != requests.BUSY:
            raise
        await _wait(desk, lease, desk.now + timedelta(seconds=BUSY_SECONDS))
        return
    await _send(desk, lease, begun)


async def _begin(desk: Desk, lease: Lease, request: Request, begun: Request, access: Access) -> None:
    """Commits that the write is about to be sent, if the lease, the approvals and the service are still as judged."""
    commit = _commit(lease, request, begun)
    unchanged(commit, access)
    requests.lock(commit, begun)
    commit.note(_note(begun, SEND, desk.now, attempt=begun.attempts, fence=lease.fence, digest=begun.plan.digest))
    await desk.store.commit(commit)


async def _send(desk: Desk, lease: Lease, request: Request) -> None:
    """Sends the write, once, under a lease that was renewed a moment ago."""
    if not await desk.store.renew(lease):
        raise LeaseLostError
    try:
        await _write(desk, request)
    except errors.AivenError as error:
        await _after_error(desk, lease, request, error)
        return
    accepted = outcome.accepted(request, desk.now)
    await desk.store.commit(_commit(lease, request, accepted))
    await _resolve(desk, lease, accepted)


async def _write(desk: Desk, request: Request) -> None:
    ref, change = request.plan.ref, request.plan.change
    if isinstance(change, Create):
        await desk.aiven.create_flow(ref, change.body)
    elif isinstance(change, Delete):
        await desk.aiven.delete_flow(ref)
    else:
        await desk.aiven.patch_flow(ref, change.body)


async def _read(desk: Desk, request: Request) -> Wire | None:
    try:
        return await desk.aiven.get_flow(request.plan.ref)
    except errors.NotFoundError:
        return None


async def _resolve(desk: Desk, lease: Lease, request: Request) -> None:
    """Reads until it can be told what became of a write that was sent."""
    for pause in (*outcome.QUICK_READS, None):
        try:
            reading = outcome.compare(request.plan, await _read(desk, request))
        except errors.AivenError as error:
            await _later(desk, lease, request, outcome.unreadable(request, str(error), desk.now))
            return
        if reading is Reading.AFTER or pause is None:
            break
        await desk.sleep(pause)
    await _later(desk, lease, request, outcome.resolved(request, reading, desk.now))


async def _after_error(desk: Desk, lease: Lease, request: Request, error: errors.AivenError) -> None:
    """What an error of Aiven makes of the request: a wait, an end, or a doubt."""
    if request.state is State.APPLYING and isinstance(error, errors.ConflictError | errors.NotFoundError):
        await _contradicted(desk, lease, request, error)
        return
    trouble = outcome.Trouble(
        words=str(error),
        passing=isinstance(error, errors.RateLimitedError | errors.UnavailableError),
        wait=error.wait if isinstance(error, errors.RateLimitedError) else None,
        in_doubt=isinstance(error, errors.UnknownOutcomeError),
        still_running=isinstance(error, errors.UnknownOutcomeError) and error.still_running,
    )
    await _later(desk, lease, request, outcome.after_error(request, trouble, desk.now))


async def _contradicted(desk: Desk, lease: Lease, request: Request, error: errors.AivenError) -> None:
    """Aiven says that the flow is there, or is not, against what was read before: only another reading tells."""
    try:
        reading = outcome.compare(request.plan, await _read(desk, request))
    except errors.AivenError as unread:
        await _later(desk, lease, request, outcome.unreadable(request, str(unread), desk.now))
        return
    await _later(desk, lease, request, outcome.contradicted(request, reading, str(error), desk.now))


async def _later(desk: Desk, lease: Lease, was: Request, then: outcome.Then) -> None:
    if then.request is was:
        await _wait(desk, lease, then.at or was.expires_at)
        return
    await _move(desk, lease, was, then.request, then.action, then.at)


async def _move(
    desk: Desk, lease: Lease, was: Request, request: Request, action: str, at: datetime | None = None
) -> None:
    """Commits a transition, with the audit note that tells it, and when to look next."""
    commit = _commit(lease, was, request)
    if was.state is State.APPLYING and request.state is not State.APPLYING:
        requests.unlock(commit, request)
    if request.is_open:
        commit.look(lease.item, at or request.expires_at)
    if request.state is not was.state or request.outcome or action == outcome.FREEZE:
        said = request.outcome or request.note
        commit.note(_note(request, action, desk.now, state=request.state, said=said))
    await desk.store.commit(commit)


def _commit(lease: Lease, was: Request, request: Request) -> Commit:
    commit = Commit()
    commit.holding(lease)
    requests.change(commit, request, was)
    return commit


async def _wait(desk: Desk, lease: Lease, at: datetime) -> None:
    commit = Commit()
    commit.holding(lease)
    commit.look(lease.item, at)
    await desk.store.commit(commit)


def _note(request: Request, action: str, at: datetime, **details: str | int) -> Note:
    return Note(
        tag=f"{BOT}:request:{action}", by=BOT, at=at, subject=f"request/{request.number}", details=dict(details)
    )
