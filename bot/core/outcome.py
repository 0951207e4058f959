"""What became of a write: from what was read or what went wrong to the next version of the request, and when to look.

A write that surely did not happen may be sent again, judged anew. One that may have happened is read until it can be
told. When it cannot be told the bot stops and asks a person: a second write could take effect twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from bot.core.access import Grant
from bot.core.fields import BY_NAME
from bot.core.flow import Create, Wire, holds, same_effect, writable
from bot.core.freeze import Frost
from bot.core.plan import Plan, differences
from bot.core.preflight.finding import Finding
from bot.core.request import Request, State
from bot.core.watching import begun as watch_begun

QUICK_READS: Final = (0.2, 0.5, 1.0)
"""Pauses (seconds) between the first reads after a write; Aiven answers 404 for a moment after a create."""

SETTLE: Final = timedelta(seconds=10)
"""How long a write whose connection ended gets to show before it counts as not having happened."""

GIVE_UP: Final = timedelta(minutes=10)
"""How long reading goes on when it cannot be told what became of a write."""

LOOK_AT_FREEZE: Final = timedelta(minutes=1)
"""How soon it shows that a freeze was ended before its time."""

FREEZE: Final = "freeze"
ATTEMPTS: Final = 3
READ_AGAIN: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(seconds=60)
LOOK: Final = "Please look at it yourself, with `/flow show` or in the Aiven console."
READING_BACK: Final = "Sent; reading back what Aiven has."


class Reading(StrEnum):
    """What a flow is, seen from a plan."""

    BEFORE = "as before"
    AFTER = "as planned"
    OTHER = "something else"


class Trouble(NamedTuple):
    """An error of Aiven by meaning.

    `passing`: nothing was changed, and a later try may work, after `wait` seconds if Aiven says so. `in_doubt`: a write
    was sent and may have happened, `still_running`: it may even happen later.
    """

    words: str
    passing: bool = False
    wait: float | None = None
    in_doubt: bool = False
    still_running: bool = False


class Then(NamedTuple):
    """The next version of the request, the word for the audit log, and when to look again (None: nothing is left)."""

    request: Request
    action: str
    at: datetime | None = None


def compare(plan: Plan, flow: Wire | None, *, by_effect: bool = False) -> Reading:
    """Where the flow stands. What was sent counts as planned even if Aiven adds keys; `before` must match in full.

    `by_effect`: a field that is set to its default counts as one that is not set. What is taken back is compared so,
    for Aiven may have added fields to a flow that was made.
    """
    if holds(flow, plan.change) and (isinstance(plan.change, Create) or _rest_is_same(plan, flow)):
        return Reading.AFTER
    found = None if flow is None else writable(flow)
    same = same_effect(found, plan.before) if by_effect else found == plan.before
    return Reading.BEFORE if same else Reading.OTHER


def _rest_is_same(plan: Plan, flow: Wire | None) -> bool:
    """Whether everything that was set is still so; a delete leaves nothing to compare."""
    return flow is None or all(each.before is None for each in differences(plan.after or {}, writable(flow)))


def begun(request: Request, fence: int, now: datetime) -> Request:
    """The request while its write is sent."""
    return request.moved(
        now, state=State.APPLYING, attempts=request.attempts + 1, fence=fence, sent_at=now, still_running=False,
        locks=True,
    )  # fmt: skip


def accepted(request: Request, now: datetime) -> Request:
    """The request when Aiven said yes to its write: it is read until it shows, and never sent again."""
    return request.moved(now, still_running=True, note=READING_BACK)


def given(grant: Grant) -> str:
    """How a request for a role ends well."""
    until = f" until {grant.until:%Y-%m-%d %H:%M} UTC" if grant.until else ""
    return f"Given: {grant}{until}."


def expired(request: Request) -> str:
    """How a request ends that ran out of time."""
    if request.done or request.reverting:
        return f"Ran out of time while it waited. {request.note}".strip()
    if request.state is State.APPROVED:
        return f"Ran out of time while it waited for Aiven; nothing was changed. {request.note}".strip()
    return "Ran out of time without enough approvals; nothing was changed. Ask again if it is still wanted."


def unsendable(request: Request, reading: Reading, flow: Wire | None, now: datetime) -> Request:
    """What an approved request becomes when the flow is not what the plan was made from; `flow` is what was read."""
    if reading is Reading.AFTER:
        said = "The flow is already as planned" + ("." if not request.attempts else ": an earlier try took effect.")
        return _applied(request, now, f"{said} Nothing more was sent.")
    if request.attempts:
        why = "The flow is neither what it was nor what was planned after an earlier try."
        return request.ended(State.UNKNOWN, now, f"{why} {LOOK}")
    why = f"The flow is no longer what was approved: {_news(request.flow_plan, flow)}. Nothing was sent."
    return request.ended(State.STALE, now, f"{why} Ask again to get a fresh plan.")


def _news(plan: Plan, flow: Wire | None) -> str:
    if flow is None:
        return "it is gone"
    if plan.before is None:
        return "it exists by now"
    changed = [BY_NAME[each.field].spoken if each.field in BY_NAME else each.field
               for each in differences(plan.before, writable(flow))]  # fmt: skip
    return f"{', '.join(changed)} changed meanwhile"


def resolved(request: Request, reading: Reading, now: datetime) -> Then:
    """What a write that was sent has become, by what was read just now."""
    if reading is Reading.AFTER:
        return Then(_applied(request, now, "Applied, and read back from Aiven as planned."), "outcome")
    if reading is Reading.OTHER:
        why = "The flow is neither what it was nor what was planned; somebody else may have changed it."
        return Then(request.ended(State.UNKNOWN, now, f"{why} {LOOK}"), "outcome")
    since = now - (request.sent_at or now)
    if request.still_running or since < SETTLE:
        return _in_doubt(request, "Aiven does not show the change.", now)
    return _not_happened(request, now)


_LANDS: Final = frozenset({State.APPLIED, State.HOLDING, State.REVERTED})


def _applied(request: Request, now: datetime, said: str) -> Request:
    """What it becomes when its flow is as planned. What writes of ours have changed is watched until it settles."""
    after = request.ended(State.APPLIED, now, said)
    several = len(request.steps) > 1 and bool(request.past_attempts)
    if after.state not in _LANDS or not (request.attempts or several):
        return after
    return after.model_copy(update={"watch": watch_begun(request.steps, now, back=request.reverting)})


def _not_happened(request: Request, now: datetime) -> Then:
    if request.attempts >= ATTEMPTS:
        why = f"Sent {request.attempts} times, and the flow is still as it was. Nothing was changed."
        return Then(request.ended(State.FAILED, now, f"{why} {LOOK}"), "outcome")
    note = "The write did not take effect; I send it again."
    return Then(request.moved(now, state=State.APPROVED, locks=True, note=note), "retry", now)


def unreadable(request: Request, words: str, now: datetime) -> Then:
    """A write was sent and the flow cannot be read."""
    return _in_doubt(request, f"I cannot read it back: {words}", now)


def _in_doubt(request: Request, why: str, now: datetime) -> Then:
    since = now - (request.sent_at or now)
    if since >= GIVE_UP:
        said = f"I cannot tell whether the change took effect. {why} {LOOK}"
        return Then(request.ended(State.UNKNOWN, now, said), "outcome")
    note = f"{why} It was sent; I keep reading until I know what became of it."
    waiting = request.moved(now, note=note, waits=request.waits + 1)
    return Then(waiting, "wait", now + _back_off(request, READ_AGAIN))


def contradicted(request: Request, reading: Reading, words: str, now: datetime) -> Then:
    """Aiven refused a write because the flow is there, or is not; `reading` is what was found then."""
    if reading is Reading.AFTER:
        return resolved(request, reading, now)
    return Then(request.ended(State.FAILED, now, f"{words} Nothing was changed."), "outcome")


def scheduled(request: Request, at: datetime, now: datetime) -> Then:
    """It is approved, and its time has not come yet."""
    note = f"Approved; it is applied at {at:%Y-%m-%d %H:%M} UTC."
    if request.note == note:
        return Then(request, "wait", at)
    return Then(request.moved(now, note=note), "schedule", at)


def stopped(request: Request, stop: Finding, now: datetime) -> Request:
    """What it becomes when a look ahead at its time finds what would have stopped it."""
    why = f"When its time came something stopped it: {stop.text} Nothing was sent."
    return request.ended(State.STALE, now, why)


def frozen(request: Request, frost: Frost, now: datetime) -> Then:
    """Nothing is applied there now: it waits until the freeze ends, but looks from time to time for an earlier end."""
    at = min(frost.until, now + LOOK_AT_FREEZE)
    note = f"It waits for {frost.what}, until {frost.until:%Y-%m-%d %H:%M} UTC."
    if request.note == note:
        return Then(request, "wait", at)
    return Then(request.moved(now, note=note, locks=False), FREEZE, at)


def unsure(request: Request, words: str, now: datetime) -> Then:
    """It cannot be told who approved an approved request, so nothing is sent yet."""
    return _wait(request, Trouble(words, passing=True), now)


def after_error(request: Request, trouble: Trouble, now: datetime) -> Then:
    """What an error makes of a request, before or after its write was sent."""
    if request.state is State.APPLYING and trouble.in_doubt:
        doubted = request.model_copy(update={"still_running": trouble.still_running})
        return _in_doubt(doubted, trouble.words, now)
    if trouble.passing:
        return _wait(request, trouble, now)
    return Then(request.ended(State.FAILED, now, f"{trouble.words} Nothing was changed."), "outcome")


def _wait(request: Request, trouble: Trouble, now: datetime) -> Then:
    wait = _back_off(request, READ_AGAIN) if trouble.wait is None else timedelta(seconds=trouble.wait)
    note = f"{trouble.words} I try again in {max(1, round(wait.total_seconds()))} s."
    tried = request.attempts - (request.state is State.APPLYING)
    waiting = request.moved(
        now, state=State.APPROVED, note=note, waits=request.waits + 1, attempts=tried, locks=request.locks and tried > 0
    )
    return Then(waiting, "wait", now + wait)


def _back_off(request: Request, first: timedelta) -> timedelta:
    return min(first * float(2 ** min(request.waits, 10)), LONGEST_WAIT)
