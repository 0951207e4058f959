"""Trouble on demand: answers that fail, are late, cut or missing, and calls held in flight."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import responses
from typing import Final, Literal

from aiohttp import web

from bot.core.flow import Wire
from bot.sandbox.aiven.calls import Call, Pattern
from bot.sandbox.aiven.model import SECRET
from bot.sandbox.aiven.wire import error_body

RATE_LIMITED: Final = "The user has sent too many requests in a given amount of time: Rate limit 120 exceeded"
"""Seen in terraform-provider-aiven issue 575; there it goes on with ` - try again in 28s`."""

MESSAGES: Final = {
    401: "Missing (expired) db token",
    403: "Not a project member",
    429: RATE_LIMITED,
    503: "An error occurred. Please try again later.",
}
"""Real messages of Aiven, from public threads; other statuses say their HTTP name."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong with the next `times` calls (`None`: all) that match `method` and `path`.

    The call is answered with `status` and `message` in Aiven's error body, or as one of these says:
    `wait_text_seconds` tells the wait in the message of a 429, `retry_after_header` in a header; `html` is a
    load balancer's page; `body` is sent as it is; `errors_in_200` reports a failure in a 200; `token_in_body`
    puts the caller's token in the message and a password elsewhere.

    `delay` seconds pass before the call is handled. `drop` resets the connection instead of answering, before
    or after the call took effect; `truncated` sends half of the answer and hangs up. With `apply` the call
    takes effect first and the trouble, the delay included, comes after. Without an answer of its own, a fault
    lets the real one through.
    """

    method: str = "*"
    path: str = "*"
    times: int | None = 1
    status: int | None = None
    message: str | None = None
    retry_after_header: str | int | None = None
    wait_text_seconds: int | None = None
    html: bool = False
    delay: float = 0.0
    drop: Literal["before", "after"] | None = None
    body: bytes | None = None
    truncated: bool = False
    errors_in_200: bool = False
    token_in_body: bool = False
    apply: bool = False

    def takes(self, call: Call) -> bool:
        """Whether the fault hits this call; if so one of its `times` is used up."""
        if self.times == 0 or not Pattern(method=self.method, path=self.path).matches(call):
            return False
        if self.times is not None:
            self.times -= 1
        return True

    @property
    def comes_after(self) -> bool:
        """Whether the call takes effect before the trouble begins."""
        return self.apply or self.drop == "after"

    @property
    def lets_through(self) -> bool:
        """Whether the call is handled at all."""
        return self.drop != "before" and (self.comes_after or self._status() is None)

    def answer(self, token: str) -> web.Response | None:
        """What is sent instead of the real answer; `None` where the fault has no answer of its own."""
        status = self._status()
        if status is None:
            return None
        headers = {} if self.retry_after_header is None else {"retry-after": str(self.retry_after_header)}
        if self.html:
            page = f"<html><body><h1>{status} {_phrase(status)}</h1></body></html>\n"
            return web.Response(status=status, headers=headers, text=page, content_type="text/html")
        if self.body is not None:
            return web.Response(status=status, headers=headers, body=self.body, content_type="application/json")
        return web.json_response(self._error(status, token), status=status, headers=headers)

    def _status(self) -> int | None:
        defaults = (
            (self.html, HTTPStatus.REQUEST_TIMEOUT),
            (self.body is not None or self.errors_in_200, HTTPStatus.OK),
            (
                self.wait_text_seconds is not None or self.retry_after_header is not None,
                HTTPStatus.TOO_MANY_REQUESTS,
            ),
            (self.message is not None or self.token_in_body, HTTPStatus.INTERNAL_SERVER_ERROR),
        )
        return self.status or next((status for wanted, status in defaults if wanted), None)

    def _error(self, status: int, token: str) -> Wire:
        failed = HTTPStatus.INTERNAL_SERVER_ERROR if self.errors_in_200 else status
        message = self.message or MESSAGES.get(failed) or _phrase(failed)
        if self.wait_text_seconds is not None:
            message += f" - try again in {self.wait_text_seconds}s"
        if not self.token_in_body:
            return error_body(failed, message)
        uri = f"https://avnadmin:{SECRET}@kafka.example.com:9093"
        return error_body(failed, f"{message}: authorization aivenv1 {token}") | {"service_uri": uri}


NO_FAULT: Final = Fault()


def hang_up(request: web.Request) -> web.Response:
    """Resets the connection; the response that is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def cut_short(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Promises the whole body in `content-length`, sends the first half and closes the connection."""
    body = response.body if isinstance(response, web.Response) else None
    whole = bytes(body) if isinstance(body, bytes | bytearray) else b""
    headers = {"content-type": response.content_type, "content-length": str(len(whole))}
    half = web.StreamResponse(status=response.status, headers=headers)
    await half.prepare(request)
    await half.write(whole[: len(whole) // 2])
    if request.transport is not None:
        request.transport.close()
    return half


def _phrase(status: int) -> str:
    return responses.get(status, "Unknown Error")


@dataclass(slots=True, kw_only=True)
class Hold:
    """Keeps one call in flight: the first that matches, before it takes effect or `after`.

    `arrived` is set, and `call` says which one it is, as soon as it is held; it goes on at `release()`.
    """

    pattern: Pattern
    after: bool
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    call: Call | None = None
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Lets the call go on; a hold that has not caught any yet will catch none."""
        self._released.set()

    def wants(self, call: Call) -> bool:
        """Whether the hold is still free and the call matches."""
        return self.call is None and not self._released.is_set() and self.pattern.matches(call)

    async def keep(self, call: Call) -> None:
        """Returns when the hold is released."""
        self.call = call
        self.arrived.set()
        await self._released.wait()
