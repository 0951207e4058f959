"""The workplace as tests need it: the bot can be killed, time moves only when it is told to, and more can be seen."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from redis.asyncio import Redis

from bot.sandbox.workplace import ADMIN, ANN, BOB, EVE, OPS, Workplace
from bot.store import audit
from bot.store.connecting import connect
from bot.store.redis import Store

__all__ = ["ADMIN", "ANN", "BOB", "EU_US", "EVE", "OPS", "Stage"]

EU_US = ("acme-prod", "mm2-eu", "kafka-eu", "kafka-us")


HELD_UP = 0.5
"""Seconds (real ones) in which everything that nobody holds up goes on."""


async def at_once(_: float) -> None:
    """Sleeps no time at all, but lets others run."""
    await asyncio.sleep(0)


class Stage(Workplace):
    """A workplace in a workspace of its own, with a look behind the door."""

    def __init__(self, redis_url: str, team: str, **more: Any) -> None:  # noqa: ANN401 - what a workplace takes
        super().__init__(redis_url, team=team, sleep=at_once, **more)
        self.team = team
        self.redis: Redis = connect(redis_url)
        self.store = Store(self.redis, team, clock=self.clock)
        self._stack.push_async_callback(self.redis.aclose)

    async def kill(self) -> None:
        """Ends the bot in the middle of whatever it does, without a word; leases stay until they run out."""
        if self.sluice is None or self.running is None:
            return
        in_hand = {self.running, *self._in_hand()}
        while in_hand:
            for task in in_hand:
                task.cancel()
            # Again and again, since a library may take one cancellation for its own.
            _, in_hand = await asyncio.wait(in_hand, timeout=0.05)
        self.sluice = self.running = None

    async def quiet(self) -> None:
        """Returns when nothing is in hand."""
        while held := self._in_hand():
            await asyncio.wait(held)

    async def _settled(self) -> None:
        """Returns when nothing is in hand but what a test holds up on purpose."""
        while held := self._in_hand():
            done, _ = await asyncio.wait(held, timeout=HELD_UP)
            if not done:
                return

    def _in_hand(self) -> list[asyncio.Task[None]]:
        return list(self.sluice._worker._held) if self.sluice and self.sluice._worker else []

    async def advance(self, seconds: float) -> None:
        """Lets time pass, once what is in hand has ended: else its leases would run out in the middle of it."""
        await self._settled()
        self.clock.offset += int(seconds * 1000)
        if self.sluice is not None and self.sluice._worker is not None:
            self.sluice._worker.ring()

    def flow(self) -> dict[str, Any] | None:
        """The flow kafka-eu -> kafka-us as Aiven has it."""
        return self.aiven.world.flow(*EU_US)

    def writes(self) -> list[str]:
        """The writes that reached Aiven, as `PUT {"enabled": false} 200`."""
        return [f"{call.method} {json.dumps(call.json)} {call.status}" for call in self.aiven.writes()]

    async def tags(self) -> list[str]:
        """The tags of the audit log; the chain must be whole."""
        assert (await audit.check(self.store)).wrong is None
        return [entry.note.tag async for entry in audit.entries(self.store)]
