"""Deliveries over Socket Mode (docs.slack.dev/apis/events-api/using-socket-mode)."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final, Literal

from aiohttp import WSMsgType, web

from bot.sandbox.slack.delivery import FAILED, TIMED_OUT, Delivery, Parcel, parse
from bot.sandbox.slack.faults import Fault, armed, hang_up
from bot.sandbox.slack.methods import Methods
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.world import World

MAX_CONNECTIONS: Final = 10
CONNECTION_SECONDS: Final = 18_060
WEBSOCKET: Final = "websocket"
"""The `method` of faults that hit a connection."""

Reason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


class Sockets:
    """The open websockets of the app. An ack may come over another socket than its envelope went out on."""

    def __init__(self, world: World, base_url: Callable[[], str], ack_seconds: float, faults: Sequence[Fault]) -> None:
        self._world = world
        self._base_url = base_url
        self._ack_seconds = ack_seconds
        self._faults = faults
        self._tickets: set[str] = set()
        self._open: list[tuple[web.WebSocketResponse, web.Request]] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def methods(self) -> Methods:
        """The Web API method that leads here."""
        return {"apps.connections.open": self.issue}

    def routes(self) -> list[web.RouteDef]:
        """What the server has to listen to."""
        return [web.get("/link/", self._connect)]

    def issue(self, _: Json) -> Json:
        """An address that is good for one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        host = self._base_url().replace("http://", "ws://", 1)
        return {"url": f"{host}/link/?ticket={ticket}&app_id={self._world.workspace.app_id}"}

    async def send(self, parcel: Parcel) -> Delivery:
        """Sends an envelope over one socket, in turns, and waits for its ack."""
        if not self._open:
            return Delivery(error=FAILED)
        self._open.append(self._open.pop(0))
        socket, _ = self._open[-1]
        envelope = parcel.envelope()
        started = time.perf_counter()
        delivery = await self._attempt(socket, envelope)
        delivery.seconds = time.perf_counter() - started
        return delivery

    async def disconnect(self, reason: Reason) -> None:
        """Tells the app to reconnect; after a mere warning the sockets stay open until the app leaves them."""
        for socket, _ in list(self._open):
            notice = {"type": "disconnect", "reason": reason, "debug_info": {"host": "simulator"}}
            await socket.send_json(notice)
        if reason != "warning":
            await self.close()

    def drop(self) -> None:
        """Cuts all sockets without a word."""
        for _, request in self._leave():
            if request.transport is not None:
                request.transport.abort()

    async def close(self) -> None:
        """Closes all sockets properly."""
        for socket, _ in self._leave():
            await socket.close()

    def _leave(self) -> list[tuple[web.WebSocketResponse, web.Request]]:
        """The sockets that were open; from now on nothing is sent over them."""
        left, self._open = self._open, []
        self._world.bell.ring()
        return left

    async def _attempt(self, socket: web.WebSocketResponse, envelope: Json) -> Delivery:
        name = str(envelope["envelope_id"])
        acked = self._waiting[name] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(envelope)
            ack = await asyncio.wait_for(acked, self._ack_seconds)
        except TimeoutError:
            return Delivery(error=TIMED_OUT)
        except ConnectionError:
            return Delivery(error=FAILED)
        finally:
            del self._waiting[name]
        payload = ack.get("payload") if envelope["accepts_response_payload"] else None
        text = json.dumps(payload) if payload else ""
        return Delivery(status=HTTPStatus.OK, text=text, json=payload or None)

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.remove(ticket)
        return await self._trouble(request) or await self._serve(request)

    async def _trouble(self, request: web.Request) -> web.StreamResponse | None:
        """What happens instead of a connection; None when no fault is armed, or one that only makes it late."""
        fault = armed(self._faults, WEBSOCKET)
        if fault is None:
            return None
        self._world.bell.ring()
        await asyncio.sleep(fault.delay)
        return hang_up(request) if fault.drop else fault.answer()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self._open) >= MAX_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            return socket
        self._open.append((socket, request))
        try:
            await socket.send_json(self._hello())
            self._world.bell.ring()
            await self._read(socket)
        finally:
            self._open = [each for each in self._open if each[0] is not socket]
            self._world.bell.ring()
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello", "num_connections": len(self._open),
            "connection_info": {"app_id": self._world.workspace.app_id},
            "debug_info": {"host": "simulator", "approximate_connection_time": CONNECTION_SECONDS},
        }  # fmt: skip

    async def _read(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                ack = parse(message.data) or {}
                waiting = self._waiting.get(str(ack.get("envelope_id")))
                if waiting is not None and not waiting.done():
                    waiting.set_result(ack)
