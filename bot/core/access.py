"""Who may do what: grants on scopes, and decisions that give their reasons. Deny wins; the default is no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Final, NamedTuple

from bot.core.flow import Frozen
from bot.core.freeze import Freeze
from bot.core.people import GROUP_ID, Person
from bot.core.rights import Kind, Part, Right
from bot.core.roles import ROLES, Role
from bot.core.scope import beginning, beginnings, is_pattern, matches, overlaps, reaches, within

_ASK: Final = Kind.REQUEST
_HELD_TOLD: Final = 5


class Grant(Frozen):
    """A role for a subject on a scope pattern, until a moment or for good.

    The subject is a user id, the id of a Slack user group, the name of a group of the policy, or `everyone`.
    """

    subject: str
    role: str
    scope: str
    by: str
    at: datetime
    until: datetime | None = None

    @property
    def key(self) -> str:
        """What a grant is stored and revoked by: one per subject, role and scope."""
        return f"{self.subject} {self.role} {self.scope}"

    def __str__(self) -> str:
        return f"{self.role} on {self.scope}"

    def holds(self, now: datetime) -> bool:
        """Whether it has not ended."""
        return self.until is None or self.until > now


class Denial(Frozen):
    """What nobody of `who` may do, whatever they hold. Rights and scopes as in a rule; `because` is told."""

    name: str
    rights: frozenset[Right]
    scopes: tuple[str, ...] = ("*",)
    who: tuple[str, ...] = ()
    because: str = ""

    def hits(self, person: Person, right: Right, place: str) -> bool:
        """Whether it forbids this. Without `who` it is for everybody."""
        hit = overlaps if is_pattern(place) else matches
        return (
            right in self.rights
            and (not self.who or not set(self.who).isdisjoint(person.subjects))
            and any(hit(scope, place) for scope in self.scopes)
        )


class Answer(NamedTuple):
    """Whether somebody may, and why: the grant that counted, or what was missing."""

    allowed: bool
    reason: str


@dataclass(frozen=True)
class Access:
    """All grants, found by subject, with the policy's roles and denials, and the freezes of people, at one version."""

    grants: Mapping[str, tuple[Grant, ...]]
    version: int = 0
    roles: Mapping[str, Role] = field(default_factory=lambda: ROLES)
    denials: tuple[Denial, ...] = ()
    freezes: tuple[Freeze, ...] = ()

    @classmethod
    def of(
        cls,
        grants: Iterable[Grant],
        version: int = 0,
        roles: Mapping[str, Role] = ROLES,
        denials: tuple[Denial, ...] = (),
        freezes: tuple[Freeze, ...] = (),
    ) -> Access:
        """The index over these grants."""
        index: dict[str, list[Grant]] = {}
        for grant in grants:
            index.setdefault(grant.subject, []).append(grant)
        return cls({subject: tuple(held) for subject, held in index.items()}, version, roles, denials, freezes)

    @cached_property
    def _holders(self) -> Mapping[str, tuple[Grant, ...]]:
        """Grants by their role."""
        index: dict[str, list[Grant]] = {}
        for grants in self.grants.values():
            for grant in grants:
                index.setdefault(grant.role, []).append(grant)
        return {role: tuple(held) for role, held in index.items()}

    @cached_property
    def _index(self) -> Mapping[str, Mapping[str, list[Grant]]]:
        """Grants by subject and by the plain beginning of their scope, so that a decision looks at few."""
        index: dict[str, dict[str, list[Grant]]] = {}
        for subject, grants in self.grants.items():
            places = index[subject] = {}
            for grant in grants:
                places.setdefault(beginning(grant.scope), []).append(grant)
        return index

    def giving(self, person: Person, right: Right, kind: Kind, place: str, now: datetime) -> Grant | None:
        """The first grant that gives this person a right at a place now; on all of it when it is a scope pattern."""
        roles = self.roles_with(right, kind)
        covers = within if is_pattern(place) else matches
        keys = beginnings(place)
        for subject in person.subjects:
            places = self._index.get(subject)
            for key in keys if places else ():
                for grant in places.get(key, ()):  # type: ignore[union-attr]
                    if grant.role in roles and grant.holds(now) and covers(grant.scope, place):
                        return grant
        return None

    @cached_property
    def slack_groups(self) -> frozenset[str]:
        """The user groups of Slack that hold something."""
        return frozenset(subject for subject in self.grants if re.fullmatch(GROUP_ID, subject))

    @cached_property
    def _roles_with(self) -> Mapping[tuple[Right, Kind], frozenset[str]]:
        """The roles that give a right; one that does not exist gives nothing."""
        wanted = {each for rights in self.roles.values() for each in rights}
        return {each: frozenset(name for name, rights in self.roles.items() if each in rights) for each in wanted}

    def roles_with(self, right: Right, kind: Kind) -> frozenset[str]:
        """The names of the roles that give a right."""
        return self._roles_with.get((right, kind), frozenset())

    def held_by(self, person: Person, now: datetime) -> list[Grant]:
        """The grants that count for this person now, those of groups and for everyone included."""
        return [each for subject in person.subjects for each in self.grants.get(subject, ()) if each.holds(now)]

    def all(self) -> list[Grant]:
        """Every grant, by subject."""
        return [grant for _, grants in sorted(self.grants.items()) for grant in grants]

    def holders(self, right: Right, kind: Kind, place: str, now: datetime) -> list[str]:
        """The subjects who hold this right there now."""
        held = (each for role in self.roles_with(right, kind) for each in self._holders.get(role, ()))
        covers = within if is_pattern(place) else matches
        return sorted({each.subject for each in held if each.holds(now) and covers(each.scope, place)})

    def denied(self, person: Person, right: Right, place: str) -> Denial | None:
        """The first denial that forbids this."""
        return next((each for each in self.denials if each.hits(person, right, place)), None)

    def has_admin(self, now: datetime) -> bool:
        """Whether anybody can manage access to everything."""
        return bool(self.holders(Right.MANAGE_ACCESS, _ASK, "*", now))

    def keeps_admin(self, given: Grant | None = None, taken: Grant | None = None) -> bool:
        """Whether somebody manages access to everything for good, if anybody does now, after one grant is changed.

        What is given replaces what stands for the same subject, role and scope.
        """
        changed = {each.key for each in (given, taken) if each}
        after = [*(each for each in self.all() if each.key not in changed), *([given] if given else [])]
        return not self._for_good(self.all()) or self._for_good(after)

    def _for_good(self, grants: Iterable[Grant]) -> bool:
        roles = self.roles_with(Right.MANAGE_ACCESS, _ASK)
        return any(each.role in roles and each.scope == "*" and each.until is None for each in grants)


def decide(access: Access, person: Person, right: Right, kind: Kind, place: str, now: datetime) -> Answer:
    """Whether a person may `right` as `kind` at `place` (`project/service/source->target`, or the service's path)."""
    if access.denials and (denial := access.denied(person, right, place)) is not None:
        return Answer(allowed=False, reason=_denied(denial, right, place))
    grant = access.giving(person, right, kind, place, now)
    if grant is not None:
        return Answer(True, f"{grant.role} on {grant.scope} gives {right}")  # noqa: FBT003 - the answer itself
    return Answer(allowed=False, reason=_refusal(access, person, right, kind, place, now))


def decide_all(
    access: Access, person: Person, rights: Iterable[Right], kind: Kind, place: str, now: datetime
) -> Answer:
    """Whether a person holds every one of these rights there; the reason names the first that is missing."""
    answers = [decide(access, person, right, kind, place, now) for right in sorted(rights)]
    refused = next((answer for answer in answers if not answer.allowed), None)
    return refused or Answer(allowed=True, reason="; ".join(answer.reason for answer in answers))


def decide_parts(access: Access, person: Person, parts: Iterable[Part], kind: Kind, now: datetime) -> Answer:
    """Whether a person holds all that every part takes; the reason names the first right that is missing."""
    answers = [decide_all(access, person, part.rights, kind, part.place, now) for part in parts]
    return next((answer for answer in answers if not answer.allowed), answers[0])


def may_reach(access: Access, person: Person, wanted: Role, path: str | None, now: datetime) -> bool:
    """Whether a person holds one of these rights on at least something beneath `project/service` (None: anywhere)."""
    roles = frozenset[str]().union(*(access.roles_with(right, kind) for right, kind in wanted))
    return any(
        grant.role in roles and (path is None or reaches(grant.scope, path)) for grant in access.held_by(person, now)
    )


def _denied(denial: Denial, right: Right, place: str) -> str:
    why = f": {denial.because}" if denial.because else ""
    return f"the denial “{denial.name}” of the policy forbids {right} on {place}{why}"


def _held(access: Access, person: Person, now: datetime) -> str:
    """Some of what a person holds, in words."""
    live = (each for subject in person.subjects for each in access.grants.get(subject, ()) if each.holds(now))
    some = [str(grant) for grant in islice(live, _HELD_TOLD)]
    return (", ".join(some) or "no role") + (" and more" if next(live, None) else "")


def _refusal(access: Access, person: Person, right: Right, kind: Kind, place: str, now: datetime) -> str:
    if person.barred:
        return person.barred
    what = {Kind.APPROVE: f"approve {right}", Kind.BYPASS: f"bypass the approvals of {right}"}.get(kind, str(right))
    held = _held(access, person, now)
    unread = f"; I could not read who is in {', '.join(person.unread)}" if person.unread else ""
    return f"it takes the right to {what} on {place}; you hold {held}{unread}"
