"""A request for a change and its life: (Request, what happened) -> Request | Refusal.

pending -> approved -> applying -> applied | failed | unknown; out of pending and approved also denied, cancelled,
expired and stale. A request that waits for Aiven is approved, one whose approvals no longer count is pending again. One
for several flows is approved again after each of them. A change for a while is holding until it is taken back, by the
same steps the other way round: then it is reverted, or kept if that was not to be.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from bot.core.batch import Batch
from bot.core.flow import Frozen
from bot.core.giving import Giving
from bot.core.intent import Verdict
from bot.core.plan import Plan, Timing
from bot.core.policy import Needs
from bot.core.preflight.finding import Finding
from bot.core.undoing import reverse
from bot.core.watching import Watch


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
    HOLDING = "holding"
    REVERTED = "reverted"
    KEPT = "kept"


DECIDABLE: Final = frozenset({State.PENDING, State.APPROVED})
OPEN: Final = DECIDABLE | {State.APPLYING, State.HOLDING}
EFFECTIVE: Final = frozenset({State.APPLIED, State.REVERTED, State.KEPT})
"""How a change ends that was made."""

REVERT_WITHIN: Final = timedelta(days=1)
"""How long taking back is tried, once its time has come."""


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

    `done`: how many of its flows are changed, or taken back once it is `reverting`; `past_attempts`: the writes that
    this took. `revert_at`: when it is taken back, `announced`: that people were told so. `undoes`: the request whose
    change it takes back. `watch`: how its change is landing, once a write of ours has made it.
    """

    number: int
    state: State = State.PENDING
    version: int = 1
    by: str
    reason: str = ""
    channel: str
    plan: Plan | Batch | Giving
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
    done: int = 0
    past_attempts: int = 0
    reverting: bool = False
    revert_at: datetime | None = None
    announced: bool = False
    undoes: int | None = None
    findings: tuple[Finding, ...] = ()
    note: str = ""
    outcome: str = ""
    watch: Watch | None = None

    @property
    def steps(self) -> tuple[Plan, ...]:
        """What is carried out, flow by flow, in the direction in which it goes now; nothing for a role."""
        if isinstance(self.plan, Giving):
            return ()
        if not self.reverting:
            return self.plan.plans
        return tuple(back for each in reversed(self.plan.plans) if (back := reverse(each).plan) is not None)

    @property
    def flow_plan(self) -> Plan:
        """The change that is carried out now, or was the last one; of a request for changes of flows."""
        if not self.steps:
            raise TypeError("this request changes no flow")
        return self.steps[min(self.done, len(self.steps) - 1)]

    @property
    def timing(self) -> Timing:
        """When it is made, and for how long."""
        return Timing() if isinstance(self.plan, Giving) else self.plan.timing

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
        """The last version; but once a flow is changed the next one follows, and what is for a while holds."""
        done = self.done + (state is State.APPLIED)
        if state is State.APPLIED and done < len(self.steps):
            return self._next(now, state=State.APPROVED, done=done, note=f"{self._counted(done)}: {outcome}")
        if state is State.APPLIED and self.timing.lasting is not None and not self.reverting:
            if self.attempts or self.past_attempts:
                return self._held(now, outcome)
            outcome = f"{outcome} It was not made here, so it is not taken back."
        if self.reverting:
            state = _TAKEN_BACK.get(state, State.KEPT)
        return self.moved(now, state=state, outcome=self._told(state, outcome), done=done)

    def taken_back(self, now: datetime, **changes: object) -> Self:
        """Holding no longer: from now on its changes are taken back."""
        changes = {"note": "It is taken back now.", "expires_at": now + REVERT_WITHIN, **changes}
        return self._next(now, state=State.APPROVED, reverting=True, done=0, **changes)

    def _held(self, now: datetime, outcome: str) -> Self:
        until = now + timedelta(seconds=self.timing.lasting or 0)
        return self._next(now, state=State.HOLDING, done=0, revert_at=until, note=outcome)

    def _next(self, now: datetime, **changes: object) -> Self:
        """What follows on a write that is over."""
        fresh = {"attempts": 0, "fence": None, "sent_at": None, "still_running": False, "waits": 0}
        return self.moved(now, **{**fresh, "past_attempts": self.past_attempts + self.attempts, **changes})

    def _counted(self, done: int) -> str:
        return f"{self.flow_plan.ref.pair} ({done} of {len(self.steps)})"

    def _told(self, state: State, outcome: str) -> str:
        """The outcome, with what else has to be known of a change of several flows, or of one for a while."""
        if self.reverting:
            return f"{_BACK.get(state, _KEPT)} {outcome}"
        if len(self.steps) < _SEVERAL or state is State.APPLIED or (state in _UNTOUCHED and not self.done):
            return outcome
        left = len(self.steps) - self.done - 1
        before = f" Before it {_flows(self.done)} changed." if self.done else ""
        after = f" After it {_flows(left)} not touched." if left else ""
        return f"Stopped at {self._counted(self.done + 1)}: {outcome}{before}{after}"


def _flows(count: int) -> str:
    return "1 flow is" if count == 1 else f"{count} flows are"


_TAKEN_BACK: Final = {State.APPLIED: State.REVERTED, State.UNKNOWN: State.UNKNOWN}
_UNTOUCHED: Final = frozenset({State.CANCELLED, State.DENIED, State.EXPIRED})
_BACK: Final = {
    State.REVERTED: "Applied, and taken back.",
    State.UNKNOWN: "Applied; whether it was taken back cannot be told.",
}
_KEPT: Final = "Applied, and not taken back."
_SEVERAL: Final = 2


class Refusal(Frozen):
    """Why something cannot be done to a request; `settled` when it was done before, so that a repeat does no harm."""

    why: str
    settled: bool = False
