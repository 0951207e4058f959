"""The payloads that Slack sends (docs.slack.dev/reference/interaction-payloads, …/reference/events)."""

from __future__ import annotations

import secrets
from typing import Final

from bot.sandbox.slack.inputs import STATEFUL, entered, option
from bot.sandbox.slack.model import Channel, Json, Message, User, View
from bot.sandbox.slack.world import World

VERIFICATION_TOKEN: Final = "deprecated-verification-token"  # noqa: S105 - part of every payload, means nothing


class Payloads:
    """Builds payloads from the world as it stands."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._own = world.workspace

    def command(self, user: User, channel: Channel, command: str, text: str) -> Json:
        """A slash command, before its trigger_id and response_url."""
        own = self._own
        enterprise = {"enterprise_id": own.enterprise_id, "enterprise_name": own.enterprise_id}
        return {
            "token": VERIFICATION_TOKEN, "team_id": own.team_id, "team_domain": own.team_domain,
            **(enterprise if own.enterprise_id else {}),
            "channel_id": channel.id, "channel_name": channel.shown_name,
            "user_id": user.id, "user_name": user.name, "command": command, "text": text,
            "api_app_id": own.app_id, "is_enterprise_install": "false",
        }  # fmt: skip

    def interaction(self, kind: str, user: User) -> Json:
        """What all interactions have in common."""
        own = self._own
        who = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}
        return {
            "type": kind, "user": who, "api_app_id": own.app_id, "token": VERIFICATION_TOKEN,
            "team": own.team(), "enterprise": own.enterprise(), "is_enterprise_install": False,
        }  # fmt: skip

    def in_message(self, message: Message) -> Json:
        """Where a click in a message was; an ephemeral message itself is not sent along."""
        channel = self._world.channels[message.channel]
        whole = {} if message.ephemeral_to else {"message": message.wire(self._own)}
        return {
            "container": {
                "type": "message", "message_ts": message.ts, "channel_id": message.channel,
                "is_ephemeral": message.ephemeral_to is not None,
                **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            },
            "channel": {"id": channel.id, "name": channel.shown_name}, **whole,
            "state": {"values": message.state},
        }  # fmt: skip

    def in_view(self, view: View) -> Json:
        """Where a click in a modal or Home tab was."""
        return {"container": {"type": "view", "view_id": view.id}, "view": view.wire(self._own)}

    def action(self, block_id: str, element: Json, value: object) -> Json:
        """One entry of `actions`."""
        kept = ("type", "action_id", "text", "value", "style", "placeholder", "url")
        same = {key: element[key] for key in kept if key in element}
        if element["type"] in STATEFUL:
            same |= entered(element, value)
        elif element["type"] == "overflow":
            same["selected_option"] = option(element, value)
        return same | {"block_id": block_id, "action_ts": self._world.stamp()}

    def event(self, event: Json, event_id: str | None) -> Json:
        """The envelope of an event."""
        own = self._own
        whose = {
            "enterprise_id": own.enterprise_id, "team_id": own.team_id, "user_id": own.bot_user_id,
            "is_bot": True, "is_enterprise_install": False,
        }  # fmt: skip
        return {
            "type": "event_callback", "token": VERIFICATION_TOKEN, "team_id": own.team_id,
            "api_app_id": own.app_id, "event": event, "event_id": event_id or f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(self._world.clock()), "authorizations": [whose], "is_ext_shared_channel": False,
        }  # fmt: skip
