"""Socket Mode: the same handlers over a websocket that we open."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Final

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

_PING_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 5.0
"""Less than slack_sdk pauses (`ping_interval`) before it tries the same address again."""

_GOODBYE_SECONDS: Final = 1.0
"""aiohttp waits ten for the other side's, which may be gone; Docker gives a stop no longer."""


class Socket(SocketModeClient):
    """Slack's websocket. Once it is open it connects again by itself.

    An address is good for one connection, but slack_sdk 3.47.0 tries the same one for ever. Here a try that fails is an
    error: at the start it is the caller's, later slack_sdk's monitor asks for another address at its next look.
    """

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        super().__init__(app_token, logger=app.logger, web_client=app.client, ping_interval=_PING_SECONDS)
        self._app = app
        self.socket_mode_request_listeners.append(self._take)

    async def open(self, address: str) -> None:
        """Connects to an address that Slack has just given. Raises ConnectionError."""
        self.wss_uri = address
        await self.connect()

    async def connect(self) -> None:
        """Connects; slack_sdk calls this too. Raises ConnectionError."""
        await self.disconnect()
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await super().connect()  # type: ignore[no-untyped-call]
        except TimeoutError:
            # slack_sdk turns this off while it connects; its monitor would not look after the connection any more.
            self.auto_reconnect_enabled = self.default_auto_reconnect_enabled
            why = "Slack's websocket does not open"
            raise ConnectionError(why) from None

    async def disconnect(self) -> None:
        """Closes the connection if there is one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await super().disconnect()  # type: ignore[no-untyped-call]

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        answer = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, answer, time.time())
