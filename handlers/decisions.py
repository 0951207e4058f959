"""Buttons: approve, deny and cancel on cards, and the pages of lists. What a click may do is judged later, anew."""

from __future__ import annotations

import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest

from bot.cards.answers import PAGE_ACTION
from bot.cards.request import APPROVE, CANCEL, DENY
from bot.core.delivery import Delivery, Source
from bot.core.grammar import Mistake, parse
from bot.core.intent import AskReason, Intent
from bot.intake import Intake, identity

_BUTTONS: Final = re.compile(rf"(?:{APPROVE}|{DENY}|{CANCEL}|{PAGE_ACTION}-\w+)")


def register(app: AsyncApp, intake: Intake) -> None:
    """Takes the clicks on our buttons. A click that could not be stored is not acknowledged, so that Slack says so."""

    @app.action(_BUTTONS)
    async def click(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], req: AsyncBoltRequest) -> None:
        intent = _intent(str(action.get("action_id")), str(action.get("value") or ""))
        if intent is None or await intake.accept(_delivery(body, intent, identity(req.headers, body))) is None:
            await ack()


def _intent(action_id: str, value: str) -> Intent | None:
    """What the button means; None for a value that none of our cards has."""
    page = action_id.startswith(PAGE_ACTION)
    parsed = parse(value if page else f"{action_id} {value}")
    if isinstance(parsed, Mistake):
        return None
    return AskReason(number=parsed.number) if action_id == DENY and parsed.kind == "decide" else parsed


def _delivery(body: dict[str, Any], intent: Intent, ident: str) -> Delivery:
    user, container = body.get("user") or {}, body.get("container") or {}
    channel = body.get("channel") or {}
    return Delivery(
        id=ident, source=Source.BUTTON, team=user.get("team_id") or (body.get("team") or {}).get("id") or "",
        user=user.get("id", ""), channel=channel.get("id") or container.get("channel_id") or "", intent=intent,
        response_url=body.get("response_url") or "", trigger=body.get("trigger_id") or "",
        message="" if container.get("is_ephemeral") else container.get("message_ts") or "",
        replace=bool(container.get("is_ephemeral")),
    )  # fmt: skip
