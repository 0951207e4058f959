"""Trouble on demand: Web API calls, response_url posts and websockets that are refused, late or cut off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from aiohttp import web


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong with the next `times` calls (None: all) of `method` (`*`: any).

    `error` is Slack's word in a 200; `status` an HTTP status; `retry_after` seconds make it a 429; `body` is sent as
    it is. `delay` seconds pass first. `drop` resets the connection before or after the call took effect. A call
    with an answer of its own has no effect; one that is only late or dropped "after" has.
    """

    method: str
    times: int | None = 1
    error: str | None = None
    status: int | None = None
    retry_after: float | None = None
    delay: float = 0.0
    drop: Literal["before", "after"] | None = None
    body: str | None = None

    def takes(self, method: str) -> bool:
        """Whether the fault hits this call; if so one of its `times` is used up."""
        if self.times == 0 or self.method not in {"*", method}:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def answer(self) -> web.Response | None:
        """What is sent instead of the real answer; None where the fault has none."""
        status = self.status or (HTTPStatus.TOO_MANY_REQUESTS if self.retry_after is not None else HTTPStatus.OK)
        late = status == HTTPStatus.TOO_MANY_REQUESTS
        headers = {"Retry-After": f"{1 if self.retry_after is None else self.retry_after:g}"} if late else {}
        if self.body is not None:
            kind = "application/json" if self.body.startswith("{") else "text/plain"
            return web.Response(status=status, headers=headers, text=self.body, content_type=kind)
        error = self.error or ("ratelimited" if late else None)
        if error is not None:
            return web.json_response({"ok": False, "error": error}, status=status, headers=headers)
        return None if status == HTTPStatus.OK else web.Response(status=status, text=f"{status}")


def armed(faults: Iterable[Fault], method: str) -> Fault | None:
    """The first fault that hits this call; one of its `times` is used up."""
    return next((each for each in faults if each.takes(method)), None)


def hang_up(request: web.Request) -> web.Response:
    """Resets the connection; the response that is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
