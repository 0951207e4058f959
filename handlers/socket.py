"""Socket Mode: the same handlers over a websocket that we open."""

from __future__ import annotations

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp


def socket(app: AsyncApp, app_token: str, url: str) -> AsyncSocketModeHandler:
    """A socket for the address that Slack gave, not yet open; once open it reconnects by itself.

    slack_sdk opens it for as long as it takes and never says that it cannot, so who opens it must watch for a stop.
    """
    handler = AsyncSocketModeHandler(app, app_token, web_client=app.client)
    handler.client.wss_uri = url
    return handler
