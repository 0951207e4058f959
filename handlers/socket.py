"""Socket Mode: the same handlers over a websocket that we open."""

from __future__ import annotations

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp


async def connect(app: AsyncApp, app_token: str) -> AsyncSocketModeHandler:
    """Opens the socket; it reconnects by itself. Raises what slack_sdk raises when Slack refuses the token."""
    handler = AsyncSocketModeHandler(app, app_token, web_client=app.client)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    return handler
