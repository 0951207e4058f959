"""The buttons of cards, of reports of drift, and of lists. What a click may do is judged later."""

from __future__ import annotations

import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest

from bot.cards.answers import PAGE_ACTION
from bot.cards.buttons import APPROVE, BREAK, CANCEL, DENY, REVIEW, UNDO
from bot.cards.drifts import ADOPT, PUT_BACK
from bot.core.delivery import Delivery, Source
from bot.core.grammar import Mistake, parse
from bot.core.intent import NO_REQUEST, AskReason, Decide, Intent, ListRequests, Undo, Verdict
from bot.core.remedy import NO_DRIFT, AdoptDrift, PutBack
from bot.intake import Intake, identity

_NUMBER: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_DRIFT: Final = re.compile(r"[0-9a-f]{1,16}", re.ASCII)
_BUTTONS: Final = re.compile(
    rf"(?:{APPROVE}|{DENY}|{CANCEL}|{BREAK}|{REVIEW}|{UNDO}|{ADOPT}|{PUT_BACK}|{PAGE_ACTION}-\w+)"
)


def register(app: AsyncApp, intake: Intake) -> None:
    """Takes the clicks on our buttons. A click that could not be stored is not acknowledged, so that Slack says so."""

    @app.action(_BUTTONS)
    async def click(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], req: AsyncBoltRequest) -> None:
        intent = _intent(str(action.get("action_id")), str(action.get("value") or ""))
        if (await intake.accept(_delivery(body, action, intent, identity(req.headers, body)))).kept:
            await ack()


def _intent(action_id: str, value: str) -> Intent:
    """What the button means. A value that none of our messages has means a request or drift that there is not."""
    if action_id.startswith(PAGE_ACTION):
        parsed = parse(value)
        return ListRequests() if isinstance(parsed, Mistake) else parsed
    if action_id in (ADOPT, PUT_BACK):
        ident = value if _DRIFT.fullmatch(value) else NO_DRIFT
        return AdoptDrift(ident=ident) if action_id == ADOPT else PutBack(ident=ident)
    number = int(value) if _NUMBER.fullmatch(value) else NO_REQUEST
    if action_id == UNDO:
        return Undo(number=number)
    if action_id in (DENY, REVIEW):
        return AskReason(number=number, verdict=Verdict(action_id))
    return Decide(number=number, verdict=Verdict(action_id))


def _delivery(body: dict[str, Any], action: dict[str, Any], intent: Intent, ident: str) -> Delivery:
    user, container = body.get("user") or {}, body.get("container") or {}
    channel, message = body.get("channel") or {}, body.get("message") or {}
    fleeting = bool(container.get("is_ephemeral"))
    return Delivery(
        id=ident, source=Source.BUTTON, team=user.get("team_id") or (body.get("team") or {}).get("id") or "",
        enterprise=(body.get("enterprise") or {}).get("id") or "",
        user=user.get("id", ""), channel=channel.get("id") or container.get("channel_id") or "", intent=intent,
        response_url=body.get("response_url") or "", trigger=body.get("trigger_id") or "",
        message="" if fleeting else container.get("message_ts") or message.get("ts") or "",
        block=action.get("block_id") or "", replace=fleeting,
    )  # fmt: skip
