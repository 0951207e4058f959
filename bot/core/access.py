"""Who may do what: roles, grants and scopes, and decisions that give their reasons. The default is no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from bot.core.flow import Frozen
from bot.core.grammar.values import EVERYONE
from bot.core.rights import Kind, Right

_ASK: Final = Kind.REQUEST
_CHANGES: Final = (Right.OPERATE, Right.TUNE, Right.EDIT, Right.CREATE, Right.DELETE)


def _asks(*rights: Right) -> frozenset[tuple[Right, Kind]]:
    return frozenset((right, _ASK) for right in rights)


_VIEWER: Final = _asks(Right.READ)
_OPERATOR: Final = _VIEWER | _asks(Right.OPERATE)
_TUNER: Final = _OPERATOR | _asks(Right.TUNE)
_EDITOR: Final = _TUNER | _asks(Right.EDIT, Right.CREATE, Right.DELETE)
_APPROVER: Final = _VIEWER | {(right, Kind.APPROVE) for right in _CHANGES}
_ADMIN: Final = _EDITOR | _APPROVER | _asks(Right.MANAGE_ACCESS, Right.MANAGE_FREEZE, Right.READ_AUDIT)

ROLES: Final[Mapping[str, frozenset[tuple[Right, Kind]]]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "tuner": _TUNER,
    "editor": _EDITOR,
    "approver": _APPROVER,
    "admin": _ADMIN,
}
"""The built-in roles, from least to most."""


class Grant(Frozen):
    """A role for a subject (a user id, or `everyone`) on a scope pattern, until a moment or for good."""

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


class Answer(NamedTuple):
    """Whether somebody may, and why: the grant that counted, or what was missing."""

    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Access:
    """All grants, found by subject, at one version of the store."""

    grants: Mapping[str, tuple[Grant, ...]]
    version: int = 0

    @classmethod
    def of(cls, grants: Iterable[Grant], version: int = 0) -> Access:
        """The index over these grants."""
        index: dict[str, tuple[Grant, ...]] = {}
        for grant in grants:
            index[grant.subject] = (*index.get(grant.subject, ()), grant)
        return cls(index, version)

    def held_by(self, user: str, now: datetime) -> list[Grant]:
        """The grants that count for this user now, those for everyone included."""
        both = (*self.grants.get(user, ()), *self.grants.get(EVERYONE, ()))
        return [grant for grant in both if grant.until is None or grant.until > now]

    def all(self) -> list[Grant]:
        """Every grant, by subject."""
        return [grant for _, grants in sorted(self.grants.items()) for grant in grants]

    def holders(self, right: Right, kind: Kind, place: str, now: datetime) -> list[str]:
        """The subjects who hold this right there now."""
        roles = _roles_with(right, kind)
        return sorted(
            {
                grant.subject
                for grants in self.grants.values()
                for grant in grants
                if grant.role in roles and (grant.until is None or grant.until > now) and matches(grant.scope, place)
            }
        )

    def has_admin(self, now: datetime) -> bool:
        """Whether anybody can manage access to everything."""
        return bool(self.holders(Right.MANAGE_ACCESS, _ASK, "*", now))


def decide(access: Access, user: str, right: Right, kind: Kind, place: str, now: datetime) -> Answer:
    """Whether `user` may `right` as `kind` at `place` (`project/service/source->target`, or the service's path)."""
    roles = _roles_with(right, kind)
    for grant in access.held_by(user, now):
        if grant.role in roles and matches(grant.scope, place):
            return Answer(allowed=True, reason=f"{grant} gives {right}")
    return Answer(allowed=False, reason=_refusal(access, user, right, kind, place, now))


def decide_all(access: Access, user: str, rights: Iterable[Right], kind: Kind, place: str, now: datetime) -> Answer:
    """Whether `user` holds every one of these rights there; the reason names the first that is missing."""
    answers = [decide(access, user, right, kind, place, now) for right in sorted(rights)]
    refused = next((answer for answer in answers if not answer.allowed), None)
    return refused or Answer(allowed=True, reason="; ".join(answer.reason for answer in answers))


def may_somewhere(access: Access, user: str, right: Right, now: datetime) -> bool:
    """Whether `user` may ask for `right` at any place."""
    roles = _roles_with(right, _ASK)
    return any(grant.role in roles for grant in access.held_by(user, now))


def may_reach(access: Access, user: str, right: Right, path: str, now: datetime) -> bool:
    """Whether `user` may ask for `right` on at least something beneath `project/service`."""
    roles = _roles_with(right, _ASK)
    return any(grant.role in roles and reaches(grant.scope, path) for grant in access.held_by(user, now))


@lru_cache
def _roles_with(right: Right, kind: Kind) -> frozenset[str]:
    """The roles that give a right; one that does not exist gives nothing."""
    return frozenset(role for role, rights in ROLES.items() if (right, kind) in rights)


def _refusal(access: Access, user: str, right: Right, kind: Kind, place: str, now: datetime) -> str:
    what = f"approve {right}" if kind is Kind.APPROVE else str(right)
    held = ", ".join(str(grant) for grant in access.held_by(user, now)) or "no role"
    return f"it takes the right to {what} on {place}; you hold {held}"


def matches(pattern: str, place: str) -> bool:
    """Whether a scope pattern covers a place: `*` and `?` stay within a part, a `*` at the end covers all beneath."""
    stem = _plain_stem(pattern)
    return _compiled(pattern).fullmatch(place) is not None if stem is None else place.startswith(stem)


def reaches(pattern: str, path: str) -> bool:
    """Whether a scope pattern covers at least something beneath `project/service`."""
    parts = pattern.split("/")
    return matches(pattern, f"{path}/") or (len(parts) == _SCOPE_PARTS and matches("/".join(parts[:2]), path))


_SCOPE_PARTS: Final = 3
_PATTERNS: Final = 4096


@lru_cache(maxsize=_PATTERNS)
def _plain_stem(pattern: str) -> str | None:
    """What stands before the `*` at the end, when that is the only glob; most scopes are so."""
    stem = pattern[:-1]
    return stem if pattern.endswith("*") and not set("*?") & set(stem) else None


@lru_cache(maxsize=_PATTERNS)
def _compiled(pattern: str) -> re.Pattern[str]:
    stem, tail = (pattern[:-1], ".*") if pattern.endswith("*") else (pattern, "")
    globs = {"*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(globs.get(char, re.escape(char)) for char in stem) + tail, re.DOTALL)


def within(inner: str, outer: str) -> bool:
    """Whether scope `inner` surely lies within scope `outer`; when in doubt it does not.

    Only a plain stem with `*` at its end, or the same text, counts: who may grant must not grant more than they hold.
    """
    stem = _plain_stem(outer)
    return inner == outer or (stem is not None and inner.startswith(stem))


def may_grant(access: Access, user: str, scope: str, now: datetime) -> Answer:
    """Whether `user` may give and take roles on this scope pattern."""
    for grant in access.held_by(user, now):
        if grant.role in _roles_with(Right.MANAGE_ACCESS, _ASK) and within(scope, grant.scope):
            return Answer(allowed=True, reason=f"{grant} gives {Right.MANAGE_ACCESS}")
    return Answer(allowed=False, reason=_refusal(access, user, Right.MANAGE_ACCESS, _ASK, scope, now))
