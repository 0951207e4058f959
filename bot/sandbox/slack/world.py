"""The workspace as it stands: who is there, what was said, what is open; and the bell that rings at each change."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.inputs import initial_state, with_ids
from bot.sandbox.slack.model import SLACKBOT, Channel, Json, Message, User, UserGroup, Via, View, Workspace

TRIGGER_SECONDS: Final = 3
RESPONSE_URL_SECONDS: Final = 30 * 60
RESPONSE_URL_USES: Final = 5
"""docs.slack.dev/interactivity/handling-user-interaction"""

_MICRO: Final = 1_000_000


class Bell:
    """Wakes everyone who waits for a change; no change between two looks is missed."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Something has changed."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def wait(self) -> None:
        """Returns at the next ring."""
        await self._rung.wait()


@dataclass(slots=True, kw_only=True)
class Trigger:
    """What a trigger_id stands for; `view_id` is set when it came from inside a view."""

    user: str
    made_at: float
    view_id: str | None = None
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Hook:
    """What a response_url stands for; `message` is the one that was clicked in, None for a command."""

    channel: str
    user: str
    made_at: float
    message: Message | None = None
    uses: int = 0


class World:
    """Everything there is. `clock` gives seconds since 1970; timestamps and expiry follow it."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float]) -> None:
        self.workspace = workspace
        self.clock = clock
        self.bell = Bell()
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self.messages: list[Message] = []
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.hooks: dict[str, Hook] = {}
        self._last = 0
        for user_id, name, is_bot in ((workspace.bot_user_id, "sluice", True), (SLACKBOT, "slackbot", False)):
            self.users[user_id] = User(id=user_id, name=name, team_id=workspace.team_id, is_bot=is_bot)

    def stamp(self) -> str:
        """A new timestamp in Slack's form, later than every other one."""
        self._last = max(self._last + 1, int(self.clock() * _MICRO))
        return f"{self._last // _MICRO}.{self._last % _MICRO:06}"

    def direct(self, user: str) -> Channel:
        """The direct message channel of the bot and a person; made at the first use."""
        found = next((each for each in self.channels.values() if each.im_user == user), None)
        if found is None:
            members = {user, self.workspace.bot_user_id}
            found = Channel(id=f"D{user[1:]}", name="", private=True, members=members, im_user=user)
            self.channels[found.id] = found
        return found

    def message(self, channel: str, ts: str) -> Message | None:
        """A message by its place, deleted and ephemeral ones included."""
        return next((each for each in self.messages if (each.channel, each.ts) == (channel, ts)), None)

    def post(self, channel: str, user: str, via: Via, content: Json, ephemeral_to: str | None = None) -> Message:
        """Adds a message; `content`: text, blocks, thread_ts, metadata as Slack has checked them."""
        message = Message(
            channel=channel, ts=self.stamp(), user=user, via=via, text=content.get("text") or "",
            blocks=with_ids(content.get("blocks") or []), thread_ts=content.get("thread_ts"),
            metadata=content.get("metadata"), ephemeral_to=ephemeral_to,
        )  # fmt: skip
        message.state = initial_state(message)
        self.messages.append(message)
        self.bell.ring()
        return message

    def edit(self, message: Message, content: Json) -> None:
        """Shows something else in a message; metadata that is not given stays."""
        message.text = content.get("text") or ""
        message.blocks = with_ids(content.get("blocks") or [])
        message.state = initial_state(message)
        message.metadata = content.get("metadata", message.metadata)
        message.edits += 1
        self.bell.ring()

    def new_trigger(self, user: str, view: View | None = None) -> str:
        """A trigger_id for something that a person did."""
        name = f"{int(self.clock() * 1000)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user=user, made_at=self.clock(), view_id=view.id if view else None)
        return name

    def exchange(self, name: Any) -> Trigger:  # noqa: ANN401 - whatever the app sent
        """Uses a trigger up; raises `SlackError` when it is unknown, used or too old."""
        trigger = self.triggers.get(str(name))
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock() - trigger.made_at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_hook(self, channel: str, user: str, message: Message | None = None) -> str:
        """The secret part of a response_url."""
        name = f"{self.workspace.team_id}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        self.hooks[name] = Hook(channel=channel, user=user, made_at=self.clock(), message=message)
        return name

    def use_hook(self, name: str) -> Hook:
        """Counts a use of a response_url; raises `SlackError` when there is none left."""
        hook = self.hooks.get(name)
        if hook is None or self.clock() - hook.made_at > RESPONSE_URL_SECONDS:
            raise SlackError("expired_url")
        if hook.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        hook.uses += 1
        return hook

    def open_view(self, view_id: str) -> View | None:
        """A view that is on somebody's screen, or a Home tab."""
        open_ones = [view for stack in self.stacks.values() for view in stack]
        return next((view for view in [*open_ones, *self.homes.values()] if view.id == view_id), None)

    def close(self, view: View, *, whole_stack: bool = False) -> None:
        """Takes a modal off the screen."""
        stack = self.stacks.get(view.user, [])
        stack[:] = [] if whole_stack else [each for each in stack if each is not view]
        self.bell.ring()
