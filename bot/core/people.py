"""Who somebody is, as far as decisions go: an id, the groups that it is in, and what bars it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

EVERYONE: Final = "everyone"
"""The subject of a grant that is for everybody who is not barred."""


@dataclass(frozen=True)
class Person:
    """A user at a moment. `groups`: ids of Slack user groups, and names of groups of the policy.

    `barred` says why this person holds no right at all (a guest, say). `unread` names groups whose members could not be
    read: what only they give does not count.
    """

    user: str
    groups: frozenset[str] = frozenset()
    barred: str = ""
    unread: tuple[str, ...] = ()

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """What grants and rules may name this person by; nothing for who is barred."""
        return () if self.barred else (self.user, *sorted(self.groups), EVERYONE)


USER_ID: Final = r"[UW][A-Z0-9_]+"
GROUP_ID: Final = r"S[A-Z0-9_]+"
"""Slack's ids of users and of user groups (docs.slack.dev)."""


def spoken(subject: str) -> str:
    """A subject as Slack shows it: a mention of a user or user group, else the name as it is."""
    if re.fullmatch(USER_ID, subject):
        return f"<@{subject}>"
    return f"<!subteam^{subject}>" if re.fullmatch(GROUP_ID, subject) else subject


People = Mapping[str, Person]
"""Those who matter for a decision, by user id. Who is missing is in no group."""


def known(people: People, user: str) -> Person:
    """This user among those who are known."""
    return people.get(user) or Person(user)
