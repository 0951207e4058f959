"""Decisions: (Request, what somebody said) -> Request | Refusal; and the judgement over them just before the write."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from bot.core import glass, holding
from bot.core.access import Access, decide_parts
from bot.core.intent import Verdict
from bot.core.people import People, known
from bot.core.policy import Needs, Policy
from bot.core.request import DECIDABLE, Decision, Refusal, Request, State
from bot.core.rights import Kind
from bot.core.weighing import flaw, may_approve, needs_now, newest, weigh


def decide(request: Request, decision: Decision, people: People, access: Access, policy: Policy) -> Request | Refusal:
    """The request after somebody's decision, or why it does not count. `decision.at` is the moment of all of it."""
    if decision.digest != request.plan.digest:
        return Refusal(why="the plan on that card is not the plan of this request")
    if decision.verdict is Verdict.REVIEW:
        return glass.review(request, decision, people, access)
    if request.state is State.HOLDING:
        return holding.decide(request, decision, people, access)
    if request.state not in DECIDABLE or request.reverting:
        return _too_late(request, decision)
    if request.expires_at <= decision.at:
        return Refusal(why="it has run out of time")
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
    if request.stops:
        stop = request.stops[0].text.removesuffix(".")
        return Refusal(why=f"it is stopped, and only breaking the glass can overrule that: {stop}")
    if decision.by in weigh(request, people, access, policy, decision.at).counted:
        return Refusal(why="your approval was counted already", settled=True)
    if needs_now(request, policy).type_flow and not _names_the_flow(decision.reason, request):
        return Refusal(why=f"to approve it type the flow: `approve {request.number} {request.plan.name}`")
    decided = request.moved(decision.at, decisions=(*request.decisions, decision))
    enough = weigh(decided, people, access, policy, decision.at).enough
    return decided.model_copy(update={"state": State.APPROVED}) if enough else decided


def _names_the_flow(typed: str, request: Request) -> bool:
    return "".join(typed.split()) == "".join(request.plan.name.split())


def _deny(request: Request, decision: Decision, people: People, access: Access, policy: Policy) -> Request | Refusal:
    refusal = may_approve(request, access, known(people, decision.by), people, decision.at)
    if refusal is not None:
        own = "; to take it back use cancel" if decision.by == request.by else ""
        return Refusal(why=refusal.why + own)
    if not decision.reason.strip():
        return Refusal(why="a denial needs a reason, so that the requester knows what to do")
    denied = request.moved(decision.at, decisions=(*request.decisions, decision))
    flaws = [flaw(denied, each, people, access, decision.at) for each in newest(denied, people, Verdict.DENY)]
    if flaws.count(None) >= needs_now(request, policy).denials:
        return _closed(request, decision, State.DENIED)
    still_enough = weigh(denied, people, access, policy, decision.at).enough
    stays = still_enough or request.is_broken
    return denied if stays else denied.model_copy(update={"state": State.PENDING, "locks": False})


def _cancel(request: Request, decision: Decision, people: People, access: Access, policy: Policy) -> Request | Refusal:
    del people, access, policy
    if decision.by != request.by:
        return Refusal(why="only the person who asked can cancel it; an approver can deny it")
    return _closed(request, decision, State.CANCELLED)


def _closed(request: Request, decision: Decision, state: State) -> Request:
    verb = "Denied" if state is State.DENIED else "Taken back"
    outcome = f"{verb}: {decision.reason.strip()}" if decision.reason.strip() else f"{verb} by the requester."
    closed = request.ended(state, decision.at, outcome)
    return closed.model_copy(update={"decisions": (*request.decisions, decision)})


def _break(request: Request, decision: Decision, people: People, access: Access, policy: Policy) -> Request | Refusal:
    del policy
    return glass.break_glass(request, decision, people, access)


_RULES: Final = {
    Verdict.APPROVE: _approve, Verdict.DENY: _deny, Verdict.CANCEL: _cancel, Verdict.BREAK: _break,
}  # fmt: skip


def judge_again(request: Request, people: People, access: Access, policy: Policy, now: datetime) -> Request | None:
    """What an approved request becomes when, just before the write, its approvals no longer count; None when they do.

    A requester who lost the right ends it: nobody could approve what nobody may ask for.
    """
    if request.is_broken:
        return glass.judge_broken(request, people, access, now)
    person = known(people, request.by)
    asking = decide_parts(access, person, request.plan.parts, Kind.REQUEST, now)
    if not asking.allowed:
        why = asking.reason.replace("you hold", "the requester holds")
        return request.ended(State.DENIED, now, f"The requester may no longer ask for this: {why}.")
    weighing = weigh(request, people, access, policy, now)
    if weighing.enough:
        return None
    lost = "; ".join(f"<@{by}>: {why.replace('you hold', 'they hold')}" for by, why in weighing.discounted)
    note = f"It still takes {', '.join(weighing.lacking)}."
    told = f"{note} No longer counted: {lost}" if lost else note
    if request.reverting:
        return request.ended(State.DENIED, now, told)
    return request.moved(now, state=State.PENDING, note=told)


def unreasoned(wanted: Needs, reason: str) -> str | None:
    """Why this reason does not do, None when it does."""
    if len(reason) < max(wanted.reason_min_length, 1 if wanted.reason_patterns else 0):
        return f"a reason of at least {max(wanted.reason_min_length, 1)} characters is asked for; add --reason …"
    unmet = next((each for each in wanted.reason_patterns if re.search(each, reason) is None), None)
    return None if unmet is None else f"the reason must hold {unmet}"
