"""Slack, Aiven and the real bot on loopback, with people who type and click. Time moves only when it is told to."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any, Self

from redis.asyncio import Redis

from bot.app import Sluice
from bot.sandbox.aiven.demo import demo_world
from bot.sandbox.aiven.simulator import AivenSimulator
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.simulator import SlackSimulator
from bot.settings import Settings
from bot.store import audit
from bot.store.clock import Clock
from bot.store.redis import Store, connect

OPS = "C0OPS"
ADMIN, ANN, BOB, EVE = "U0ADMIN", "U0ANN", "U0BOB", "U0EVE"
EU_US = ("acme-prod", "mm2-eu", "kafka-eu", "kafka-us")


async def at_once(_: float) -> None:
    """Sleeps no time at all, but lets others run."""
    await asyncio.sleep(0)


class Stage:
    """ADMIN is admin; ANN edits and BOB approves on acme-prod; EVE holds nothing. The channel's default is mm2-eu."""

    def __init__(self, redis_url: str, team: str, *, socket_mode: bool = False, **settings: Any) -> None:
        self.slack = SlackSimulator(team_id=team, posts_anywhere=True)
        self.aiven = AivenSimulator(demo_world())
        self.clock = Clock()
        self.redis_url = redis_url
        self.team = team
        self._socket_mode = socket_mode
        self._settings = settings
        self._stack = AsyncExitStack()
        self.sluice: Sluice | None = None
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.slack)
        await self._stack.enter_async_context(self.aiven)
        for user, name in ((ADMIN, "admin"), (ANN, "ann"), (BOB, "bob"), (EVE, "eve")):
            self.slack.add_user(user, name)
        self.slack.add_channel(OPS, "ops")
        self.redis: Redis = connect(self.redis_url)
        self._stack.push_async_callback(self.redis.aclose)
        self.store = Store(self.redis, self.team, clock=self.clock)
        await self.start()
        await self.grant(ANN, "editor")
        await self.grant(BOB, "approver")
        await self.type(ADMIN, "use acme-prod/mm2-eu", "now uses")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._stack.aclose()

    @property
    def settings(self) -> Settings:
        """What the bot is configured with."""
        way_in = {"slack_app_token" if self._socket_mode else "slack_signing_secret": (
            self.slack.workspace.app_token if self._socket_mode else self.slack.workspace.signing_secret
        )}  # fmt: skip
        values = {
            "slack_bot_token": self.slack.workspace.bot_token, "slack_api_url": self.slack.api_url,
            "aiven_token": self.aiven.access.token, "aiven_web_url": self.aiven.web_url, "redis_url": self.redis_url,
            "host": "127.0.0.1", "port": 0, "admins": ADMIN, **way_in, **self._settings,
        }  # fmt: skip
        return Settings.model_validate(values)

    async def start(self) -> None:
        """Starts a bot on what the store holds."""
        sluice = self.sluice = Sluice(self.settings, clock=self.clock, sleep=at_once)
        self._running = asyncio.create_task(sluice.run())
        ready = asyncio.create_task(sluice.ready.wait())
        await asyncio.wait([self._running, ready], return_when=asyncio.FIRST_COMPLETED)
        if self._running.done():
            self._running.result()
        if not self._socket_mode:
            self.slack.events_url = f"http://127.0.0.1:{sluice.port}/slack/events"

    async def stop(self) -> None:
        """Stops it cleanly."""
        if self.sluice is not None and self._running is not None:
            self.sluice.stop()
            await self._running
            self.sluice = self._running = None

    async def kill(self) -> None:
        """Ends it in the middle of whatever it does, without a word; leases stay until they run out."""
        if self.sluice is None or self._running is None:
            return
        in_hand = {self._running, *(self.sluice._worker._held if self.sluice._worker else ())}
        while in_hand:
            for task in in_hand:
                task.cancel()
            # Again and again, since a library may take one cancellation for its own.
            _, in_hand = await asyncio.wait(in_hand, timeout=0.05)
        self.sluice = self._running = None

    async def quiet(self) -> None:
        """Returns when nothing is in hand."""
        while self.sluice and self.sluice._worker and (held := list(self.sluice._worker._held)):
            await asyncio.wait(held)

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.clock.offset += int(seconds * 1000)
        if self.sluice is not None and self.sluice._worker is not None:
            self.sluice._worker.ring()

    async def type(self, user: str, text: str, expect: str = "", channel: str = OPS) -> str:
        """Types `/flow TEXT`; the text of the answer that only this person gets, once it holds `expect`."""
        seen = len(self.slack.ephemeral_to(user))
        delivery = await self.slack.command(user, channel, f"/flow {text}")
        assert delivery.ok, (delivery.status, delivery.error, delivery.text)
        answer = await self.slack.wait_for(lambda: self.slack.ephemeral_to(user)[seen:])
        assert expect in answer[0].text, answer[0].text
        return answer[0].text

    async def grant(self, user: str, role: str, scope: str = "acme-prod/*") -> None:
        """The admin gives a role."""
        await self.type(ADMIN, f"role grant @{self.slack.world.users[user].name} {role} on {scope}", "is now")

    async def ask(self, text: str, user: str = ANN) -> int:
        """Asks for a change; the number of the request, once its card is there."""
        answer = await self.type(user, text, "waits for approval")
        number = int(answer.partition("Request *")[2].partition("*")[0])
        await self.card(number, "waiting for approval")
        return number

    async def card(self, number: int, expect: str, channel: str = OPS) -> Message:
        """The card of a request, once it says `expect`."""
        return await self.slack.wait_for(lambda: self.find_card(number, expect, channel))

    def find_card(self, number: int, expect: str = "", channel: str = OPS) -> Message | None:
        """The card of a request if it says `expect` now."""
        for message in self.slack.in_channel(channel):
            if f"Request {number}:" in message.text and not message.thread_ts and expect in message.text:
                return message
        return None

    async def click(self, who: str, number: int, action: str, **more: Any) -> Delivery:
        """Clicks a button of the card."""
        card = self.find_card(number)
        assert card is not None
        return await self.slack.click(who, card, action, **more)

    def flow(self) -> dict[str, Any] | None:
        """The flow kafka-eu -> kafka-us as Aiven has it."""
        return self.aiven.world.flow(*EU_US)

    def writes(self) -> list[str]:
        """The writes that reached Aiven, as `PUT {"enabled": false} -> 200`."""
        return [f"{call.method} {json.dumps(call.json)} {call.status}" for call in self.aiven.writes()]

    async def tags(self) -> list[str]:
        """The tags of the audit log; the chain must be whole."""
        assert await audit.first_wrong(self.store) is None
        return [entry.note.tag async for entry in audit.entries(self.store)]


