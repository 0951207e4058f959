"""The HTTP side: Slack's signed deliveries, and the probes of whoever runs us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

EVENTS_PATH: Final = "/slack/events"
_BODY_MAX: Final = 1024 * 1024
_UNAVAILABLE: Final = 503
_BAD: Final = 400
_UNSIGNED: Final = 401
_TIMESTAMP: Final = "X-Slack-Request-Timestamp"

Probe = Callable[[], Awaitable[str | None]]
"""Why we are not ready, None when we are."""


def web_app(
    bolt: Callable[[], AsyncApp | None], not_ready: Probe, acknowledged: Callable[[float], None]
) -> web.Application:
    """The aiohttp application. `bolt` gives the Slack side once it is there; without one deliveries get a 503.

    `acknowledged` hears how many seconds each delivery took.
    """

    async def events(request: web.Request) -> web.Response:
        app = bolt()
        if app is None:
            return web.Response(status=_UNAVAILABLE, text="not ready")
        if not request.headers.get(_TIMESTAMP, "0").isdecimal():
            return web.Response(status=_UNSIGNED, text="the timestamp is no number")
        began = perf_counter()
        try:
            answer = await app.async_dispatch(await to_bolt_request(request))
        except (LookupError, ValueError, TypeError, AttributeError):
            # Bolt takes for granted that a body is Slack's; what our own listeners raise does not come out here.
            return web.Response(status=_BAD, text="the body is not readable")
        acknowledged(perf_counter() - began)
        return await to_aiohttp_response(answer)

    async def health(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def ready(_: web.Request) -> web.Response:
        why = await not_ready()
        return web.Response(text="ok") if why is None else web.Response(status=_UNAVAILABLE, text=why)

    application = web.Application(client_max_size=_BODY_MAX)
    application.add_routes(
        [
            web.post(EVENTS_PATH, events),
            web.get(EVENTS_PATH, health),
            web.get("/healthz", health),
            web.get("/readyz", ready),
        ]
    )
    return application


def metrics_app(text: Callable[[], Awaitable[bytes]], content_type: str) -> web.Application:
    """What a Prometheus reads, on a port of its own: the other one is open to all who can reach Slack's way in."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await text(), headers={"content-type": content_type})

    application = web.Application()
    application.add_routes([web.get("/metrics", metrics)])
    return application
