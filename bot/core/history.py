"""What an ended request is to the history of a flow."""

from __future__ import annotations

from typing import Final

from bot.core.flow import FlowRef
from bot.core.giving import Giving
from bot.core.intent import Verdict
from bot.core.plan import Plan
from bot.core.request import EFFECTIVE, Decision, Request, State

_WITHOUT_TRACE: Final = frozenset({State.DENIED, State.CANCELLED, State.EXPIRED, State.STALE})
"""How a request ends that got no further. What cannot be told counts as a change, and so does a failure: somebody who
looks for what happened to a flow wants to know of both."""


def plans(request: Request) -> tuple[Plan, ...]:
    """The changes of flows that it asks for; none for a role."""
    return () if isinstance(request.plan, Giving) else request.plan.plans


def changed(request: Request) -> tuple[Plan, ...]:
    """Those of them that were made, or may have been; of several, which are made in order, some may be left."""
    if request.reverting or request.state in EFFECTIVE:
        return plans(request)
    tried = request.attempts > 0 or request.state not in _WITHOUT_TRACE
    return plans(request)[: request.done + tried]


def made(request: Request) -> tuple[Plan, ...]:
    """Those of its changes that are there now, as far as it is over; of several that stopped midway, the first ones."""
    if request.state in EFFECTIVE - {State.REVERTED}:
        return plans(request)
    return () if request.is_open or request.reverting else plans(request)[: request.done]


def left_no_trace(request: Request, ref: FlowRef | None = None) -> bool:
    """Whether it ended before anything was changed, or tried; `ref`: of this flow."""
    if not plans(request):
        return request.state in _WITHOUT_TRACE
    return not any(ref in (None, plan.ref) for plan in changed(request))


def did(request: Request, user: str) -> bool:
    """Whether this user asked for it, or made it without its approvals."""
    return user == request.by or (request.glass is not None and request.is_broken and user == request.glass.by)


def said(request: Request, verdict: Verdict) -> list[Decision]:
    """The decisions of this kind that stood in the end: of each person the newest, a review apart from the rest."""
    is_review = verdict is Verdict.REVIEW
    newest = {each.by: each for each in request.decisions if (each.verdict is Verdict.REVIEW) is is_review}
    return [each for each in newest.values() if each.verdict is verdict]
