"""The client of the Aiven API: how calls are sent, and what a failed one means. The one file that imports httpx.

Reads are tried again a few times; a write is sent once, and what a failed one means is for the caller to find out by
reading.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Self

import httpx

from bot import __version__
from bot.aiven import replies
from bot.aiven.calls import Calls
from bot.aiven.errors import AivenError, RateLimitedError, UnavailableError, UnknownOutcomeError
from bot.aiven.sharing import Shared
from bot.core.flow import Wire


class Patience(NamedTuple):
    """How many seconds an answer may take.

    For a write longer than Aiven needs for a slow one: who stops waiting early can no longer tell what became of it.
    """

    read: float = 20.0
    write: float = 60.0


PATIENCE: Final = Patience()

REPLY_MAX: Final = 16 * 1024 * 1024
_TRIES: Final = 3
_BACK_OFF: Final = 0.5
_PATIENCE: Final = 5.0
"""The longest wait (seconds) that a read takes upon itself; a longer one is handed to the caller."""

_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class AivenClient(Calls):
    """Talks to one Aiven API with one token. `sleep` and `transport` let tests do without time and network.

    `heard` is told of each call: its method, and the status of the answer if there was one. `shared` is for reads that
    may be a few seconds old, and those of before a write of ours are not among them.
    """

    def __init__(
        self,
        web_url: str,
        token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        heard: Callable[[str, int | None], None] = lambda *_: None,
        patience: Patience = PATIENCE,
    ) -> None:
        self._token = token
        self._sleep = sleep
        self._heard = heard
        self._patience = patience
        self.shared = Shared()
        self._http = httpx.AsyncClient(
            base_url=f"{web_url.rstrip('/')}/v1",
            headers={"authorization": f"aivenv1 {token}", "user-agent": f"sluice/{__version__}"},
            transport=transport,
            timeout=None,  # noqa: S113 - every call is bounded as a whole, below
            trust_env=False,
            follow_redirects=False,
        )

    def __repr__(self) -> str:
        return f"AivenClient({str(self._http.base_url)!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def _read(self, path: str, what: str, body: Wire | None = None) -> dict[str, Any]:
        for attempt in range(1, _TRIES + 1):
            try:
                return await self._ask(path, what, body)
            except (UnavailableError, RateLimitedError) as error:
                wait = error.wait if error.wait is not None else _BACK_OFF * 2**attempt * random.uniform(0.5, 1)  # noqa: S311
                if attempt == _TRIES or wait > _PATIENCE:
                    raise
            await self._sleep(wait)
        raise AssertionError

    async def _ask(self, path: str, what: str, body: Wire | None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._patience.read):
                reply = await self._exchange("GET" if body is None else "POST", path, body)
        except TimeoutError:
            why = f"Aiven did not answer within {self._patience.read:g} s when I tried to {what}."
            raise UnavailableError(why) from None
        except (httpx.HTTPError, httpx.InvalidURL, _BrokenReplyError) as error:
            why = f"Aiven could not be read when I tried to {what} ({_kind(error)})."
            raise UnavailableError(why) from None
        return self._value(reply, what, writing=False)

    async def _write(self, method: str, path: str, body: Wire | None, what: str) -> None:
        # A read that overlaps the write may show the flow from before it, so both ends of it count.
        self.shared.forget()
        try:
            await self._send(method, path, body, what)
        finally:
            self.shared.forget()

    async def _send(self, method: str, path: str, body: Wire | None, what: str) -> None:
        try:
            async with asyncio.timeout(self._patience.write):
                reply = await self._exchange(method, path, body)
        except TimeoutError:
            why = f"Aiven did not answer within {self._patience.write:g} s when I tried to {what}."
            raise UnknownOutcomeError(why, still_running=True) from None
        except _UNSENT as error:
            why = f"Aiven could not be reached ({_kind(error)}), so I could not {what}."
            raise UnavailableError(why) from None
        except _BrokenReplyError as error:
            why = f"Aiven's answer could not be read when I tried to {what} ({_kind(error)})."
            raise UnknownOutcomeError(why, still_running=_is_good(error.status)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = f"The connection to Aiven broke off when I tried to {what} ({_kind(error)})."
            raise UnknownOutcomeError(why) from None
        self._value(reply, what, writing=True)

    async def _exchange(self, method: str, path: str, body: Wire | None) -> _Reply:
        status = None
        try:
            async with self._http.stream(method, path, json=body) as response:
                status = response.status_code
                try:
                    read = await _body(response)
                except httpx.HTTPError as error:
                    raise _BrokenReplyError(status, type(error).__name__) from None
                return _Reply(status, response.headers, read)
        finally:
            self._heard(method, status)

    def _value(self, reply: _Reply, what: str, *, writing: bool) -> dict[str, Any]:
        """The JSON object of a good reply. Raises AivenError for every other."""
        if not _is_good(reply.status):
            words = replies.scrub(replies.words_in(reply.body), self._token)
            wait = replies.wait_in(reply.headers, words, datetime.now(UTC))
            raise replies.error_for(reply.status, words, wait=wait, what=what, writing=writing)
        try:
            value = replies.parse(reply.body)
        except ValueError:
            why = f"Aiven's answer was no JSON when I tried to {what}."
            raise _unclear(reply.status, why, writing=writing, still_running=True) from None
        failure = replies.failure_in(value)
        if failure is not None:
            said = replies.scrub(failure, self._token)
            why = f"Aiven answered with an error when I tried to {what}: {said}."
            raise _unclear(reply.status, why, writing=writing)
        return value if isinstance(value, dict) else {}


class _BrokenReplyError(Exception):
    """A reply whose status came and whose body did not, or beyond REPLY_MAX; the text says which."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


async def _body(response: httpx.Response) -> bytes:
    read = bytearray()
    async for chunk in response.aiter_bytes():
        read += chunk
        if len(read) > REPLY_MAX:
            raise _BrokenReplyError(response.status_code, "the answer is too large")
    return bytes(read)


def _is_good(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - HTTP's success


def _unclear(status: int, why: str, *, writing: bool, still_running: bool = False) -> AivenError:
    if writing:
        return UnknownOutcomeError(why, status=status, still_running=still_running)
    return UnavailableError(why, status=status)


def _kind(error: Exception) -> str:
    """The kind of a transport error; its text may hold an address with credentials."""
    return str(error) if isinstance(error, _BrokenReplyError) else type(error).__name__
