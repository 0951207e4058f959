"""Takes an approved request to Aiven: judge again, read, write once, read back; and resolves what is in doubt.

What it may do is decided by `bot/core/deciding.py` and `bot/core/outcome.py`; here the steps are carried out, each
with its commit. The intent is committed before the call, the outcome after it: a crash in between is found as a
request that is being applied, and is resolved by reading.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.aiven import errors
from bot.core import outcome
from bot.core.audit import SEND
from bot.core.batch import as_if_made
from bot.core.deciding import judge_again
from bot.core.flow import Create, Delete, Wire
from bot.core.freeze import Frost
from bot.core.giving import Giving, given_by
from bot.core.outcome import Reading
from bot.core.people import UnsureError
from bot.core.plan import Plan
from bot.core.preflight.finding import Finding
from bot.core.preflight.rules import preflight
from bot.core.request import Request, State
from bot.core.weighing import frost_on
from bot.desk.surroundings import surroundings
from bot.desk.turn import Turn
from bot.store import access as access_store
from bot.store import requests
from bot.store.commit import ConflictError

BUSY_SECONDS: Final = 1.0
"""How soon to look again when another request writes on the same service."""


class LeaseLostError(Exception):
    """Somebody else has this item by now; whatever was to be done is theirs."""


async def apply(turn: Turn, request: Request) -> None:
    """An approved request, one step further. Raises ConflictError when the store moved on, StoreError."""
    try:
        people = await turn.desk.people(request.deciders, turn.access, turn.policy)
    except UnsureError as unsure:
        await turn.later(request, outcome.unsure(request, str(unsure), turn.now))
        return
    fallen = judge_again(request, people, turn.access, turn.policy, turn.now)
    if fallen is not None:
        await turn.move(request, fallen, "judge")
        return
    if isinstance(request.plan, Giving):
        await _give(turn, request, request.plan)
    elif (frozen := _frozen(turn, request)) is not None:
        await turn.later(request, outcome.frozen(request, frozen, turn.now))
    elif (stop := await _stop(turn, request)) is not None:
        await turn.move(request, outcome.stopped(request, stop, turn.now), "look-ahead")
    else:
        await _change(turn, request, request.flow_plan)


def _frozen(turn: Turn, request: Request) -> Frost | None:
    """What keeps it from being applied now; nothing holds up a broken glass."""
    return None if request.is_broken else frost_on(request, turn.access, turn.policy, turn.now)


async def _stop(turn: Turn, request: Request) -> Finding | None:
    """What stops a change whose time has come, and did not when it was asked for; None when nothing does."""
    if request.timing.at is None or request.is_broken or request.reverting or request.attempts:
        return None
    plan = request.flow_plan
    around = await surroundings(turn.desk, plan.ref, turn.now, number=request.number, fresh=True)
    seen = replace(around, flows=as_if_made(around.flows, request.steps[request.done + 1 :]))
    return next((each for each in preflight(plan, seen) if each.stops), None)


async def _give(turn: Turn, request: Request, giving: Giving) -> None:
    """Gives a role, in the commit that says so."""
    if given_by(turn.access.roles, giving.role) != giving.gives:
        why = f"The role {giving.role} no longer gives what was approved. Nothing was given; ask again."
        await turn.move(request, request.ended(State.STALE, turn.now, why), "compare")
        return
    given = giving.grant(request.by, turn.now)
    if not turn.access.keeps_admin(given=given):
        why = "Meanwhile this would leave nobody who manages access for good. Nothing was given."
        await turn.move(request, request.ended(State.STALE, turn.now, why), "compare")
        return
    ended = request.ended(State.APPLIED, turn.now, outcome.given(given))
    commit = turn.commit(request, ended)
    access_store.grant(commit, turn.access, given)
    await turn.move(request, ended, "grant", commit=commit)


async def _change(turn: Turn, request: Request, plan: Plan) -> None:
    """Changes a flow, if it is still what the plan was made from."""
    try:
        flow = await _read(turn, plan)
    except errors.AivenError as error:
        await _after_error(turn, request, error)
        return
    reading = outcome.compare(plan, flow, by_effect=request.reverting)
    if reading is not Reading.BEFORE:
        await turn.move(request, outcome.unsendable(request, reading, flow, turn.now), "compare")
        return
    begun = outcome.begun(request, turn.lease.fence, turn.now)
    try:
        await _begin(turn, request, begun)
    except ConflictError as conflict:
        if conflict.check != requests.BUSY:
            raise
        await turn.wait(turn.now + timedelta(seconds=BUSY_SECONDS))
        return
    await _send(turn, begun)


async def _begin(turn: Turn, request: Request, begun: Request) -> None:
    """Commits that the write is about to be sent, if the lease, the approvals and the service are still as judged.

    The lease lasts its full length from now, so that who sends within that time surely still has it.
    """
    commit = turn.commit(request, begun)
    commit.keep(turn.lease, turn.desk.store.clock.after(turn.desk.store.lease_seconds))
    access_store.unchanged(commit, turn.access)
    requests.lock(commit, begun)
    commit.note(turn.note(begun, SEND, attempt=begun.attempts, fence=turn.lease.fence, digest=begun.plan.digest))
    await turn.desk.store.commit(commit)


async def _send(turn: Turn, request: Request) -> None:
    """Sends the write, once. A process that was paused since it said so may have lost the lease, and does not."""
    if request.sent_at is None or turn.now - request.sent_at >= timedelta(seconds=turn.desk.store.lease_seconds):
        raise LeaseLostError
    try:
        await _write(turn, request)
    except errors.AivenError as error:
        await _after_error(turn, request, error)
        return
    accepted = outcome.accepted(request, turn.now)
    await turn.desk.store.commit(turn.commit(request, accepted))
    await resolve(turn, accepted)


async def _write(turn: Turn, request: Request) -> None:
    ref, change = request.flow_plan.ref, request.flow_plan.change
    if isinstance(change, Create):
        await turn.desk.aiven.create_flow(ref, change.body)
    elif isinstance(change, Delete):
        await turn.desk.aiven.delete_flow(ref)
    else:
        await turn.desk.aiven.patch_flow(ref, change.body)


async def _reading(turn: Turn, request: Request) -> Reading:
    plan = request.flow_plan
    return outcome.compare(plan, await _read(turn, plan), by_effect=request.reverting)


async def _read(turn: Turn, plan: Plan) -> Wire | None:
    try:
        return await turn.desk.aiven.get_flow(plan.ref)
    except errors.NotFoundError:
        return None


async def resolve(turn: Turn, request: Request) -> None:
    """Reads until it can be told what became of a write that was sent."""
    for pause in (*outcome.QUICK_READS, None):
        try:
            reading = await _reading(turn, request)
        except errors.AivenError as error:
            await turn.later(request, outcome.unreadable(request, str(error), turn.now))
            return
        if reading is Reading.AFTER or pause is None:
            break
        await turn.desk.sleep(pause)
    await turn.later(request, outcome.resolved(request, reading, turn.now))


async def _after_error(turn: Turn, request: Request, error: errors.AivenError) -> None:
    """What an error of Aiven makes of the request: a wait, an end, or a doubt."""
    if request.state is State.APPLYING and isinstance(error, errors.ConflictError | errors.NotFoundError):
        await _contradicted(turn, request, error)
        return
    trouble = outcome.Trouble(
        words=str(error),
        passing=isinstance(error, errors.RateLimitedError | errors.UnavailableError),
        wait=error.wait if isinstance(error, errors.RateLimitedError) else None,
        in_doubt=isinstance(error, errors.UnknownOutcomeError),
        still_running=isinstance(error, errors.UnknownOutcomeError) and error.still_running,
    )
    await turn.later(request, outcome.after_error(request, trouble, turn.now))


async def _contradicted(turn: Turn, request: Request, error: errors.AivenError) -> None:
    """Aiven says that the flow is there, or is not, against what was read before: only another reading tells."""
    try:
        reading = await _reading(turn, request)
    except errors.AivenError as unread:
        await turn.later(request, outcome.unreadable(request, str(unread), turn.now))
        return
    await turn.later(request, outcome.contradicted(request, reading, str(error), turn.now))
