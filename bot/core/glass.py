"""Break-glass: a change that cannot wait for its approvals, made on the word of one person and reviewed by another."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.core.access import Access, decide_parts
from bot.core.giving import Giving
from bot.core.intent import Verdict
from bot.core.people import People, Person, known
from bot.core.request import Decision, Glass, Refusal, Request, State
from bot.core.rights import Kind

CONFIRM_WITHIN: Final = timedelta(minutes=10)
"""How long a word to break the glass waits to be confirmed: a button that is found days later does nothing."""


def may_bypass(request: Request, access: Access, person: Person, now: datetime) -> Refusal | None:
    """Why this person may not bypass the approvals of this request, None when they may."""
    if isinstance(request.plan, Giving):
        return Refusal(why="only changes of flows can be made without their approvals")
    answer = decide_parts(access, person, request.plan.parts, Kind.BYPASS, now)
    return None if answer.allowed else Refusal(why=answer.reason)


def break_glass(request: Request, decision: Decision, people: People, access: Access) -> Request | Refusal:
    """With a reason it is proposed; without one the proposal of the same person is confirmed."""
    refusal = may_bypass(request, access, known(people, decision.by), decision.at)
    if refusal is not None:
        return refusal
    if request.is_broken:
        return Refusal(why="its approvals are bypassed already", settled=True)
    if decision.reason:
        glass = Glass(by=decision.by, reason=decision.reason, at=decision.at)
        return request.moved(decision.at, glass=glass, note=request.note)
    return _confirmed(request, decision)


def _confirmed(request: Request, decision: Decision) -> Request | Refusal:
    glass = request.glass
    if glass is None or glass.by != decision.by or decision.at - glass.at > CONFIRM_WITHIN:
        return Refusal(why=f"say why first: `/flow break-glass {request.number} reason…`")
    told = decision.model_copy(update={"reason": glass.reason})
    return request.moved(
        decision.at, state=State.APPROVED, decisions=(*request.decisions, told),
        glass=glass.model_copy(update={"broken_at": decision.at}),
    )  # fmt: skip


def judge_broken(request: Request, people: People, access: Access, now: datetime) -> Request | None:
    """What it becomes when, just before the write, whoever broke the glass may not do so any more; None if they may."""
    glass = request.glass
    refusal = may_bypass(request, access, known(people, glass.by), now) if glass else None
    if glass is None or refusal is None:
        return None
    why = refusal.why.replace("you hold", "they hold")
    note = f"<@{glass.by}> may not bypass its approvals any more: {why}."
    if request.reverting or request.done or request.attempts or request.past_attempts:
        # What was made without its approvals is reviewed.
        return request.ended(State.DENIED, now, note)
    return request.moved(now, state=State.PENDING, glass=None, note=note)


def review(request: Request, decision: Decision, people: People, access: Access) -> Request | Refusal:
    """The request with its review closed, or why it is not; only somebody else who could have approved closes it."""
    if not request.wants_review:
        done = any(each.verdict is Verdict.REVIEW and each.by == decision.by for each in request.decisions)
        return Refusal(why="there is no review of it to be closed", settled=done)
    if request.is_open:
        return Refusal(why="it is not over yet; what is reviewed is how it ended")
    person = known(people, decision.by)
    involved = {known(people, user).identity for user in (request.by, request.glass.by if request.glass else "")}
    if person.identity in involved:
        return Refusal(why="you asked for it or broke the glass; somebody else has to review it")
    answer = decide_parts(access, person, request.plan.parts, Kind.APPROVE, decision.at)
    if not answer.allowed:
        return Refusal(why=answer.reason)
    if not decision.reason.strip():
        return Refusal(why=f"say what you found: `/flow review {request.number} …`")
    # Not `moved`: what it was changed at stays the moment at which it ended.
    return request.model_copy(update={
        "decisions": (*request.decisions, decision), "version": request.version + 1,
    })  # fmt: skip
