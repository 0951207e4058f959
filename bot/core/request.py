"""A request for a change and its life: (Request, what happened) -> Request | Refusal.

pending -> approved -> applying -> applied | failed | unknown; out of pending and approved also denied, cancelled,
expired and stale. A request that waits for Aiven is approved, one whose approvals no longer count is pending again.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from bot.core.access import Access, decide_all
from bot.core.flow import Frozen
from bot.core.intent import Verdict
from bot.core.plan import Plan
from bot.core.policy import Policy
from bot.core.rights import Kind


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    APPLYING = "applying"
    APPLIED = "applied"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    STALE = "stale"
    FAILED = "failed"
    UNKNOWN = "unknown"


DECIDABLE: Final = frozenset({State.PENDING, State.APPROVED})
OPEN: Final = DECIDABLE | {State.APPLYING}


class Decision(Frozen):
    """What one person said about one plan."""

    by: str
    verdict: Verdict
    digest: str
    at: datetime
    reason: str = ""


class Request(Frozen):
    """Everything there is to know about a request; cards and messages are made from it.

    `version` grows by one with each transition. `attempts` counts the writes that were begun, `fence` is that of the
    lease under which the last one was, `still_running` tells that Aiven took it, or may still be at work on it. `waits`
    counts the times that it had to wait for Aiven. `note` says why it waits, `outcome` how it ended.
    """

    number: int
    state: State = State.PENDING
    version: int = 1
    by: str
    reason: str = ""
    channel: str
    plan: Plan
    policy: str
    asked_at: datetime
    expires_at: datetime
    changed_at: datetime
    decisions: tuple[Decision, ...] = ()
    attempts: int = 0
    fence: int | None = None
    sent_at: datetime | None = None
    still_running: bool = False
    waits: int = 0
    warnings: tuple[str, ...] = ()
    note: str = ""
    outcome: str = ""

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.state in OPEN

    def moved(self, now: datetime, **changes: object) -> Self:
        """The next version, with these fields changed."""
        values = {**self.__dict__, "note": "", **changes, "version": self.version + 1, "changed_at": now}
        return type(self)(**values)

    def ended(self, state: State, now: datetime, outcome: str) -> Self:
        """The last version."""
        return self.moved(now, state=state, outcome=outcome)


class Refusal(Frozen):
    """Why something cannot be done to a request; `settled` when it was done before, so that a repeat does no harm."""

    why: str
    settled: bool = False


class Weighing(Frozen):
    """What the approvals of a request are worth at a moment."""

    counted: tuple[str, ...]
    discounted: tuple[tuple[str, str], ...]
    needed: int

    @property
    def enough(self) -> bool:
        """Whether the quorum is reached."""
        return len(self.counted) >= self.needed


def may_approve(request: Request, access: Access, user: str, now: datetime) -> Refusal | None:
    """Why this person's approval would not count, None when it would. Nobody approves their own request."""
    if user == request.by:
        return Refusal(why="you asked for it yourself; somebody else has to decide")
    answer = decide_all(access, user, request.plan.rights, Kind.APPROVE, str(request.plan.ref), now)
    return None if answer.allowed else Refusal(why=answer.reason)


def approvers(request: Request, access: Access, now: datetime) -> list[str]:
    """Who (user ids or `everyone`) holds the right to approve all of this now, the requester included."""
    place = str(request.plan.ref)
    held = [set(access.holders(right, Kind.APPROVE, place, now)) for right in request.plan.rights]
    return sorted(set.intersection(*held)) if held else []


def weigh(request: Request, access: Access, policy: Policy, now: datetime) -> Weighing:
    """The approvals that count under these grants and this policy; each person's newest decision is the one."""
    newest = {decision.by: decision for decision in request.decisions}
    approvals = [each for each in newest.values() if each.verdict is Verdict.APPROVE]
    judged = [(each.by, _flaw(request, each, access, now)) for each in approvals]
    return Weighing(
        counted=tuple(by for by, flaw in judged if flaw is None),
        discounted=tuple((by, flaw) for by, flaw in judged if flaw is not None),
        needed=policy.approval.quorum,
    )


def _flaw(request: Request, decision: Decision, access: Access, now: datetime) -> str | None:
    if decision.digest != request.plan.digest:
        return "it was given for another plan"
    refusal = may_approve(request, access, decision.by, now)
    return refusal.why if refusal else None


def decide(request: Request, decision: Decision, access: Access, policy: Policy) -> Request | Refusal:
    """The request after somebody's decision, or why it does not count. `decision.at` is the moment of all of it."""
    if request.state not in DECIDABLE:
        return _too_late(request, decision)
    if request.expires_at <= decision.at:
        return Refusal(why="it has run out of time")
    if decision.digest != request.plan.digest:
        return Refusal(why="the plan on that card is not the plan of this request")
    return _RULES[decision.verdict](request, decision, access, policy)


def _too_late(request: Request, decision: Decision) -> Refusal:
    mine = [each.verdict for each in request.decisions if each.by == decision.by]
    if mine and mine[-1] is decision.verdict:
        return Refusal(why=f"your decision was counted; it is {request.state}", settled=True)
    return Refusal(why=f"it is {request.state}")


def _approve(request: Request, decision: Decision, access: Access, policy: Policy) -> Request | Refusal:
    refusal = may_approve(request, access, decision.by, decision.at)
    if refusal is not None:
        return refusal
    before = weigh(request, access, policy, decision.at)
    if decision.by in before.counted:
        return Refusal(why="your approval was counted already", settled=True)
    decided = request.moved(decision.at, decisions=(*request.decisions, decision))
    enough = weigh(decided, access, policy, decision.at).enough
    return decided.model_copy(update={"state": State.APPROVED}) if enough else decided


def _deny(request: Request, decision: Decision, access: Access, policy: Policy) -> Request | Refusal:
    del policy
    refusal = may_approve(request, access, decision.by, decision.at)
    if refusal is not None:
        own = "; to take it back use cancel" if decision.by == request.by else ""
        return Refusal(why=refusal.why + own)
    if not decision.reason.strip():
        return Refusal(why="a denial needs a reason, so that the requester knows what to do")
    return _closed(request, decision, State.DENIED)


def _cancel(request: Request, decision: Decision, access: Access, policy: Policy) -> Request | Refusal:
    del access, policy
    if decision.by != request.by:
        return Refusal(why="only the person who asked can cancel it; an approver can deny it")
    return _closed(request, decision, State.CANCELLED)


def _closed(request: Request, decision: Decision, state: State) -> Request:
    verb = "Denied" if state is State.DENIED else "Taken back"
    outcome = f"{verb}: {decision.reason.strip()}" if decision.reason.strip() else f"{verb} by the requester."
    return request.moved(decision.at, state=state, decisions=(*request.decisions, decision), outcome=outcome)


_RULES: Final = {Verdict.APPROVE: _approve, Verdict.DENY: _deny, Verdict.CANCEL: _cancel}


def judge_again(request: Request, access: Access, policy: Policy, now: datetime) -> Request | None:
    """What an approved request becomes when, just before the write, its approvals no longer count; None when they do.

    A requester who lost the right ends it: nobody could approve what nobody may ask for.
    """
    asking = decide_all(access, request.by, request.plan.rights, Kind.REQUEST, str(request.plan.ref), now)
    if not asking.allowed:
        why = asking.reason.replace("you hold", "the requester holds")
        return request.ended(State.DENIED, now, f"The requester may no longer ask for this: {why}.")
    weighing = weigh(request, access, policy, now)
    if weighing.enough:
        return None
    lost = "; ".join(f"<@{by}>: {why.replace('you hold', 'they hold')}" for by, why in weighing.discounted)
    note = f"Needs {weighing.needed}, has {len(weighing.counted)}. No longer counted: {lost}" if lost else (
        f"The policy now needs {weighing.needed} approvals, it has {len(weighing.counted)}."
    )  # fmt: skip
    return request.moved(now, state=State.PENDING, note=note)
