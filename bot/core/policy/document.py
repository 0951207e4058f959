"""The policy document: roles, groups, rules, denials, freezes. What a value means stands with its field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

from bot.core.access import Denial
from bot.core.canonical import digest
from bot.core.flow import Frozen
from bot.core.freeze import Window
from bot.core.grammar.mistake import WrongError
from bot.core.grammar.values import duration, scope
from bot.core.people import EVERYONE, GROUP_ID, GROUP_NAME, USER_ID, Person
from bot.core.rights import Kind, Right
from bot.core.roles import CHANGES, ROLES, Role

_SLACK_ID: Final = re.compile(rf"{USER_ID}|{GROUP_ID}")
_MOST: Final = 20

RULABLE: Final = frozenset(CHANGES)
"""The rights that rules can be about."""


def _duration(value: object) -> object:
    """Durations are written as `30m`, `8h`, `2d`, `1w`; stored ones are in ISO 8601."""
    if not isinstance(value, str) or value.startswith("P"):
        return value
    try:
        return timedelta(seconds=duration(value))
    except WrongError as wrong:
        raise ValueError(wrong.what) from None


def _scope(value: str) -> str:
    try:
        return scope(value)
    except WrongError as wrong:
        raise ValueError(wrong.what) from None


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return value


def _no_text(value: object) -> object:
    """A list must be written as a list: a text would be read letter by letter."""
    if isinstance(value, str):
        raise ValueError(f"must be a list, as in [{value!r}]".replace("'", '"'))  # noqa: TRY004 - pydantic's way
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Scope = Annotated[str, BeforeValidator(_scope)]
Pattern = Annotated[str, Field(max_length=500), BeforeValidator(_pattern)]
Subjects = Annotated[tuple[str, ...], BeforeValidator(_no_text)]
"""Slack ids of users (U…) and user groups (S…), names of groups of the policy, or `everyone`."""
Rights = Annotated[frozenset[Right], BeforeValidator(_no_text), PlainSerializer(sorted, return_type=list[Right])]
"""Written in order, or equal policies would have different digests in different processes."""


class Quorum(Frozen):
    """Whose approvals it takes. `any_of`: how many people in all; `among`: only these count; `all_of`: one of each.

    One person counts once: who stands for one group of `all_of` does not stand for another. Whoever counts must hold
    the right to approve, and is never the requester. `any_of = 0` alone means that no approval is needed.
    """

    any_of: int = Field(default=1, ge=0, le=_MOST)
    among: Subjects = ()
    all_of: Subjects = ()

    @property
    def is_free(self) -> bool:
        """Whether no approval is needed."""
        return self.any_of == 0 and not self.all_of

    @property
    def size(self) -> int:
        """How many people it takes."""
        return max(self.any_of, len(self.all_of))


def _quorum(value: object) -> object:
    return {"any_of": value} if isinstance(value, int) and not isinstance(value, bool) else value


AnyQuorum = Annotated[Quorum, BeforeValidator(_quorum)]
"""`quorum = 2` is short for `quorum = { any_of = 2 }`."""


class Approval(Frozen):
    """What a request takes. In a rule; and in `[approval]`, which holds where no rule does.

    `denials` of that many approvers end it. A request runs out after `time_to_live`. The requester must say why in at
    least `reason_min_length` characters that hold `reason_pattern`. With `type_flow` an approver types the flow's name.
    `channel`: where the card goes; `mention`: who is called by it.
    """

    quorum: AnyQuorum = Quorum()
    denials: int = Field(default=1, ge=1, le=_MOST)
    time_to_live: Duration = Field(default=timedelta(hours=24), ge=timedelta(minutes=5), le=timedelta(days=90))
    reason_min_length: int = Field(default=0, ge=0, le=500)
    reason_pattern: Pattern = ""
    type_flow: bool = False
    channel: str = Field(default="", pattern=r"^([CG][A-Z0-9_]+)?$")
    mention: Subjects = ()


class Rule(Approval):
    """For these rights on these scopes: the first rule that matches a right is the one that holds for it."""

    name: str = Field(min_length=1, max_length=80)
    rights: Rights = RULABLE
    scopes: Annotated[tuple[Scope, ...], BeforeValidator(_no_text), Field(min_length=1)] = ("*",)

    @field_validator("rights")
    @classmethod
    def _are_changes(cls, value: frozenset[Right]) -> frozenset[Right]:
        if not value or not value <= RULABLE:
            names = ", ".join(sorted(RULABLE))
            raise ValueError(f"rules are about changes of flows: some of {names}")
        return value


class Forbidding(Frozen):
    """A denial, as it is written."""

    name: str = Field(min_length=1, max_length=80)
    rights: Rights = frozenset(CHANGES)
    scopes: Annotated[tuple[Scope, ...], BeforeValidator(_no_text), Field(min_length=1)] = ("*",)
    who: Subjects = ()
    because: str = Field(default="", max_length=300)


class OwnRole(Frozen):
    """A role of the policy: what it lets people ask for, approve, and bypass the approvals of."""

    request: Rights = frozenset()
    approve: Rights = frozenset()
    bypass: Rights = frozenset()

    @property
    def rights(self) -> Role:
        """As `Access` takes it."""
        kinds = {Kind.REQUEST: self.request, Kind.APPROVE: self.approve, Kind.BYPASS: self.bypass}
        return frozenset((right, kind) for kind, rights in kinds.items() for right in rights)


Name = Annotated[str, Field(pattern=f"^{GROUP_NAME}$")]


class Policy(Frozen):
    """The whole document."""

    approval: Approval = Approval()
    rules: tuple[Rule, ...] = ()
    deny: tuple[Forbidding, ...] = ()
    freezes: tuple[Window, ...] = ()
    roles: dict[Name, OwnRole] = Field(default_factory=dict)
    groups: dict[Name, Subjects] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for known in self.roles.keys() & ROLES.keys():
            raise ValueError(f"roles.{known}: is a built-in role; take another name")
        if EVERYONE in self.groups:
            raise ValueError(f"groups.{EVERYONE}: means everybody already; take another name")
        names = [rule.name for rule in self.rules] + [denial.name for denial in self.deny]
        names += [window.name for window in self.freezes]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the name “{twice}” stands twice; cards and explanations name rules by it")
        for where, subject in self._subjects():
            if not (_SLACK_ID.fullmatch(subject) or subject in self.groups or subject == EVERYONE):
                raise ValueError(f"{where}: “{subject}” is no Slack id (U…, S…) and no group of this policy")
        return self

    def _subjects(self) -> list[tuple[str, str]]:
        """Every subject that is named, with where."""
        approvals: list[tuple[str, Approval]] = [("approval", self.approval)]
        approvals += [(f"rules.{number}", rule) for number, rule in enumerate(self.rules)]
        lists = [
            (f"{where}.{key}", subjects)
            for where, each in approvals
            for key, subjects in (
                ("quorum.among", each.quorum.among), ("quorum.all_of", each.quorum.all_of), ("mention", each.mention)
            )
        ]  # fmt: skip
        lists += [(f"deny.{number}.who", each.who) for number, each in enumerate(self.deny)]
        lists += [(f"groups.{name}", members) for name, members in self.groups.items()]
        return [(where, subject) for where, subjects in lists for subject in subjects]

    @property
    def digest(self) -> str:
        """What requests and audit entries name the policy by."""
        return digest(self.model_dump(mode="json"))

    @cached_property
    def all_roles(self) -> Mapping[str, Role]:
        """The built-in roles and those of the document."""
        return {**ROLES, **{name: role.rights for name, role in self.roles.items()}}

    @cached_property
    def denials(self) -> tuple[Denial, ...]:
        """As `Access` takes them."""
        return tuple(
            Denial(name=each.name, rights=each.rights, scopes=each.scopes, who=each.who, because=each.because)
            for each in self.deny
        )

    def ids_of(self, subjects: Iterable[str]) -> tuple[str, ...]:
        """Slack's ids behind these subjects: the members of groups of this document in place of their names."""
        found: dict[str, None] = {}
        rest = list(subjects)
        while rest:
            subject = rest.pop(0)
            if subject not in found:
                found[subject] = None
                rest += self.groups.get(subject, ())
        return tuple(each for each in found if each not in self.groups)

    @cached_property
    def slack_groups(self) -> frozenset[str]:
        """The user groups of Slack that the document names."""
        return frozenset(subject for _, subject in self._subjects() if re.fullmatch(GROUP_ID, subject))

    def groups_of(self, user: str, slack_groups: frozenset[str]) -> frozenset[str]:
        """The Slack groups that a user is in, and the groups of this document that follow from them."""
        groups, before = set(slack_groups), None
        while before != groups:
            before = set(groups)
            subjects = {user, EVERYONE, *groups}
            groups |= {name for name, members in self.groups.items() if not subjects.isdisjoint(members)}
        return frozenset(groups)

    def person(self, user: str, slack_groups: frozenset[str] = frozenset()) -> Person:
        """A user of whom nothing is known but the Slack groups."""
        return Person(user, self.groups_of(user, slack_groups))


DEFAULT: Final = Policy()
"""One approver who is not the requester, within a day."""
