"""Answers that are nothing of what was asked for: only errors of ours come out of the client."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.aiven.calls import Calls
from bot.aiven.client import AivenClient
from bot.aiven.errors import AivenError, UnavailableError
from bot.core.flow import Wire


async def no_time(_: float) -> None:
    """The port `sleep`."""


def sending(body: bytes) -> AivenClient:
    """A client whose server always answers with these bytes."""
    server = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    return AivenClient("https://aiven.test", "token", transport=server, sleep=no_time)


Read = Callable[[Calls], Awaitable[object]]
READS: dict[str, Read] = {
    "topics": lambda client: client.list_topics("p", "k"),
    "logs": lambda client: client.list_logs("p", "s"),
    "events": lambda client: client.list_events("p"),
    "service": lambda client: client.get_service("p", "s"),
    "service_integrations": lambda client: client.list_integrations("p", "mm2-eu", disabled=True),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"7", b"{}", b"<html>", b"[" * 100_000, b'{"x": 1e999}', b"\xff\xfe{}"]
)
async def test_an_answer_of_another_kind_is_no_answer(read: Read, body: bytes) -> None:
    with pytest.raises(UnavailableError):
        await read(sending(body))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "topic_name", "partitions", "retention_hours", "state", "msg", "time", "severity", "event_desc", "service_name",
    "node_states", "maintenance", "service_notifications", "enabled", "user_config", "integration_status", "active",
]  # fmt: skip


class Told(Calls):
    """Calls whose every read is answered with this."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    async def _read(self, path: str, what: str, body: Wire | None = None) -> dict[str, Any]:
        del path, what, body
        return self._body

    async def _write(self, method: str, path: str, body: Wire | None, what: str) -> None:
        raise AssertionError(method, path, body, what)


@pytest.mark.parametrize("name", READS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(item=st.dictionaries(st.sampled_from(KEYS), ANY_JSON))
def test_whatever_stands_in_an_answer_only_our_own_errors_come_out(name: str, item: dict[str, Any]) -> None:
    whole = item | {"integration_type": "kafka_mirrormaker", "dest_service": "mm2-eu"}
    told = Told({name: whole if name == "service" else [whole, None]})
    with contextlib.suppress(AivenError):
        asyncio.run(_read(READS[name], told))


async def _read(read: Read, calls: Calls) -> None:
    await read(calls)
