"""A change for a while: what people can say while it holds, and when it is announced and taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.core.access import Access
from bot.core.intent import Verdict
from bot.core.people import People, known
from bot.core.request import Decision, Refusal, Request, State
from bot.core.weighing import may_approve

LEAD: Final = timedelta(minutes=10)
"""How long before it is taken back people are told; a quarter of its time if that is less."""


def decide(request: Request, decision: Decision, people: People, access: Access) -> Request | Refusal:
    """The requester can take it back early; who may deny it can let it stay. Neither makes a change nobody approved."""
    if decision.verdict is Verdict.CANCEL:
        return _back(request, decision)
    if decision.verdict is Verdict.DENY:
        return _stay(request, decision, people, access)
    return Refusal(why="it is applied already, for a while", settled=decision.verdict is Verdict.APPROVE)


def _back(request: Request, decision: Decision) -> Request | Refusal:
    if decision.by != request.by:
        return Refusal(why="only the person who asked can take it back early; it is taken back by itself later")
    return request.taken_back(decision.at, decisions=(*request.decisions, decision))


def _stay(request: Request, decision: Decision, people: People, access: Access) -> Request | Refusal:
    refusal = may_approve(request, access, known(people, decision.by), people, decision.at)
    if refusal is not None:
        return refusal
    if not decision.reason.strip():
        return Refusal(why="say why it is not to be taken back, so that everybody knows")
    said = f"<@{decision.by}> lets it stay: {decision.reason.strip()}"
    return request.moved(
        decision.at, state=State.KEPT, decisions=(*request.decisions, decision), outcome=f"Applied. {said}"
    )


def announce_at(request: Request) -> datetime | None:
    """When people are to be told that it is taken back soon; None when they were, or it is not for a while."""
    if request.revert_at is None or request.announced:
        return None
    return request.revert_at - min(LEAD, timedelta(seconds=(request.timing.lasting or 0) / 4))


def next_look(request: Request) -> datetime:
    """When something is to be done about a change that holds."""
    return announce_at(request) or request.revert_at or request.changed_at


def held_since(request: Request) -> datetime:
    """When the change was made that holds."""
    return (request.revert_at or request.changed_at) - timedelta(seconds=request.timing.lasting or 0)


def wants_it(other: Request, request: Request, since: datetime) -> bool:
    """Whether another request has asked for good for what this one made for a while, and had nothing to write."""
    found_so = other.state is State.APPLIED and not other.attempts and not other.past_attempts
    same = any(step.after == request.flow_plan.after for step in other.steps if step.ref == request.flow_plan.ref)
    return other.number != request.number and found_so and same and other.changed_at >= since


def stays_for(request: Request, number: int, now: datetime) -> Request:
    """It is not taken back, for another request wants it so."""
    why = f"Applied, and not taken back: request {number} asked for the same for good."
    return request.moved(now, state=State.KEPT, outcome=why)
