"""What a Slack workspace consists of: people, channels, groups, messages, views."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = dict[str, Any]
"""A JSON object, as it travels."""

SLACKBOT: Final = "USLACKBOT"
"""Slackbot's `is_bot` is false (docs.slack.dev/reference/objects/user-object)."""

Via = Literal["api", "response_url", "ack", "person"]


def parts(block: Json) -> list[Json]:
    """What stands in a block, interactive or not."""
    inside = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
    return [each for each in inside if isinstance(each, dict)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The workspace, the app in it, and the app's secrets; all invented, worth nothing elsewhere."""

    team_id: str
    team_domain: str
    enterprise_id: str | None
    app_id: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    app_token: str
    signing_secret: str

    @property
    def web_url(self) -> str:
        """Where people open the workspace; permalinks begin with it."""
        return f"https://{self.team_domain}.slack.com/"

    def team(self) -> Json:
        """The `team` of an interaction payload."""
        enterprise = {"enterprise_id": self.enterprise_id} if self.enterprise_id else {}
        return {"id": self.team_id, "domain": self.team_domain, **enterprise}

    def enterprise(self) -> Json | None:
        """The `enterprise` of an interaction payload."""
        return {"id": self.enterprise_id, "name": self.enterprise_id} if self.enterprise_id else None


@dataclass(slots=True, kw_only=True)
class User:
    """A person or bot. `is_stranger`: from another workspace, seen through a shared channel; `tz` an IANA name.

    `enterprise_id`: the organisation of somebody in an Enterprise Grid, `account_of` the id of the person there.
    """

    id: str
    name: str
    team_id: str
    real_name: str = ""
    tz: str = "Etc/UTC"
    tz_offset: int = 0
    deleted: bool = False
    is_admin: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    enterprise_id: str | None = None
    account_of: str = ""

    @property
    def is_app_or_bot(self) -> bool:
        """Whether nobody reads its direct messages."""
        return self.is_bot or self.id == SLACKBOT

    def wire(self) -> Json:
        """The user object; Slack sends less of deactivated users, and `is_stranger` only where it is true."""
        shown = self.real_name or self.name
        brief = {
            "id": self.id, "team_id": self.team_id, "name": self.name, "deleted": self.deleted,
            "is_bot": self.is_bot, "is_app_user": False, "updated": 1_700_000_000,
            "profile": {"real_name": shown, "display_name": self.name, "team": self.team_id},
        }  # fmt: skip
        if self.deleted:
            return brief
        stranger = {"is_stranger": True} if self.is_stranger else {}
        return brief | stranger | self._grid() | {
            "real_name": shown, "tz": self.tz, "tz_label": self.tz, "tz_offset": self.tz_offset,
            "is_admin": self.is_admin, "is_owner": False, "is_primary_owner": False,
            "is_restricted": self.is_restricted, "is_ultra_restricted": self.is_ultra_restricted,
        }  # fmt: skip

    def _grid(self) -> Json:
        if not (self.enterprise_id or self.account_of):
            return {}
        return {"enterprise_user": {
            "id": self.account_of or f"W{self.id[1:]}", "enterprise_id": self.enterprise_id, "teams": [self.team_id],
        }}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel or, with `im_user`, a direct message between the bot and that person."""

    id: str
    name: str
    private: bool = False
    members: set[str] = field(default_factory=set)
    archived: bool = False
    is_ext_shared: bool = False
    im_user: str | None = None

    @property
    def shown_name(self) -> str:
        """The `channel_name` of a slash command."""
        if self.im_user:
            return "directmessage"
        return "privategroup" if self.private else self.name

    def wire(self, bot: str) -> Json:
        """The conversation object as the bot gets it."""
        if self.im_user:
            return {
                "id": self.id,
                "is_im": True,
                "user": self.im_user,
                "is_archived": False,
                "is_org_shared": False,
            }
        return {
            "id": self.id, "name": self.name, "name_normalized": self.name, "is_im": False, "is_mpim": False,
            "is_channel": not self.private, "is_group": False, "is_private": self.private,
            "is_archived": self.archived, "is_member": bot in self.members, "is_general": False,
            "is_shared": self.is_ext_shared, "is_ext_shared": self.is_ext_shared, "is_org_shared": False,
        }  # fmt: skip


@dataclass(slots=True, kw_only=True)
class UserGroup:
    """A user group; `handle` without the @."""

    id: str
    handle: str
    users: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Surface:
    """What holds blocks: a message or a view. `state` is what people have chosen, by block_id and action_id."""

    blocks: list[Json] = field(default_factory=list)
    state: dict[str, dict[str, Json]] = field(default_factory=dict)

    def elements(self) -> Iterator[tuple[str, Json]]:
        """Every interactive element with the id of its block, in the order of reading."""
        for block in self.blocks:
            for element in parts(block):
                if "action_id" in element:
                    yield block["block_id"], element

    def find(self, action_id: str, block_id: str | None = None) -> list[tuple[str, Json]]:
        """The elements with that action_id (in that block)."""
        return [
            (block, element)
            for block, element in self.elements()
            if element["action_id"] == action_id and block_id in {None, block}
        ]


@dataclass(slots=True, kw_only=True)
class Message(Surface):
    """One message. `ephemeral_to`: the only person who sees it; `edits` counts changes; `ts` in Slack's form."""

    channel: str
    ts: str
    user: str
    via: Via
    text: str = ""
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    deleted: bool = False
    edits: int = 0
    metadata: Json | None = None

    def wire(self, workspace: Workspace) -> Json:
        """The message object of answers and payloads."""
        wire: Json = {
            "type": "message",
            "user": self.user,
            "ts": self.ts,
            "text": self.text,
            "team": workspace.team_id,
        }
        if self.user == workspace.bot_user_id:
            wire |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id}
        extra = {"blocks": self.blocks, "thread_ts": self.thread_ts, "metadata": self.metadata}
        return wire | {key: value for key, value in extra.items() if value}

    def __str__(self) -> str:
        """One line for people."""
        whom = f" only for {self.ephemeral_to}" if self.ephemeral_to else ""
        gone = " (deleted)" if self.deleted else ""
        kinds = ", ".join(block["type"] for block in self.blocks)
        return f"{self.channel} {self.ts} {self.user}{whom}{gone}: {html.unescape(self.text)!r} [{kinds}]"


@dataclass(slots=True, kw_only=True)
class View(Surface):
    """An open modal or a published Home tab; `payload` is the view as the app gave it, without its blocks."""

    id: str
    user: str
    hash: str
    payload: Json
    root_id: str
    previous_id: str | None = None

    @property
    def title(self) -> str:
        """The modal's title."""
        return str(self.payload.get("title", {}).get("text", ""))

    @property
    def private_metadata(self) -> str:
        """What the app hid in it."""
        return str(self.payload.get("private_metadata", ""))

    def wire(self, workspace: Workspace) -> Json:
        """The view object of answers and payloads."""
        defaults: Json = {
            "private_metadata": "", "callback_id": "", "external_id": "", "close": None, "submit": None,
            "clear_on_close": False, "notify_on_close": False,
        }  # fmt: skip
        return defaults | self.payload | {
            "id": self.id, "team_id": workspace.team_id, "app_id": workspace.app_id, "bot_id": workspace.bot_id,
            "app_installed_team_id": workspace.team_id, "hash": self.hash, "root_view_id": self.root_id,
            "previous_view_id": self.previous_id, "blocks": self.blocks, "state": {"values": self.state},
        }  # fmt: skip
