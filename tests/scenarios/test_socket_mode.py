"""Socket Mode: the same bot over a websocket that it opens itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.app import RefusedError, Sluice
from tests.stage import ADMIN, ANN, BOB, OPS, Stage


async def test_the_whole_way_over_socket_mode(valkey: str, team: str) -> None:
    async with Stage(valkey, team, socket_mode=True) as stage:
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


class Shut(Stage):
    """A stage on which the bot is started by the test."""

    async def start(self) -> None:
        """Starts a bot, and does not wait for it."""
        sluice = self.sluice = Sluice(self.settings, clock=self.clock, sleep=self._sleep)
        self.running = asyncio.create_task(sluice.run())
        listening = asyncio.create_task(sluice.listening.wait())
        await asyncio.wait([self.running, listening], return_when=asyncio.FIRST_COMPLETED)


@pytest.fixture
async def shut(valkey: str, team: str) -> AsyncIterator[Shut]:
    stage = Shut(valkey, team, socket_mode=True)
    async with stage.slack, stage.aiven, stage._stack:
        stage.slack.add_user(ADMIN, "admin")
        stage.slack.add_channel(OPS, "kafka-ops")
        yield stage


async def test_a_wrong_app_token_refuses_to_start_and_says_which(shut: Shut) -> None:
    shut.slack.fail("apps.connections.open", error="invalid_auth", times=None)
    await shut.start()
    assert shut.running is not None
    with pytest.raises(RefusedError, match="Slack does not take SLACK_APP_TOKEN: invalid_auth"):
        await shut.running


@pytest.mark.parametrize("fault", [{"status": 503}, {"delay": 60}, {"body": '{"ok": true, "url": "ws://127.0.0.1:1"}'}])
async def test_it_stops_at_once_while_the_socket_does_not_open(shut: Shut, fault: dict[str, Any]) -> None:
    shut.slack.fail("apps.connections.open", times=None, **fault)
    await shut.start()
    assert shut.sluice is not None
    await shut.slack.wait_for(lambda: shut.slack.calls_of("apps.connections.open"))
    assert not shut.sluice.ready.is_set()
    assert (await shut.sluice._not_ready() or "").startswith(("opening the socket", "Slack does not answer"))
    async with asyncio.timeout(9):
        await shut.stop()


async def test_it_is_ready_once_slack_is_back(shut: Shut) -> None:
    fault = shut.slack.fail("apps.connections.open", status=503, times=1)
    await shut.start()
    assert shut.sluice is not None
    await shut.slack.wait_for(lambda: fault.times == 0)
    await shut.sluice.ready.wait()
    await shut.type(ADMIN, "whoami", "You are")
    await shut.stop()
