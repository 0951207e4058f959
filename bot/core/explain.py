"""Why somebody may or may not: every fact that counted, and what would change the answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from bot.core.access import Access, decide
from bot.core.freeze import frost
from bot.core.people import Person, spoken
from bot.core.policy import Needs, Policy, needs
from bot.core.policy.needs import counts
from bot.core.rights import Kind, Right
from bot.core.roles import Role


class Outcome(StrEnum):
    """What comes of asking for a change."""

    ALLOWED = "allowed"
    NEEDS = "needs"
    REFUSED = "refused"


class Asked(NamedTuple):
    """Who would ask for a change that takes these rights, where, and when."""

    person: Person
    rights: frozenset[Right]
    place: str
    now: datetime


class Explanation(NamedTuple):
    """The outcome, what approvals it takes, and the facts, one line each; ids of people and groups as Slack shows them.

    `allowed`: it is applied with no approval; `needs`: once the approvals are there; `refused`: `why` says why.
    """

    outcome: Outcome
    needs: Needs
    why: str
    facts: tuple[str, ...]
    would: tuple[str, ...]


def explain(access: Access, policy: Policy, asked: Asked) -> Explanation:
    """The whole answer for somebody who asks for this."""
    wanted = needs(policy, asked.rights, asked.place)
    answers = {
        right: decide(access, asked.person, right, Kind.REQUEST, asked.place, asked.now)
        for right in sorted(asked.rights)
    }
    refused = [f"{right}: {answer.reason}" for right, answer in answers.items() if not answer.allowed]
    granted = [f"{right}: {answer.reason}" for right, answer in answers.items() if answer.allowed]
    outcome = Outcome.REFUSED if refused else Outcome.ALLOWED if wanted.is_free else Outcome.NEEDS
    frozen = frost(policy.freezes, access.freezes, asked.place, asked.now)
    waits = (
        () if frozen is None else (f"{frozen.what} holds until {frozen.until:%Y-%m-%d %H:%M} UTC, so it would wait",)
    )
    facts = (*_identity(asked.person), *granted, *refused, *_approving(access, wanted, asked), *waits)
    return Explanation(outcome, wanted, "; ".join(refused), facts, tuple(_would(access, asked)))


def _identity(person: Person) -> Iterable[str]:
    if person.barred:
        yield person.barred
    if person.groups:
        yield f"in {', '.join(spoken(group) for group in sorted(person.groups))}"
    if person.unread:
        yield f"I could not read who is in {', '.join(map(spoken, person.unread))}, so that gives nothing now"


def _approving(access: Access, wanted: Needs, asked: Asked) -> Iterable[str]:
    """The rules that hold, who could approve, and whether this person could for others."""
    yield f"by {', '.join(f'“{name}”' for name in wanted.rules)}" if wanted.rules else "by default: no rule matches"
    if wanted.is_free:
        return
    held = [set(access.holders(right, Kind.APPROVE, asked.place, asked.now)) for right in asked.rights]
    able = sorted(set.intersection(*held)) if held else []
    yield f"the right to approve it is held by {', '.join(map(spoken, able)) or 'nobody'}"
    may = [decide(access, asked.person, right, Kind.APPROVE, asked.place, asked.now) for right in sorted(asked.rights)]
    counting = all(counts(quorum, asked.person) for quorum in wanted.quorums)
    yes = all(each.allowed for each in may) and counting
    yield f"their own approval of somebody else's request would {'count' if yes else 'not count'}"
    broken = [decide(access, asked.person, each, Kind.BYPASS, asked.place, asked.now) for each in sorted(asked.rights)]
    if all(each.allowed for each in broken):
        yield f"they may break the glass: {broken[0].reason}"


def _would(access: Access, asked: Asked) -> Iterable[str]:
    """The least that would let them ask."""
    for right in sorted(asked.rights):
        if decide(access, asked.person, right, Kind.REQUEST, asked.place, asked.now).allowed or asked.person.barred:
            continue
        if (denial := access.denied(asked.person, right, asked.place)) is not None:
            yield f"a policy without the denial “{denial.name}”"
        elif (role := smallest(access, right, Kind.REQUEST)) is not None:
            yield f"the role {role} on {asked.place}"


_COULD_TOLD: Final = 5


def who_could(access: Access, rights: Iterable[Right], place: str, now: datetime, kind: Kind = Kind.REQUEST) -> str:
    """Who holds all of these rights there, as the end of a sentence; empty when nobody does."""
    held = [set(access.holders(right, kind, place, now)) for right in rights]
    able = sorted(set.intersection(*held)) if held else []
    more = " and others" if len(able) > _COULD_TOLD else ""
    return f"; {', '.join(map(spoken, able[:_COULD_TOLD]))}{more} could" if able else ""


def smallest(access: Access, right: Right, kind: Kind) -> str | None:
    """The role that gives this right and the least besides; None when no role gives it."""
    giving: list[tuple[int, str, Role]] = sorted(
        (len(rights), name, rights) for name, rights in access.roles.items() if (right, kind) in rights
    )
    return giving[0][1] if giving else None
