"""The Bolt application: Slack's deliveries, checked, in and to the handlers."""

from __future__ import annotations

import logging
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake import Intake
from handlers import decisions, events, forms
from handlers.commands import Commands

_log: Final = logging.getLogger(__name__)

_LISTENERS: Final = (decisions, events, forms)


def bolt_app(intake: Intake, client: AsyncWebClient, token: str, secret: str | None, we: dict[str, Any]) -> AsyncApp:
    """The application. `we`: what `auth.test` says for the bot's `token`; `secret`: what deliveries are signed with.

    It was asked at the start: Bolt's own way asks within the first delivery's three seconds.
    """
    result = AuthorizeResult(
        enterprise_id=we.get("enterprise_id"), team_id=we["team_id"], bot_id=we.get("bot_id"),
        bot_user_id=we.get("user_id"), bot_token=token,
    )  # fmt: skip

    async def authorize() -> AuthorizeResult:
        return result

    app = AsyncApp(
        signing_secret=secret,
        before_authorize=Commands(intake),
        authorize=authorize,
        client=client,
        # The answer waits for the listener: Bolt's other way polls for it, and loses it when the listener raises.
        process_before_response=True,
        # Else every logger of Bolt takes the root's level, and the lower ones tell whole request bodies.
        logger=logging.getLogger("slack_bolt"),
    )
    app.error(_log_kind)
    for handler in _LISTENERS:
        handler.register(app, intake)
    return app


async def _log_kind(error: Exception) -> BoltResponse:
    """Bolt's own handler logs the trace, which may hold what people wrote. Not acknowledged, so Slack says so."""
    _log.error("a delivery could not be taken: %s", type(error).__name__)
    return BoltResponse(status=500)
