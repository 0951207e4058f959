"""Socket Mode: the same bot over a websocket that it opens itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.app import RefusedError, Sluice
from bot.core.delivery import Delivery, Source
from bot.core.grammar import Mistake, parse
from bot.store.inbox import Inbox
from tests.stage import ANN, BOB, OPS, Stage


@pytest.fixture
async def stage(valkey: str, team: str) -> AsyncIterator[Stage]:
    async with Stage(valkey, team, socket_mode=True) as made:
        yield made


def begin(stage: Stage) -> Sluice:
    """A bot that is about to start, and may not come to be ready."""
    sluice = stage.sluice = Sluice(stage.settings, clock=stage.clock)
    stage.running = asyncio.create_task(sluice.run())
    return sluice


async def left_behind(stage: Stage, text: str) -> None:
    """A command that a replica took before it died."""
    asked = parse(text)
    assert not isinstance(asked, Mistake)
    delivery = Delivery(id="left", source=Source.COMMAND, team=stage.team, user=ANN, channel=OPS, intent=asked)
    await Inbox(stage.store, lambda *_: None).put(delivery)
    await stage.advance(60)


async def why_not_ready(sluice: Sluice) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"http://127.0.0.1:{sluice.port}/readyz")
    return "" if reply.status_code == 200 else reply.text


async def test_the_whole_way_over_socket_mode(stage: Stage) -> None:
    assert stage.slack.events_url is None
    number = await stage.ask("exactly-once on kafka-eu -> kafka-us")
    await stage.type(ANN, "exctly-once on a -> b", "Did you mean")
    await stage.click(BOB, number, "deny")
    (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
    await stage.slack.submit(view, {"reason": "later"}, user=BOB)
    await stage.card(number, "denied")
    number = await stage.ask("exactly-once on kafka-eu -> kafka-us")
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied and verified")


async def test_a_refused_token_ends_the_start_with_its_name(stage: Stage) -> None:
    await stage.stop()
    stage.slack.fail("apps.connections.open", error="invalid_auth", times=None)
    with pytest.raises(RefusedError, match=r"^Slack does not take SLACK_APP_TOKEN: invalid_auth$"):
        await stage.start()
    stage.sluice = stage.running = None


async def test_while_slack_gives_no_socket_accepted_work_goes_on(stage: Stage) -> None:
    await stage.stop()
    stage.slack.fail("apps.connections.open", status=503, times=None)
    await left_behind(stage, "pause kafka-eu -> kafka-us")
    sluice = begin(stage)
    await stage.card(1, "waiting for approval")
    await stage.slack.wait_for(lambda: len(stage.slack.calls_of("apps.connections.open")) > 2)
    assert await why_not_ready(sluice) == "Slack does not answer: status 503"
    stage.slack.heal()
    await sluice.ready.wait()
    assert await why_not_ready(sluice) == ""
    await stage.type(BOB, "approve 1", "You approved")


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open", "websocket"])
@pytest.mark.parametrize("trouble", [{"delay": 3600}, {"drop": "before"}], ids=["late", "cut off"])
async def test_a_stop_before_it_is_ready_ends_it(stage: Stage, method: str, trouble: dict[str, Any]) -> None:
    await stage.stop()
    fault = stage.slack.fail(method, times=1, **trouble)
    stage.slack.fail(method, times=None, **trouble)
    sluice = begin(stage)
    await stage.slack.wait_for(lambda: fault.times == 0)
    assert await why_not_ready(sluice) != ""
    await stage.stop()
    assert not sluice.ready.is_set()


async def test_each_try_to_open_the_websocket_has_an_address_of_its_own(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.stop()
    stage.slack.fail("websocket", status=503, times=1)
    await stage.start()
    await stage.type(ANN, "whoami", "You are")
    assert "Slack's websocket does not open" in caplog.text
