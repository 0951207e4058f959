"""A request for a change and its life: (Request, what happened) -> Request | Refusal.

pending -> approved -> applying -> applied | failed | unknown; out of pending and approved also denied, cancelled,
expired and stale. A request that waits for Aiven is approved, one whose approvals no longer count is pending again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from bot.core.flow import Frozen
from bot.core.giving import Giving
from bot.core.intent import Verdict
from bot.core.plan import Plan
from bot.core.policy import Needs
from bot.core.preflight.finding import Finding


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    APPLYING = "applying"
    APPLIED = "applied"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    STALE = "stale"
    FAILED = "failed"
    UNKNOWN = "unknown"


DECIDABLE: Final = frozenset({State.PENDING, State.APPROVED})
OPEN: Final = DECIDABLE | {State.APPLYING}


class Decision(Frozen):
    """What one person said about one plan."""

    by: str
    verdict: Verdict
    digest: str
    at: datetime
    reason: str = ""


class Glass(Frozen):
    """Somebody's word, at a moment, that this cannot wait for its approvals; it counts once it is `broken_at`."""

    by: str
    reason: str
    at: datetime
    broken_at: datetime | None = None


class Request(Frozen):
    """Everything there is to know about a request; cards and messages are made from it.

    `version` grows by one with each transition. `attempts` counts the writes that were begun, `fence` is that of the
    lease under which the last one was, `still_running` tells that Aiven took it, or may still be at work on it. `waits`
    counts the times that it had to wait for Aiven. `note` says why it waits, `outcome` how it ended. `policy` is the
    digest of the policy that it was asked under, `needs` what it took then; `needs_now` says what it takes now.
    `called` is the age at which the last step of the rules was taken. `locks`: nobody else may write on the service
    meanwhile, for a write was begun and it is not over yet; that ends with its state, unless it is told to stay.
    """

    number: int
    state: State = State.PENDING
    version: int = 1
    by: str
    reason: str = ""
    channel: str
    plan: Plan | Giving
    policy: str
    needs: Needs = Needs()
    asked_at: datetime
    expires_at: datetime
    changed_at: datetime
    decisions: tuple[Decision, ...] = ()
    glass: Glass | None = None
    called: timedelta = timedelta()
    attempts: int = 0
    fence: int | None = None
    sent_at: datetime | None = None
    still_running: bool = False
    locks: bool = False
    waits: int = 0
    findings: tuple[Finding, ...] = ()
    note: str = ""
    outcome: str = ""

    @property
    def flow_plan(self) -> Plan:
        """The plan, of a request for a change of a flow."""
        if not isinstance(self.plan, Plan):
            raise TypeError("this request changes no flow")
        return self.plan

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to it."""
        return self.state in OPEN

    @property
    def is_broken(self) -> bool:
        """Whether its approvals are bypassed."""
        return self.glass is not None and self.glass.broken_at is not None

    @property
    def stops(self) -> tuple[Finding, ...]:
        """What keeps it from being approved."""
        return tuple(each for each in self.findings if each.stops)

    @property
    def wants_review(self) -> bool:
        """Whether its approvals were bypassed, and nobody has closed the review of that."""
        return self.is_broken and not any(each.verdict is Verdict.REVIEW for each in self.decisions)

    @property
    def deciders(self) -> tuple[str, ...]:
        """Who asked and who decided."""
        return tuple(dict.fromkeys((self.by, *(each.by for each in self.decisions))))

    def moved(self, now: datetime, **changes: object) -> Self:
        """The next version, with these fields changed."""
        locks = self.locks and changes.get("state", self.state) is self.state
        values = {
            **self.__dict__,
            "note": "",
            "locks": locks,
            **changes,
            "version": self.version + 1,
            "changed_at": now,
        }
        return type(self)(**values)

    def ended(self, state: State, now: datetime, outcome: str) -> Self:
        """The last version."""
        return self.moved(now, state=state, outcome=outcome)


class Refusal(Frozen):
    """Why something cannot be done to a request; `settled` when it was done before, so that a repeat does no harm."""

    why: str
    settled: bool = False
