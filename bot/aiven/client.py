"""The client of the Aiven API: one call each for what Sluice needs. The one file that imports httpx.

Paths, bodies and replies follow Aiven's OpenAPI document (2025-04) and aiven-client 4.18.0. Reads are tried again a few
times; a write is sent once, and what a failed one means is for the caller to find out by reading.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, JsonValue, ValidationError

from bot import __version__
from bot.aiven import replies
from bot.aiven.errors import AivenError, InvalidError, RateLimitedError, UnavailableError, UnknownOutcomeError
from bot.aiven.models import MIRRORMAKER, Integration, Me, Service
from bot.core.flow import FlowRef, Wire


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


_Model = TypeVar("_Model", bound=BaseModel)


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class AivenClient:
    """Talks to one Aiven API with one token. `sleep` and `transport` let tests do without time and network.

    `heard` is told of each call: its method, and the status of the answer if there was one.
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

    async def me(self) -> Me:
        """Who the token belongs to."""
        reply = await self._read("/me", "see whose token this is")
        return _model(Me, reply.get("user"))

    async def list_services(self, project: str) -> list[Service]:
        """The services of a project, of every type."""
        reply = await self._read(_path("project", project, "service"), f"list the services of {project}")
        return [_model(Service, each) for each in _list(reply, "services")]

    async def get_service(self, project: str, service: str) -> Service:
        """One service."""
        reply = await self._read(_path("project", project, "service", service), f"read the service {service}")
        return _model(Service, reply.get("service"))

    async def list_integrations(self, project: str, service: str) -> list[Integration]:
        """The clusters of a MirrorMaker service. Aiven lists candidates too, with a null id; they are left out."""
        path = _path("project", project, "service", service, "integration")
        reply = await self._read(path, f"list the integrations of {service}")
        found = _list(reply, "service_integrations")
        return [_model(Integration, each) for each in found if _is_cluster(each, service)]

    async def list_flows(self, project: str, service: str) -> list[Wire]:
        """The flows of a service, by source and target (Aiven gives them in no order)."""
        reply = await self._read(_flows_path(project, service), f"list the flows of {service}")
        flows = [_flow(each) for each in _list(reply, "replication_flows")]
        return sorted(flows, key=lambda flow: (str(flow.get("source_cluster")), str(flow.get("target_cluster"))))

    async def get_flow(self, ref: FlowRef) -> Wire:
        """One flow."""
        reply = await self._read(_flow_path(ref), f"read the flow {ref.pair}")
        return _flow(reply.get("replication_flow"))

    async def create_flow(self, ref: FlowRef, body: Wire) -> None:
        """POST; the reply holds no flow."""
        await self._write("POST", _flows_path(ref.project, ref.service), body, f"create the flow {ref.pair}")

    async def patch_flow(self, ref: FlowRef, body: Wire) -> None:
        """PUT, which Aiven merges: what is left out stays as it is."""
        await self._write("PUT", _flow_path(ref), body, f"change the flow {ref.pair}")

    async def delete_flow(self, ref: FlowRef) -> None:
        """DELETE; topics that were copied stay."""
        await self._write("DELETE", _flow_path(ref), None, f"delete the flow {ref.pair}")

    async def _read(self, path: str, what: str) -> dict[str, Any]:
        """GET, tried again when that makes sense. Raises AivenError."""
        for attempt in range(1, _TRIES + 1):
            try:
                return await self._get(path, what)
            except (UnavailableError, RateLimitedError) as error:
                wait = error.wait if error.wait is not None else _BACK_OFF * 2**attempt * random.uniform(0.5, 1)  # noqa: S311
                if attempt == _TRIES or wait > _PATIENCE:
                    raise
            await self._sleep(wait)
        raise AssertionError

    async def _get(self, path: str, what: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._patience.read):
                reply = await self._exchange("GET", path, None)
        except TimeoutError:
            why = f"Aiven did not answer within {self._patience.read:g} s when I tried to {what}."
            raise UnavailableError(why) from None
        except (httpx.HTTPError, httpx.InvalidURL, _BrokenReplyError) as error:
            why = f"Aiven could not be read when I tried to {what} ({_kind(error)})."
            raise UnavailableError(why) from None
        return self._value(reply, what, writing=False)

    async def _write(self, method: str, path: str, body: Wire | None, what: str) -> None:
        """Sends a write once. Raises AivenError; UnknownOutcomeError when it may have taken effect."""
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


def _path(*parts: str) -> str:
    """A path of percent-encoded parts. Raises InvalidError for a part that would lead to another place."""
    for part in parts:
        if part in {"", ".", ".."}:
            raise InvalidError(f"“{part}” is no name, so I sent nothing to Aiven.")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _flows_path(project: str, service: str) -> str:
    return _path("project", project, "service", service, "mirrormaker", "replication-flows")


def _flow_path(ref: FlowRef) -> str:
    return _flows_path(ref.project, ref.service) + _path(ref.source, ref.target)


def _list(reply: Mapping[str, Any], key: str) -> list[Any]:
    found = reply.get(key)
    if not isinstance(found, list):
        why = f"Aiven's answer has no list of {key}."
        raise UnavailableError(why)
    return found


def _flow(value: Any) -> Wire:  # noqa: ANN401 - any JSON
    """A flow without nulls, which mean absent. Raises UnavailableError for what is none."""
    if not isinstance(value, dict) or not isinstance(value.get("source_cluster"), str):
        why = "Aiven's answer holds no replication flow."
        raise UnavailableError(why)
    flow: dict[str, JsonValue] = {key: each for key, each in value.items() if each is not None}
    return flow


def _is_cluster(item: Any, service: str) -> bool:  # noqa: ANN401 - any JSON
    """Whether an item of a list of integrations ties a cluster to this MirrorMaker service."""
    return (
        isinstance(item, dict) and item.get("enabled") is True and item.get("integration_type") == MIRRORMAKER
        and item.get("dest_service") == service
    )  # fmt: skip


def _model(kind: type[_Model], value: Any) -> _Model:  # noqa: ANN401 - any JSON
    try:
        return kind.model_validate(value)
    except ValidationError:
        why = f"Aiven's answer is not the {kind.__name__.lower()} that was expected."
        raise UnavailableError(why) from None
