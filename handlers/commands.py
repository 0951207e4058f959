"""Slash commands: the text is parsed at once, a mistake is answered in the acknowledgement, an intent is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.payload_utils import is_slash_command
from slack_bolt.response import BoltResponse

from bot.cards import answers
from bot.core.delivery import Answer, Delivery, Source
from bot.core.grammar import Mistake, parse
from bot.core.grammar.redact import redacted
from bot.intake import Intake, identity


class Commands(AsyncMiddleware):
    """Takes every slash command of this app, by whatever name: a team that had to rename it needs no other setting.

    A middleware, for most of what comes in is commands, and a listener would cost as much again as all of this: Bolt
    looks up a token, tries every matcher and gathers some forty arguments, none of which a command needs.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - Bolt passes it
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse:
        """The acknowledgement; what is no command goes on to Bolt's listeners."""
        if not is_slash_command(req.body):
            return await next()
        try:
            answer = await self._take(req)
        except ValueError:
            return BoltResponse(status=400, body="the command is not readable")
        if answer is None:
            return BoltResponse(status=200)
        told = {"response_type": "ephemeral", "text": answer.text, "blocks": list(answer.blocks)}
        return BoltResponse(status=200, body=told)

    async def _take(self, req: AsyncBoltRequest) -> Answer | None:
        """What to say at once. Raises ValueError for a body whose fields are no texts, which Slack never sends."""
        body: dict[str, Any] = req.body
        text = body.get("text") or ""
        if not isinstance(text, str):
            raise ValueError("text")  # noqa: TRY004 - as pydantic says it of the other fields
        parsed = parse(text)
        if isinstance(parsed, Mistake):
            return answers.mistake(parsed)
        receipt = await self._intake.accept(Delivery(
            id=identity(req.headers, body), source=Source.COMMAND, team=body.get("team_id") or "",
            enterprise=body.get("enterprise_id") or "",
            user=body.get("user_id") or "", channel=body.get("channel_id") or "", intent=parsed,
            typed=redacted(text),
            response_url=body.get("response_url") or "", trigger=body.get("trigger_id") or "",
        ))  # fmt: skip
        return receipt.told
