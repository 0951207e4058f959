"""Trouble on demand, and waiting for something to happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSimulator


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    """A channel."""
    async with SlackSimulator() as simulator:
        simulator.add_channel("C0OPS", "ops")
        yield simulator


@pytest.fixture
def client(sim: SlackSimulator) -> AsyncWebClient:
    """Slack's client, which tries once."""
    return AsyncWebClient(token=sim.workspace.bot_token, base_url=sim.api_url, retry_handlers=[], timeout=1)


async def test_an_error_hits_as_often_as_armed(sim: SlackSimulator, client: AsyncWebClient) -> None:
    sim.fail("chat.postMessage", times=2, error="internal_error")
    for _ in range(2):
        with pytest.raises(SlackApiError, match="internal_error"):
            await client.chat_postMessage(channel="C0OPS", text="x")
    assert sim.messages == []
    await client.chat_postMessage(channel="C0OPS", text="x")
    assert [call.ok for call in sim.calls_of("chat.postMessage")] == [False, False, True]


async def test_being_too_fast_tells_when_to_come_back(sim: SlackSimulator, client: AsyncWebClient) -> None:
    sim.fail("*", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
    assert caught.value.response.headers["Retry-After"] == "7"


async def test_a_server_error_needs_no_json(sim: SlackSimulator, client: AsyncWebClient) -> None:
    sim.fail("auth.test", status=503, body="<html>upstream</html>")
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.status_code == 503
    assert sim.calls[0].error == "status 503"


@pytest.mark.parametrize(("drop", "posted"), [("before", 0), ("after", 1)])
async def test_a_dropped_call_took_effect_or_not(
    sim: SlackSimulator, client: AsyncWebClient, drop: str, posted: int
) -> None:
    """From outside the two look the same."""
    sim.fail("chat.postMessage", drop="before" if drop == "before" else "after")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel="C0OPS", text="x")
    assert len(sim.messages) == posted
    assert sim.calls[0].error == "dropped"


async def test_a_late_answer_outlasts_the_client_until_healed(sim: SlackSimulator) -> None:
    client = AsyncWebClient(token=sim.workspace.bot_token, base_url=sim.api_url, retry_handlers=[])
    sim.fail("auth.test", times=None, delay=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.auth_test()
    sim.heal()
    await client.auth_test()


async def test_waiting_ends_with_the_change_that_it_waits_for(sim: SlackSimulator, client: AsyncWebClient) -> None:
    waiting = asyncio.create_task(sim.wait_for(lambda: sim.in_channel("C0OPS")))
    await client.auth_test()
    assert not waiting.done()
    await client.chat_postMessage(channel="C0OPS", text="here")
    assert [each.text for each in await waiting] == ["here"]


async def test_waiting_in_vain_tells_what_there_was(sim: SlackSimulator, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="C0OPS", text="something else")
    with pytest.raises(TimeoutError, match=r"(?s)something else.*chat\.postMessage"):
        await sim.wait_for(lambda: False, timeout=0.01)
