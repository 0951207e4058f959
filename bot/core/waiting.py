"""What happens to a request while nobody decides: the steps of its rules, and when to look at it again."""

from __future__ import annotations

from datetime import datetime

from bot.core.access import Access
from bot.core.holding import next_look
from bot.core.people import People
from bot.core.policy import Policy
from bot.core.policy.rules import Step
from bot.core.request import Request, State
from bot.core.weighing import needs_now, weigh


def steps_due(request: Request, policy: Policy, now: datetime) -> list[Step]:
    """The steps whose time has come and that were not taken yet."""
    age = now - request.asked_at
    return [step for step in needs_now(request, policy).calls if request.called < step.after <= age]


def wake(request: Request, policy: Policy) -> datetime:
    """When to look at a request again if nothing happens to it."""
    if request.state is State.HOLDING:
        return next_look(request)
    if request.state is not State.PENDING:
        return request.changed_at
    ahead = [step.after for step in needs_now(request, policy).calls if step.after > request.called]
    return min([request.expires_at, *(request.asked_at + after for after in ahead)])


def stepped(request: Request, people: People, access: Access, policy: Policy, now: datetime) -> Request:
    """The request once the steps that are due are taken: another quorum may find enough in what was said before."""
    called = max(step.after for step in steps_due(request, policy, now))
    enough = weigh(request, people, access, policy, now).enough
    state = State.APPROVED if enough else request.state
    return request.moved(now, called=called, state=state, note="" if state is State.APPROVED else request.note)
