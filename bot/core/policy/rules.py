"""What a rule of a policy asks for. What a value means stands with its field."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bot.core.flow import Frozen
from bot.core.policy.values import RULABLE, Channel, Duration, Pattern, Rights, Scopes, Subjects, Title
from bot.core.rights import Kind, Right
from bot.core.roles import CHANGES, Role

_MOST: Final = 20


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


class Step(Frozen):
    """What happens when a request has waited for so long (`after` it was asked for).

    `mention` is called: in `channel`, else in the thread of the card. `quorum` holds from then on, in place of the one
    before. Silence never approves: it cannot be 0.
    """

    after: Duration = Field(ge=timedelta(minutes=1))
    mention: Subjects = ()
    channel: Channel = ""
    quorum: AnyQuorum | None = None

    @field_validator("quorum")
    @classmethod
    def _takes_somebody(cls, value: Quorum | None) -> Quorum | None:
        if value is not None and value.is_free:
            raise ValueError("must take somebody: that nobody answers is no approval")
        return value


class Approval(Frozen):
    """What a request takes. In a rule; and in `[approval]`, which holds where no rule does.

    `denials` of that many approvers end it. A request runs out after `time_to_live`. The requester must say why in at
    least `reason_min_length` characters that hold `reason_pattern`. With `type_flow` an approver types the flow's name.
    `channel`: where the card goes; `mention`: who is called by it; `steps`: who is reminded when nobody decides.
    """

    quorum: AnyQuorum = Quorum()
    denials: int = Field(default=1, ge=1, le=_MOST)
    time_to_live: Duration = Field(default=timedelta(hours=24), ge=timedelta(minutes=5), le=timedelta(days=90))
    reason_min_length: int = Field(default=0, ge=0, le=500)
    reason_pattern: Pattern = ""
    type_flow: bool = False
    channel: Channel = ""
    mention: Subjects = ()
    steps: Annotated[tuple[Step, ...], Field(max_length=_MOST)] = ()

    @field_validator("steps")
    @classmethod
    def _come_one_after_the_other(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        if any(one.after >= other.after for one, other in pairwise(steps)):
            raise ValueError("must come one after the other, each later than the one before")
        return steps

    @model_validator(mode="after")
    def _steps_come_in_time(self) -> Self:
        if self.steps and self.steps[-1].after >= self.time_to_live:
            raise ValueError("the last step comes when the request has run out; make time_to_live longer")
        return self


class Rule(Approval):
    """For these rights on these scopes: the first rule that matches a right is the one that holds for it."""

    name: Title
    rights: Rights = frozenset(CHANGES)
    scopes: Scopes = ("*",)

    @field_validator("rights")
    @classmethod
    def _are_changes(cls, value: frozenset[Right]) -> frozenset[Right]:
        if not value or not value <= RULABLE:
            names = ", ".join(sorted(RULABLE))
            raise ValueError(f"rules are about changes of flows and about giving roles: some of {names}")
        return value


class Forbidding(Frozen):
    """A denial, as it is written."""

    name: Title
    rights: Rights = frozenset(CHANGES)
    scopes: Scopes = ("*",)
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
