"""What every use case works with, and what it hands back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.aiven.client import AivenClient
from bot.cards import answers
from bot.cards.kit import Block
from bot.core.access import Access, decide
from bot.core.access import Answer as Judgement
from bot.core.audit import Note
from bot.core.delivery import Answer, Delivery
from bot.core.people import Person, Profile, bar
from bot.core.policy import Policy
from bot.core.request import Request
from bot.core.rights import Kind, Right
from bot.store.access import AccessStore
from bot.store.commit import Commit
from bot.store.redis import Store
from bot.store.requests import Card


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a command means that does not say it; `channel`: where cards go (None: where it was asked).

    `keep`: how long requests that ended, and audit entries, are kept.
    """

    project: str | None = None
    service: str | None = None
    channel: str | None = None
    keep: timedelta = timedelta(days=365)


class Directory(Protocol):
    """Who is who, as Slack says; remembered for a little while."""

    async def profile(self, user: str) -> Profile:
        """A user. Raises UnsureError when Slack cannot be asked."""

    async def members(self, groups: Iterable[str]) -> tuple[Mapping[str, frozenset[str]], tuple[str, ...]]:
        """The members of these user groups, and which groups could not be read."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The ports of the use cases. `teams`: the ids of our workspace and organisation; everybody else is a stranger."""

    store: Store
    access: AccessStore
    aiven: AivenClient
    directory: Directory
    teams: frozenset[str]
    defaults: Defaults = Defaults()
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    @property
    def now(self) -> datetime:
        """The store's time."""
        return self.store.clock.now()

    async def people(self, users: Iterable[str], access: Access, policy: Policy) -> dict[str, Person]:
        """Who these users are at this moment. Raises UnsureError when that cannot be told."""
        groups = policy.slack_groups | access.slack_groups
        members, unread = await self.directory.members(groups)
        return {user: await self._person(user, members, unread, policy) for user in dict.fromkeys(users)}

    async def _person(
        self, user: str, members: Mapping[str, frozenset[str]], unread: tuple[str, ...], policy: Policy
    ) -> Person:
        profile = await self.directory.profile(user)
        groups = policy.groups_of(user, frozenset(group for group, users in members.items() if user in users))
        return Person(user, groups, bar(profile, self.teams), unread, profile.account_of)


@dataclass(frozen=True, slots=True)
class Case:
    """One delivery with the grants and the policy that it is judged by, and the request that it is about, if any."""

    desk: Desk
    delivery: Delivery
    access: Access
    policy: Policy
    person: Person
    now: datetime
    request: Request | None = None
    card: Card | None = None

    @property
    def user(self) -> str:
        """Who asks."""
        return self.delivery.user

    def may(self, right: Right, place: str, kind: Kind = Kind.REQUEST) -> Judgement:
        """Whether the one who asks holds a right at a place."""
        return decide(self.access, self.person, right, kind, place, self.now)

    def note(self, subject: str, action: str, acting_for: str = "", **details: str | int | bool | None) -> Note:
        """An audit note about what this person does, `acting_for` the one who asked for what it is about."""
        return Note(
            tag=f"{self.delivery.source}:{subject.partition('/')[0]}:{action}", by=self.user, at=self.now,
            subject=subject, acting_for=acting_for or self.user, channel=self.delivery.channel,
            policy=self.policy.digest, details=dict(details),
        )  # fmt: skip

    def refuse(self, subject: str, action: str, what: str, why: str) -> Handled:
        """A no to somebody who asked for power: they get the reason, the audit log an entry."""
        commit = Commit()
        commit.note(self.note(subject, f"{action}.refused", why=why))
        return Handled(answers.no(what, why), commit)


@dataclass(frozen=True, slots=True)
class Handled:
    """What comes of a delivery: the answer (None: the card says it), what to commit with it, a form to open.

    `asked`: the request that was made; `goes_on`: one that is to be taken further at once, by the one who commits.
    """

    answer: Answer | None
    commit: Commit | None = None
    form: Block | None = None
    goes_on: Request | None = None
    asked: Request | None = None


class AnswerError(Exception):
    """Ends a use case with an answer for the person; nothing is committed."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer
