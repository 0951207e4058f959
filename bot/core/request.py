"""A request for a change and its life: (Request, what happened) -> Request | Refusal.

pending -> approved -> applying -> applied | failed | unknown; out of pending and approved also denied, cancelled,
expired and stale. A request that waits for Aiven is approved, one whose approvals no longer count is pending again.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from bot.core.access import Access, decide_all
from bot.core.flow import Frozen
from bot.core.intent import Verdict
from bot.core.people import People, Person, known
from bot.core.plan import Plan
from bot.core.policy import Needs, Policy, needs
from bot.core.policy.needs import missing
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
    counts the times that it had to wait for Aiven. `note` says why it waits, `outcome` how it ended. `policy` is the
    digest of the policy that it was asked under, `needs` what it took then; `needs_now` says what it takes now.
    """

    number: int
    state: State = State.PENDING
    version: int = 1
    by: str
    reason: str = ""
    channel: str
    plan: Plan
    policy: str
    needs: Needs = Needs()
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

    @property
    def deciders(self) -> tuple[str, ...]:
        """Who asked and who decided."""
        return tuple(dict.fromkeys((self.by, *(each.by for each in self.decisions))))

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
    """What the approvals of a request are worth at a moment. `lacking`: what there is too little of, in words."""

    needs: Needs
    counted: tuple[str, ...]
    discounted: tuple[tuple[str, str], ...]
    lacking: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether every quorum is met."""
        return not self.lacking


def needs_now(request: Request, policy: Policy) -> Needs:
    """What the request takes under this policy."""
    return needs(policy, request.plan.rights, str(request.plan.ref))


def may_approve(request: Request, access: Access, person: Person, people: People, now: datetime) -> Refusal | None:
    """Why this person's approval would not count, None when it would. Nobody approves their own request."""
    requester = known(people, request.by)
    if person.identity == requester.identity:
        return Refusal(why="you asked for it yourself; somebody else has to decide")
    answer = decide_all(access, person, request.plan.rights, Kind.APPROVE, str(request.plan.ref), now)
    return None if answer.allowed else Refusal(why=answer.reason)


def approvers(request: Request, access: Access, now: datetime) -> list[str]:
    """Which subjects hold the right to approve all of this now, the requester included."""
    place = str(request.plan.ref)
    held = [set(access.holders(right, Kind.APPROVE, place, now)) for right in request.plan.rights]
    return sorted(set.intersection(*held)) if held else []


def weigh(request: Request, people: People, access: Access, policy: Policy, now: datetime) -> Weighing:
    """The approvals that count for these people, grants and policy; each person's newest decision is the one."""
    judged = [
        (each.by, _flaw(request, each, people, access, now)) for each in _newest(request, people, Verdict.APPROVE)
    ]
    counted = [known(people, by) for by, flaw in judged if flaw is None]
    wanted = needs_now(request, policy)
    return Weighing(
        needs=wanted,
        counted=tuple(person.user for person in counted),
        discounted=tuple((by, flaw) for by, flaw in judged if flaw is not None),
        lacking=tuple(dict.fromkeys(word for each in wanted.quorums for word in missing(each, counted))),
    )


def _newest(request: Request, people: People, verdict: Verdict) -> list[Decision]:
    """Of each person, whatever the account, the newest decision, where it is this one."""
    newest = {known(people, decision.by).identity: decision for decision in request.decisions}
    return [each for each in newest.values() if each.verdict is verdict]


def _flaw(request: Request, decision: Decision, people: People, access: Access, now: datetime) -> str | None:
    if decision.digest != request.plan.digest:
        return "it was given for another plan"
    refusal = may_approve(request, access, known(people, decision.by), people, now)
    return refusal.why if refusal else None


def decide(request: Request, decision: Decision, people: People, access: Access, policy: Policy) -> Request | Refusal:
    """The request after somebody's decision, or why it does not count. `decision.at` is the moment of all of it."""
    if request.state not in DECIDABLE:
        return _too_late(request, decision)
    if request.expires_at <= decision.at:
        return Refusal(why="it has run out of time")
    if decision.digest != request.plan.digest:
        return Refusal(why="the plan on that card is not the plan of this request")
    return _RULES[decision.verdict](request, decision, people, access, policy)


def _too_late(request: Request, decision: Decision) -> Refusal:
    mine = [each.verdict for each in request.decisions if each.by == decision.by]
    if mine and mine[-1] is decision.verdict:
        return Refusal(why=f"your decision was counted; it is {request.state}", settled=True)
    return Refusal(why=f"it is {request.state}")


def _approve(request: Request, decision: Decision, people: People, access: Access, policy: Policy) -> Request | Refusal:
    refusal = may_approve(request, access, known(people, decision.by), people, decision.at)
    if refusal is not None:
        return refusal
    if decision.by in weigh(request, people, access, policy, decision.at).counted:
        return Refusal(why="your approval was counted already", settled=True)
    if needs_now(request, policy).type_flow and not _names_the_flow(decision.reason, request):
        return Refusal(why=f"to approve it type the flow: `approve {request.number} {request.plan.ref.pair}`")
    decided = request.moved(decision.at, decisions=(*request.decisions, decision))
    enough = weigh(decided, people, access, policy, decision.at).enough
    return decided.model_copy(update={"state": State.APPROVED}) if enough else decided


def _names_the_flow(typed: str, request: Request) -> bool:
    return "".join(typed.split()) == "".join(request.plan.ref.pair.split())


def _deny(request: Request, decision: Decision, people: People, access: Access, policy: Policy) -> Request | Refusal:
    refusal = may_approve(request, access, known(people, decision.by), people, decision.at)
    if refusal is not None:
        own = "; to take it back use cancel" if decision.by == request.by else ""
        return Refusal(why=refusal.why + own)
    if not decision.reason.strip():
        return Refusal(why="a denial needs a reason, so that the requester knows what to do")
    denied = request.moved(decision.at, decisions=(*request.decisions, decision))
    flaws = [_flaw(denied, each, people, access, decision.at) for each in _newest(denied, people, Verdict.DENY)]
    if flaws.count(None) >= needs_now(request, policy).denials:
        return _closed(request, decision, State.DENIED)
    still_enough = weigh(denied, people, access, policy, decision.at).enough
    return denied.model_copy(update={"state": State.APPROVED if still_enough else State.PENDING})


def _cancel(request: Request, decision: Decision, people: People, access: Access, policy: Policy) -> Request | Refusal:
    del people, access, policy
    if decision.by != request.by:
        return Refusal(why="only the person who asked can cancel it; an approver can deny it")
    return _closed(request, decision, State.CANCELLED)


def _closed(request: Request, decision: Decision, state: State) -> Request:
    verb = "Denied" if state is State.DENIED else "Taken back"
    outcome = f"{verb}: {decision.reason.strip()}" if decision.reason.strip() else f"{verb} by the requester."
    return request.moved(decision.at, state=state, decisions=(*request.decisions, decision), outcome=outcome)


_RULES: Final = {Verdict.APPROVE: _approve, Verdict.DENY: _deny, Verdict.CANCEL: _cancel}


def judge_again(request: Request, people: People, access: Access, policy: Policy, now: datetime) -> Request | None:
    """What an approved request becomes when, just before the write, its approvals no longer count; None when they do.

    A requester who lost the right ends it: nobody could approve what nobody may ask for.
    """
    person = known(people, request.by)
    asking = decide_all(access, person, request.plan.rights, Kind.REQUEST, str(request.plan.ref), now)
    if not asking.allowed:
        why = asking.reason.replace("you hold", "the requester holds")
        return request.ended(State.DENIED, now, f"The requester may no longer ask for this: {why}.")
    weighing = weigh(request, people, access, policy, now)
    if weighing.enough:
        return None
    lost = "; ".join(f"<@{by}>: {why.replace('you hold', 'they hold')}" for by, why in weighing.discounted)
    note = f"It still takes {', '.join(weighing.lacking)}."
    return request.moved(now, state=State.PENDING, note=f"{note} No longer counted: {lost}" if lost else note)


def unreasoned(wanted: Needs, reason: str) -> str | None:
    """Why this reason does not do, None when it does."""
    if len(reason) < max(wanted.reason_min_length, 1 if wanted.reason_patterns else 0):
        return f"a reason of at least {max(wanted.reason_min_length, 1)} characters is asked for; add --reason …"
    unmet = next((each for each in wanted.reason_patterns if re.search(each, reason) is None), None)
    return None if unmet is None else f"the reason must hold {unmet}"
