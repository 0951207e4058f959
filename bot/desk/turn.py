"""One look at a request: what it is judged by, and how its next version is committed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.cards import notices
from bot.core import outcome
from bot.core.access import Access
from bot.core.audit import BOT, Note
from bot.core.policy import Policy
from bot.core.request import Request, State
from bot.core.waiting import wake
from bot.desk.desk import Desk
from bot.store import letters, requests
from bot.store.commit import Commit, Lease
from bot.store.letters import Letter


@dataclass(frozen=True, slots=True)
class Turn:
    """A look under a lease, with the grants and the policy that hold for it."""

    desk: Desk
    lease: Lease
    access: Access
    policy: Policy

    @property
    def now(self) -> datetime:
        """The store's time."""
        return self.desk.now

    def commit(self, was: Request, request: Request) -> Commit:
        """A commit of the next version, to which more may be added."""
        commit = Commit()
        commit.holding(self.lease)
        requests.change(commit, request, was)
        return commit

    async def move(
        self, was: Request, request: Request, action: str, at: datetime | None = None, commit: Commit | None = None
    ) -> None:
        """Commits a transition, with the audit note that tells it, and when to look next."""
        commit = commit or self.commit(was, request)
        if request.state is State.HOLDING and was.state is not State.HOLDING:
            letter = Letter(to=request.channel, answer=notices.holds(request), thread_of=request.number)
            letters.owe(commit, f"holds-{request.number}", letter, self.now)
        if request.is_open:
            commit.look(self.lease.item, at or wake(request, self.policy))
        news = request.state is not was.state or request.done != was.done or action == outcome.FREEZE
        if news or request.outcome:
            said = request.outcome or request.note
            commit.note(self.note(request, action, state=request.state, said=said))
        await self.desk.store.commit(commit)

    async def later(self, was: Request, then: outcome.Then) -> None:
        """Commits what the core made of it; nothing but the next look when that is the same request."""
        if then.request is was:
            await self.wait(then.at or wake(was, self.policy))
            return
        await self.move(was, then.request, then.action, then.at)

    async def wait(self, at: datetime) -> None:
        """Looks again then."""
        commit = Commit()
        commit.holding(self.lease)
        commit.look(self.lease.item, at)
        await self.desk.store.commit(commit)

    async def done(self) -> None:
        """Looks no more."""
        commit = Commit()
        commit.holding(self.lease)
        commit.done(self.lease.item)
        await self.desk.store.commit(commit)

    def note(self, request: Request, action: str, **details: str | int) -> Note:
        """An audit note about what the bot does for the requester."""
        return Note(
            tag=f"{BOT}:request:{action}", by=BOT, at=self.now, subject=f"request/{request.number}",
            acting_for=request.by, policy=self.policy.digest, details=dict(details),
        )  # fmt: skip
