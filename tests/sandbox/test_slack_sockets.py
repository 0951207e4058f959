"""Socket Mode: hello, acks, several connections, and all the ways in which they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSimulator


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    """One person, one channel, and no patience."""
    async with SlackSimulator(ack_seconds=0.2) as simulator:
        simulator.add_user("U0ANN", "ann")
        simulator.add_channel("C0OPS", "ops")
        yield simulator


async def address(sim: SlackSimulator) -> str:
    """A fresh websocket URL."""
    client = AsyncWebClient(base_url=sim.api_url)
    return str((await client.apps_connections_open(app_token=sim.workspace.app_token))["url"])


@asynccontextmanager
async def socket(sim: SlackSimulator) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare connection; hello is read."""
    async with aiohttp.ClientSession() as session, session.ws_connect(await address(sim)) as opened:
        hello = await opened.receive_json()
        assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", sim.workspace.app_id)
        assert hello["num_connections"] == sim.connections
        yield opened


async def answered(opened: aiohttp.ClientWebSocketResponse, payload: Any = None) -> dict[str, Any]:  # noqa: ANN401
    """Takes one envelope and acks it."""
    envelope: dict[str, Any] = await opened.receive_json()
    ack = {"envelope_id": envelope["envelope_id"]}
    await opened.send_json(ack if payload is None else ack | {"payload": payload})
    return envelope


async def test_an_address_is_good_for_one_connection(sim: SlackSimulator) -> None:
    url = await address(sim)
    async with aiohttp.ClientSession() as session, session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_an_ack_carries_a_payload_except_for_events(sim: SlackSimulator) -> None:
    async with socket(sim) as opened:
        for act, accepts in (
            (sim.command("U0ANN", "C0OPS", "/flow list"), True),
            (sim.mention("U0ANN", "C0OPS", "hi"), False),
        ):
            delivering = asyncio.create_task(act)
            envelope = await answered(opened, {"text": "pong"})
            assert envelope["accepts_response_payload"] is accepts
            assert (await delivering).json == ({"text": "pong"} if accepts else None)
    assert [each.text for each in sim.ephemeral_to("U0ANN")] == ["pong"]


async def test_a_retry_says_so_in_the_envelope(sim: SlackSimulator) -> None:
    async with socket(sim) as opened:
        delivering = asyncio.create_task(sim.event({"type": "app_mention"}, retry_num=2, retry_reason="timeout"))
        envelope = await answered(opened)
        await delivering
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (2, "timeout")


async def test_each_payload_goes_to_exactly_one_connection(sim: SlackSimulator) -> None:
    async with socket(sim) as first, socket(sim) as second:
        for opened in (first, second):
            delivering = asyncio.create_task(sim.command("U0ANN", "C0OPS", "/flow"))
            await answered(opened)
            assert (await delivering).ok


async def test_without_an_ack_or_a_connection_the_person_sees_an_error(sim: SlackSimulator) -> None:
    assert (await sim.command("U0ANN", "C0OPS", "/flow")).error == "dispatch_failed"
    async with socket(sim):
        assert (await sim.command("U0ANN", "C0OPS", "/flow")).error == "operation_timeout"


async def test_an_eleventh_connection_is_one_too_many(sim: SlackSimulator) -> None:
    async with aiohttp.ClientSession() as session:
        opened = [await session.ws_connect(await address(sim)) for _ in range(11)]
        assert (await opened[-1].receive_json())["reason"] == "too_many_websockets"
        assert sim.connections == 10
        for each in opened:
            await each.close()


@pytest.fixture
async def bolt(sim: SlackSimulator) -> AsyncIterator[list[str]]:
    """A Bolt app on a websocket; the texts that it hears."""
    client = AsyncWebClient(token=sim.workspace.bot_token, base_url=sim.api_url)
    app = AsyncApp(client=client, signing_secret="", process_before_response=True)
    texts: list[str] = []

    @app.command("/flow")
    async def on_command(ack: Callable[[], Awaitable[None]], body: dict[str, str]) -> None:
        texts.append(body["text"])
        await ack()

    handler = AsyncSocketModeHandler(app, sim.workspace.app_token, ping_interval=0.05)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield texts
    await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("end", ["warning", "refresh_requested", "link_disabled", "dropped"])
async def test_bolt_comes_back_however_its_connection_ends(sim: SlackSimulator, bolt: list[str], end: Any) -> None:  # noqa: ANN401
    assert (await sim.command("U0ANN", "C0OPS", "/flow before")).ok
    if end == "dropped":
        await sim.drop_sockets()
    else:
        await sim.disconnect(end)
    await sim.wait_for(lambda: len(sim.calls_of("apps.connections.open")) == 2 and sim.connections == 1)
    assert (await sim.command("U0ANN", "C0OPS", "/flow after")).ok
    assert bolt == ["before", "after"]
