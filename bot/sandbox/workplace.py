"""A team at work, on loopback: a simulated Slack, a simulated Aiven account, and the real bot between them."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Self

from bot.app import Sluice
from bot.core.policy import parse_policy
from bot.sandbox.aiven.demo import demo_world
from bot.sandbox.aiven.simulator import AivenSimulator
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.simulator import SlackSimulator
from bot.settings import Settings
from bot.store import access as grants
from bot.store.access import AccessStore
from bot.store.clock import Clock
from bot.store.commit import Commit
from bot.store.connecting import connect
from bot.store.redis import Store

OPS: Final = "C0OPS"
ADMIN: Final = "U0ADMIN"
ANN: Final = "U0ANN"
BOB: Final = "U0BOB"
EVE: Final = "U0EVE"
NAMES: Final = {ADMIN: "admin", ANN: "ann", BOB: "bob", EVE: "eve", OPS: "kafka-ops"}


class Workplace:
    """ADMIN is admin; ANN edits and BOB approves on acme-prod; EVE holds nothing. The channel's default is mm2-eu.

    An async context manager. `settings` replace the bot's own, by field name; `clock` and `sleep` are its ports.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        team: str = "T0SLUICE",
        enterprise: str | None = None,
        socket_mode: bool = False,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        **settings: Any,  # noqa: ANN401 - what Settings takes
    ) -> None:
        self.slack = SlackSimulator(team_id=team, enterprise_id=enterprise, posts_anywhere=True)
        self.aiven = AivenSimulator(demo_world())
        self.clock = clock or Clock()
        self.sluice: Sluice | None = None
        self.running: asyncio.Task[None] | None = None
        self._redis_url = redis_url
        self._socket_mode = socket_mode
        self._sleep = sleep
        self._settings = settings
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Starts everything and gives the roles."""
        await self._stack.enter_async_context(self.slack)
        await self._stack.enter_async_context(self.aiven)
        for user in (ADMIN, ANN, BOB, EVE):
            self.slack.add_user(user, NAMES[user])
        self.slack.add_channel(OPS, NAMES[OPS])
        await self.start()
        await self.grant(ANN, "editor")
        await self.grant(BOB, "approver")
        await self.type(ADMIN, "use acme-prod/mm2-eu", "now uses")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops everything."""
        await self.stop()
        await self._stack.aclose()

    @property
    def settings(self) -> Settings:
        """What the bot is configured with."""
        slack, aiven = self.slack.workspace, self.aiven
        way_in = (
            {"slack_app_token": slack.app_token}
            if self._socket_mode
            else {"slack_signing_secret": slack.signing_secret}
        )
        values = {
            "slack_bot_token": slack.bot_token, "slack_api_url": self.slack.api_url,
            "aiven_token": aiven.access.token, "aiven_web_url": aiven.web_url, "redis_url": self._redis_url,
            "host": "127.0.0.1", "port": 0, "admins": ADMIN,
        }  # fmt: skip
        return Settings.model_validate(values | way_in | self._settings)

    @property
    def events_url(self) -> str:
        """Where the bot takes Slack's deliveries."""
        return f"http://127.0.0.1:{self.sluice.port if self.sluice else 0}/slack/events"

    async def start(self) -> None:
        """Starts a bot on what the store holds; raises what keeps it from starting."""
        sluice = self.sluice = Sluice(self.settings, clock=self.clock, sleep=self._sleep)
        self.running = asyncio.create_task(sluice.run())
        ready = asyncio.create_task(sluice.ready.wait())
        await asyncio.wait([self.running, ready], return_when=asyncio.FIRST_COMPLETED)
        if self.running.done():
            self.running.result()
        if not self._socket_mode:
            self.slack.events_url = self.events_url

    async def stop(self) -> None:
        """Stops the bot cleanly."""
        if self.sluice is not None and self.running is not None:
            self.sluice.stop()
            await self.running
            self.sluice = self.running = None

    async def type(self, user: str, text: str, expect: str = "", channel: str = OPS) -> str:
        """Types `/flow TEXT`; the text of the answer that only this person gets. AssertionError if unexpected."""
        seen = len(self.slack.ephemeral_to(user))
        delivery = await self.slack.command(user, channel, f"/flow {text}")
        if not delivery.ok:
            raise AssertionError(f"/flow {text}: {delivery.status} {delivery.error} {delivery.text}")
        answer = await self.slack.wait_for(lambda: self.slack.ephemeral_to(user)[seen:])
        return said(answer[0], expect)

    async def grant(self, user: str, role: str, scope: str = "acme-prod/*") -> None:
        """The admin gives a role."""
        await self.type(ADMIN, f"role grant @{self.slack.world.users[user].name} {role} on {scope}", "is now")

    @asynccontextmanager
    async def open_store(self) -> AsyncIterator[Store]:
        """A look behind the door."""
        async with connect(self._redis_url) as redis:
            yield Store(redis, self.slack.workspace.team_id, clock=self.clock)

    async def put_policy(self, text: str) -> None:
        """Puts another policy in force, as `sluice policy apply` does."""
        policy = parse_policy(text)
        async with self.open_store() as store:
            known, _ = await AccessStore(store).load()
            commit = Commit()
            grants.set_policy(commit, known, policy, text, now=store.clock.now())
            await store.commit(commit)

    async def ask(self, text: str, user: str = ANN) -> int:
        """Asks for a change; the number of the request, once its card is there."""
        answer = await self.type(user, text, "waits for approval")
        number = number_in(answer)
        await self.card(number, "waiting for approval")
        return number

    async def card(self, number: int, expect: str, channel: str = OPS) -> Message:
        """The card of a request, once it says `expect`."""
        return await self.slack.wait_for(lambda: self.find_card(number, expect, channel))

    def find_card(self, number: int, expect: str = "", channel: str = OPS) -> Message | None:
        """The card of a request if it says `expect` now; what is posted before it has no headline."""
        for message in self.slack.in_channel(channel):
            is_card = any(block["type"] == "header" for block in message.blocks)
            if is_card and f"Request {number}:" in message.text and expect in message.text:
                return message
        return None

    async def click(self, who: str, number: int, action: str, **more: Any) -> Delivery:  # noqa: ANN401 - as the simulator
        """Clicks a button of the card."""
        card = await self.slack.wait_for(lambda: self.find_card(number))
        return await self.slack.click(who, card, action, **more)


def said(message: Message, expect: str) -> str:
    """The text of a message, as a person reads it. Raises AssertionError when it does not hold what is expected."""
    text = html.unescape(message.text)
    if expect not in text:
        raise AssertionError(f"expected “{expect}” in: {text}")
    return text


def number_in(answer: str) -> int:
    """The number of the request that an answer is about. Raises ValueError when it names none."""
    return int(re.sub(r".*?[Rr]equest \*?(\d+).*", r"\1", answer, flags=re.DOTALL))
