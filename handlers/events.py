"""Events: Sluice subscribes to none, so whatever comes is acknowledged, or Slack would send it again for an hour."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.intake import Intake


def register(app: AsyncApp, intake: Intake) -> None:
    """Takes every event, and does nothing with it."""
    del intake

    @app.event(re.compile(".*"))
    async def event(ack: AsyncAck) -> None:
        await ack()
