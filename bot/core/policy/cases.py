"""A table of cases that a policy must answer as expected: the tests of a policy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, ValidationError, field_validator

from bot.core.access import Access, Grant
from bot.core.explain import Asked, Explanation, Outcome, explain
from bot.core.flow import Frozen
from bot.core.policy.document import Policy
from bot.core.policy.reading import PolicyError, line_of
from bot.core.policy.values import Rights, Subjects

_BY: Final = "policy test"


def _grant(value: object) -> object:
    """`editor on acme-prod/*`."""
    if not isinstance(value, str):
        return value
    role, on, scope = value.partition(" on ")
    if not on or not role.strip() or not scope.strip():
        raise ValueError(f"“{value}” is no grant; write ROLE on SCOPE")
    return (role.strip(), scope.strip())


GivenRole = Annotated[tuple[str, str], BeforeValidator(_grant)]


class Case(Frozen):
    """Who asks for what, where and when; and what has to come of it.

    `groups`: the Slack user groups that this person is in. `rules` and `people` (how many approvals it takes at least)
    are checked when they are given; `why` must be a part of the reasons.
    """

    name: str = ""
    who: str
    groups: Subjects = ()
    what: Rights
    where: str
    when: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    expect: Outcome
    rules: tuple[str, ...] | None = None
    people: int | None = None
    why: str = ""

    @field_validator("when")
    @classmethod
    def _has_a_zone(cls, value: datetime) -> datetime:
        return value if value.tzinfo else value.replace(tzinfo=UTC)


class Cases(Frozen):
    """The file: grants by subject, and the cases."""

    grants: dict[str, tuple[GivenRole, ...]] = Field(default_factory=dict)
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]


def parse_cases(text: str, name: str = "cases") -> Cases:
    """The table in this TOML text. Raises PolicyError."""
    try:
        return Cases.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([f"{name}: {error}"]) from None
    except ValidationError as error:
        raise PolicyError([
            f"{name}:{line_of(text, each['loc']) or 1}: {'.'.join(map(str, each['loc']))} {each['msg']}"
            for each in error.errors()
        ]) from None  # fmt: skip


def failures(policy: Policy, table: Cases) -> Iterator[str]:
    """One line for each case that does not come out as expected."""
    grants = (
        Grant(subject=subject, role=role, scope=scope, by=_BY, at=datetime(2026, 1, 1, tzinfo=UTC))
        for subject, roles in table.grants.items()
        for role, scope in roles
    )
    access = Access.of(grants, 0, policy.all_roles, policy.denials)
    for number, case in enumerate(table.cases, 1):
        asked = Asked(policy.person(case.who, frozenset(case.groups)), case.what, case.where, case.when)
        found = explain(access, policy, asked)
        if wrong := list(_wrong(case, found)):
            yield f"case {number}{f' “{case.name}”' if case.name else ''}: {'; '.join(wrong)}"


def _wrong(case: Case, found: Explanation) -> Iterator[str]:
    if found.outcome is not case.expect:
        yield f"expected {case.expect}, is {found.outcome}{f' ({found.why})' if found.why else ''}"
    if case.rules is not None and found.needs.rules != case.rules:
        yield f"expected the rules {list(case.rules)}, they are {list(found.needs.rules)}"
    if case.people is not None and found.needs.size != case.people:
        yield f"expected {case.people} approvals, it takes {found.needs.size}"
    if case.why not in "\n".join((found.why, *found.facts)):
        yield f"expected the reason to hold “{case.why}”, it is: {found.why or '; '.join(found.facts)}"
