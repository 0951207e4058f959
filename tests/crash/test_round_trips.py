"""How often the store is asked, one time after the other: on each of these waits a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.crash.play import Play
from tests.stage import ANN, BOB, OPS
from tests.wire import Tripwire

CALM_SECONDS = 0.05
"""In so much time (real) everything gets as far as the next answer of the store that it waits for."""


class Rounds(Tripwire):
    """Calls to the store are let through together, round by round; what goes on at the same time is one round."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[asyncio.Event] = []
        self.passed = 0
        self.over = False

    async def hold(self, name: str) -> None:
        if name == "Redis" and not self.over:
            self.waiting.append(turn := asyncio.Event())
            await turn.wait()

    async def until(self, so: Callable[[], Awaitable[bool]]) -> int:
        """How many rounds it takes until it is so."""
        for _ in range(20):
            await asyncio.sleep(CALM_SECONDS)
            if await so():
                return self.passed
            self._go_on()
            self.passed += 1
        raise AssertionError("still not so")

    def end(self) -> None:
        """From now on everything goes on at once."""
        self.over = True
        self._go_on()

    def _go_on(self) -> None:
        turns, self.waiting = self.waiting, []
        for turn in turns:
            turn.set()


@asynccontextmanager
async def rounds(play: Play, user: str, text: str) -> AsyncIterator[Rounds]:
    """Somebody types this, and the calls to the store that follow are let through by rounds."""
    await play.settle()
    play._use(held := Rounds())
    typing = asyncio.ensure_future(play.slack.command(user, OPS, f"/flow {text}"))
    yield held
    held.end()
    await typing


async def test_a_question_is_answered_after_three(valkey: str, team: str) -> None:
    async with Play(valkey, team, Tripwire()) as play:
        await play.types_until(ANN, "show kafka-eu -> kafka-us")
        await play.settle()
        seen = len(play.slack.ephemeral_to(ANN))

        async def answered() -> bool:
            return len(play.slack.ephemeral_to(ANN)) > seen

        async with rounds(play, ANN, "show kafka-us -> kafka-ap") as held:
            assert await held.until(answered) <= 3


async def test_a_decision_is_sent_after_four_and_known_to_be_applied_after_six(valkey: str, team: str) -> None:
    async with Play(valkey, team, Tripwire()) as play:
        await play.types_until(ANN, "exactly-once on kafka-eu -> kafka-us")
        number = (await play.request()).number

        async def sent() -> bool:
            return bool(play.aiven.writes())

        async with rounds(play, BOB, f"approve {number}") as held:
            assert await held.until(sent) <= 4
            assert await held.until(play.over) <= 6
