"""Who somebody is, as far as decisions go: an id, the groups that it is in, and what bars it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

EVERYONE: Final = "everyone"
"""The subject of a grant that is for everybody who is not barred."""


@dataclass(frozen=True)
class Person:
    """A user at a moment. `groups`: ids of Slack user groups, and names of groups of the policy.

    `identity` is the same for all accounts of one person, as far as Slack tells. `barred` says why this person holds no
    right at all (a guest, say). `unread` names groups whose members could not be read: what they give does not count.
    """

    user: str
    groups: frozenset[str] = frozenset()
    barred: str = ""
    unread: tuple[str, ...] = ()
    account_of: str = ""

    @property
    def identity(self) -> str:
        """What decisions are counted by."""
        return self.account_of or self.user

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """What grants and rules may name this person by; nothing for who is barred."""
        return () if self.barred else (self.user, *sorted(self.groups), EVERYONE)


USER_ID: Final = r"[UW][A-Z0-9_]+"
GROUP_ID: Final = r"S[A-Z0-9_]+"
"""Slack's ids of users and of user groups (docs.slack.dev)."""

GROUP_NAME: Final = r"[a-z][a-z0-9-]{0,39}"
"""How groups and roles of the policy are named."""


def spoken(subject: str) -> str:
    """A subject as Slack shows it: a mention of a user or user group, else the name as it is."""
    if re.fullmatch(USER_ID, subject):
        return f"<@{subject}>"
    return f"<!subteam^{subject}>" if re.fullmatch(GROUP_ID, subject) else subject


People = Mapping[str, Person]
"""Those who matter for a decision, by user id. Who is missing is in no group."""


class UnsureError(Exception):
    """It cannot be told now who somebody is, so nothing is decided; a later try may work."""


class Profile(NamedTuple):
    """What Slack says of a user that matters here (docs.slack.dev/reference/objects/user-object)."""

    teams: frozenset[str]
    account_of: str = ""
    deleted: bool = False
    bot: bool = False
    guest: bool = False
    stranger: bool = False
    zone: str = "UTC"


def bar(profile: Profile, ours: frozenset[str]) -> str:
    """Why somebody holds no right at all, empty when nothing is in the way. `ours`: our workspace and organisation."""
    if profile.deleted:
        return "this account is deactivated"
    if profile.bot:
        return "bots hold no right"
    if profile.stranger or profile.teams.isdisjoint(ours):
        return "you are not of my workspace"
    return "guests hold no right" if profile.guest else ""


def known(people: People, user: str) -> Person:
    """This user among those who are known."""
    return people.get(user) or Person(user)
