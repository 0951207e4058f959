"""Slash commands: the text is parsed at once, a mistake is answered in the acknowledgement, an intent is stored."""

from __future__ import annotations

import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest

from bot.cards import answers
from bot.core.delivery import Answer, Delivery, Source
from bot.core.grammar import Mistake, parse
from bot.intake import Intake, identity

_ANY_COMMAND: Final = re.compile(r"/.+")
"""The manifest names the command; a team that had to rename it needs no other setting."""


def register(app: AsyncApp, intake: Intake) -> None:
    """Takes every slash command of this app."""

    @app.command(_ANY_COMMAND)
    async def command(ack: AsyncAck, body: dict[str, Any], req: AsyncBoltRequest) -> None:
        parsed = parse(body.get("text") or "")
        if isinstance(parsed, Mistake):
            answer: Answer | None = answers.mistake(parsed)
        else:
            answer = await intake.accept(Delivery(
                id=identity(req.headers, body), source=Source.COMMAND, team=body.get("team_id", ""),
                user=body.get("user_id", ""), channel=body.get("channel_id", ""), intent=parsed,
                typed=body.get("text") or "", response_url=body.get("response_url") or "",
                trigger=body.get("trigger_id") or "",
            ))  # fmt: skip
        if answer is None:
            await ack()
        else:
            await ack(text=answer.text, blocks=list(answer.blocks), response_type="ephemeral")
