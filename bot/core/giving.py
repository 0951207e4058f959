"""A role to be given, as a plan that people approve like a change of a flow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property

from bot.core.access import Grant
from bot.core.canonical import digest
from bot.core.flow import Frozen
from bot.core.rights import Part, Right
from bot.core.roles import Role


class Giving(Frozen):
    """Who gets which role where, and for how many seconds (None: for good).

    `gives` is what the role gives when this is asked for, as `request flow.read`: who approves, approves that.
    """

    subject: str
    role: str
    scope: str
    lasting: int | None = None
    gives: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that an approver agrees to."""
        return digest(self.model_dump(mode="json"))

    @property
    def place(self) -> str:
        """What decisions about it are made for."""
        return self.scope

    @property
    def name(self) -> str:
        """What an approver types, where the policy wants it typed."""
        return f"{self.role} on {self.scope}"

    @property
    def rights(self) -> frozenset[Right]:
        """The right that it takes."""
        return frozenset({Right.MANAGE_ACCESS})

    @property
    def parts(self) -> tuple[Part, ...]:
        """What it takes, where."""
        return (Part(self.rights, self.scope),)

    def grant(self, by: str, now: datetime) -> Grant:
        """What is stored when it is given now."""
        until = None if self.lasting is None else now + timedelta(seconds=self.lasting)
        return Grant(subject=self.subject, role=self.role, scope=self.scope, by=by, at=now, until=until)


def given_by(roles: Mapping[str, Role], role: str) -> tuple[str, ...]:
    """What a role gives, in words and in order; nothing when there is no such role."""
    return tuple(sorted(f"{kind} {right}" for right, kind in roles.get(role, ())))
