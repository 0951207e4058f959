"""Who is who, asked of Slack and remembered for a while. Fails closed: what cannot be read gives no power."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from bot.core.people import Profile, UnsureError
from bot.sender import Sender, SlackAwayError, SlackError, SlackRefusedError

_log: Final = logging.getLogger(__name__)

_SLACKBOT: Final = "USLACKBOT"
_MOST: Final = 10_000
_CANNOT: Final = frozenset({
    "missing_scope", "unknown_method", "not_allowed_token_type", "status 404", "status 405", "status 501",
})  # fmt: skip
"""This installation cannot look people up at all: then the ids that Slack delivers with each click must do."""

_NOBODY: Final = frozenset({"user_not_found", "user_not_visible"})

_Value = TypeVar("_Value")


class _Memory(Generic[_Value]):
    """What was read, no older than `age`; of many the oldest is forgotten."""

    def __init__(self, now: Callable[[], datetime], age: timedelta) -> None:
        self._now = now
        self._age = age
        self._kept: dict[str, tuple[datetime, _Value]] = {}

    def get(self, key: str) -> _Value | None:
        read_at, value = self._kept.get(key, (None, None))
        return value if read_at is not None and self._now() - read_at < self._age else None

    def put(self, key: str, value: _Value) -> _Value:
        self._kept.pop(key, None)
        self._kept[key] = self._now(), value
        if len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]
        return value


class Directory:
    """Looks users and user groups up. `ours`: our team and organisation; `age`: how long an answer is believed."""

    def __init__(self, sender: Sender, ours: frozenset[str], now: Callable[[], datetime], age: timedelta) -> None:
        self._sender = sender
        self._ours = ours
        self._profiles: _Memory[Profile] = _Memory(now, age)
        self._members: _Memory[frozenset[str]] = _Memory(now, age)
        self._blind = False

    async def profile(self, user: str) -> Profile:
        """A user. Raises UnsureError when Slack cannot be asked."""
        return self._profiles.get(user) or self._profiles.put(user, await self._asked(user))

    async def _asked(self, user: str) -> Profile:
        try:
            return _profile(user, await self._sender.user(user), self._ours)
        except SlackAwayError as away:
            raise UnsureError(f"Slack could not tell me who <@{user}> is ({away})") from None
        except SlackRefusedError as refused:
            if refused.error in _CANNOT:
                self._say_blind(refused)
                return Profile(self._ours, bot=user == _SLACKBOT)
            if refused.error in _NOBODY:
                return Profile(frozenset())
            raise UnsureError(f"Slack does not tell me who <@{user}> is ({refused})") from None

    def _say_blind(self, refused: SlackRefusedError) -> None:
        """Once is enough."""
        if not self._blind:
            _log.warning("people cannot be looked up (%s); guests and deactivated users are not told apart", refused)
        self._blind = True

    async def members(self, groups: Iterable[str]) -> tuple[Mapping[str, frozenset[str]], tuple[str, ...]]:
        """The members of these user groups, and which groups could not be read."""
        found: dict[str, frozenset[str]] = {}
        unread = []
        for group in sorted(groups):
            try:
                kept = self._members.get(group)
                found[group] = (
                    self._members.put(group, await self._sender.group_members(group)) if kept is None else kept
                )
            except SlackError as error:
                _log.warning("the members of %s cannot be read: %s", group, error)
                unread.append(group)
        return found, tuple(unread)


def _profile(user: str, told: Mapping[str, Any], ours: frozenset[str]) -> Profile:
    """A user object by what matters; one that names no team is taken for ours, since we were asked by it."""
    grid = told.get("enterprise_user") or {}
    teams = {told.get("team_id"), told.get("enterprise_id"), grid.get("enterprise_id"), *(grid.get("teams") or ())}
    return Profile(
        teams=frozenset(str(team) for team in teams if team) or ours,
        account_of=str(grid.get("id") or ""),
        deleted=bool(told.get("deleted")),
        bot=bool(told.get("is_bot")) or user == _SLACKBOT,
        guest=bool(told.get("is_restricted") or told.get("is_ultra_restricted")),
        stranger=bool(told.get("is_stranger")),
        zone=str(told.get("tz") or "UTC"),
    )
