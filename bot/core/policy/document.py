"""The policy document: roles, groups, rules, denials, freezes. What a value means stands with its field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bot.core.access import Denial
from bot.core.canonical import digest
from bot.core.flow import Frozen
from bot.core.freeze import Window
from bot.core.people import EVERYONE, GROUP_ID, USER_ID, Person
from bot.core.policy.rules import Approval, Forbidding, OwnRole, Rule
from bot.core.policy.values import Channel, Duration, Name, ServicePath, Subjects, no_text
from bot.core.roles import ROLES, Role

_SLACK_ID: Final = re.compile(rf"{USER_ID}|{GROUP_ID}")


class BreakGlass(Frozen):
    """What follows when approvals are bypassed: a review, reminded of every `remind_every` until it is closed.

    `mention` is called, besides everybody who could have approved; in `channel`, else in the thread of the card.
    """

    remind_every: Duration = Field(default=timedelta(hours=24), ge=timedelta(minutes=5), le=timedelta(days=30))
    channel: Channel = ""
    mention: Subjects = ()


class Witness(Frozen):
    """Where the newest hash of the audit log is posted, so that a cut shows; nowhere without `channel`."""

    channel: Channel = ""
    every: Duration = Field(default=timedelta(hours=24), ge=timedelta(minutes=5), le=timedelta(days=30))


class Rounds(Frozen):
    """The MirrorMaker services whose flows are read `every` so often; what others changed is reported to `channel`.

    With the most services and the shortest time it is one call to Aiven a second, and Aiven was seen to take two.
    """

    services: Annotated[tuple[ServicePath, ...], BeforeValidator(no_text), Field(max_length=300)] = ()
    every: Duration = Field(default=timedelta(minutes=15), ge=timedelta(minutes=5), le=timedelta(days=7))
    channel: Channel = ""

    @field_validator("services")
    @classmethod
    def _are_named_once(cls, services: tuple[str, ...]) -> tuple[str, ...]:
        if twice := next((each for each in services if services.count(each) > 1), None):
            raise ValueError(f"{twice} stands twice")
        return services

    @model_validator(mode="after")
    def _reports_somewhere(self) -> Self:
        if self.services and not self.channel:
            raise ValueError("needs a channel: what is found has to be told somewhere")
        return self


class Policy(Frozen):
    """The whole document."""

    approval: Approval = Approval()
    rules: tuple[Rule, ...] = ()
    deny: tuple[Forbidding, ...] = ()
    freezes: tuple[Window, ...] = ()
    roles: dict[Name, OwnRole] = Field(default_factory=dict)
    groups: dict[Name, Subjects] = Field(default_factory=dict)
    break_glass: BreakGlass = BreakGlass()
    audit: Witness = Witness()
    drift: Rounds = Rounds()

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
        lists += [
            (f"{where}.steps.{number}.{key}", subjects)
            for where, each in approvals
            for number, step in enumerate(each.steps)
            for key, subjects in (
                ("mention", step.mention), ("quorum.among", step.quorum.among if step.quorum else ()),
                ("quorum.all_of", step.quorum.all_of if step.quorum else ()),
            )
        ]  # fmt: skip
        lists.append(("break_glass.mention", self.break_glass.mention))
        lists += [(f"deny.{number}.who", each.who) for number, each in enumerate(self.deny)]
        lists += [(f"groups.{name}", members) for name, members in self.groups.items()]
        return [(where, subject) for where, subjects in lists for subject in subjects]

    @cached_property
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
