"""What the approvals of a request are worth at a moment: for the people, the grants and the policy of then."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from bot.core.access import Access, decide_parts
from bot.core.flow import Frozen
from bot.core.freeze import Frost, frost
from bot.core.intent import Verdict
from bot.core.people import People, Person, known
from bot.core.policy import Needs, Policy, Quorum, needs_of
from bot.core.policy.needs import missing
from bot.core.request import Decision, Refusal, Request
from bot.core.rights import Kind

STOPPED: Final = "somebody who breaks the glass, for something stops it"
"""What a request lacks that a look ahead has stopped: no approval is enough."""


class Weighing(Frozen):
    """What the approvals of a request are worth at a moment.

    `quorums`: those of `needs` that hold by now. `lacking`: what there is too little of, in words.
    """

    needs: Needs
    quorums: tuple[Quorum, ...]
    counted: tuple[str, ...]
    discounted: tuple[tuple[str, str], ...]
    lacking: tuple[str, ...]

    @property
    def enough(self) -> bool:
        """Whether every quorum is met."""
        return not self.lacking


class Standing(NamedTuple):
    """Where a request stands at a moment, as far as that is known.

    `approvers`: who holds the right to decide (subjects of grants). `frost`: what would hold up the write.
    """

    approvers: tuple[str, ...] = ()
    weighing: Weighing | None = None
    frost: Frost | None = None


def standing(request: Request, people: People | None, access: Access, policy: Policy, now: datetime) -> Standing:
    """Where a request stands; without `people` (who could not be looked up) nothing is said of its approvals."""
    return Standing(
        tuple(approvers(request, access, now)),
        None if people is None else weigh(request, people, access, policy, now),
        None if request.is_broken else frost_on(request, access, policy, now),
    )


def frost_on(request: Request, access: Access, policy: Policy, now: datetime) -> Frost | None:
    """What keeps it from being applied now, the one that lasts longest; None when nothing does."""
    found = [frost(policy.freezes, access.freezes, part.place, now) for part in request.plan.parts]
    return max((each for each in found if each), key=lambda each: each.until, default=None)


def needs_now(request: Request, policy: Policy) -> Needs:
    """What the request takes under this policy."""
    return needs_of(policy, request.plan.parts)


def may_approve(request: Request, access: Access, person: Person, people: People, now: datetime) -> Refusal | None:
    """Why this person's approval would not count, None when it would. Nobody approves their own request."""
    requester = known(people, request.by)
    if person.identity == requester.identity:
        return Refusal(why="you asked for it yourself; somebody else has to decide")
    answer = decide_parts(access, person, request.plan.parts, Kind.APPROVE, now)
    return None if answer.allowed else Refusal(why=answer.reason)


def approvers(request: Request, access: Access, now: datetime) -> list[str]:
    """Which subjects hold the right to approve all of this now, the requester included."""
    held = [
        set(access.holders(right, Kind.APPROVE, place, now)) for rights, place in request.plan.parts for right in rights
    ]
    return sorted(set.intersection(*held)) if held else []


def weigh(request: Request, people: People, access: Access, policy: Policy, now: datetime) -> Weighing:
    """The approvals that count for these people, grants and policy; each person's newest decision is the one."""
    judged = [(each.by, flaw(request, each, people, access, now)) for each in newest(request, people, Verdict.APPROVE)]
    counted = [known(people, by) for by, flaw in judged if flaw is None]
    wanted = needs_now(request, policy)
    quorums = wanted.at(now - request.asked_at)
    return Weighing(
        needs=wanted,
        quorums=quorums,
        counted=tuple(person.user for person in counted),
        discounted=tuple((by, flaw) for by, flaw in judged if flaw is not None),
        lacking=tuple(
            dict.fromkeys(
                (
                    *(word for each in quorums for word in missing(each, counted)),
                    *((STOPPED,) if request.stops else ()),
                )
            )
        ),
    )


def newest(request: Request, people: People, verdict: Verdict) -> list[Decision]:
    """Of each person, whatever the account, the newest decision, where it is this one."""
    newest = {known(people, decision.by).identity: decision for decision in request.decisions}
    return [each for each in newest.values() if each.verdict is verdict]


def flaw(request: Request, decision: Decision, people: People, access: Access, now: datetime) -> str | None:
    """Why a decision does not count at this moment, None when it does."""
    if decision.digest != request.plan.digest:
        return "it was given for another plan"
    refusal = may_approve(request, access, known(people, decision.by), people, now)
    return refusal.why if refusal else None
