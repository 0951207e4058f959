"""A row of THE table of what goes wrong around a change, and the stages that rows are played on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from bot.core.request import State
from bot.settings import Settings
from tests.stage import BOB, OPS, Stage
from tests.wire import Tripwire, Wire

ON = "exactly-once on kafka-eu -> kafka-us"
NEW = "create kafka-us -> kafka-eu topics=orders.*"
FLOW = "replication-flows/kafka-eu/kafka-us"
DONE = "Applied, and read back from Aiven as planned."
APPROVED = "You approved"

Strike = Callable[[Stage], object]
Approve = Callable[[Stage, int], Awaitable[None]]


class On(Enum):
    """Where a row is played: over HTTP, over Socket Mode, or with a wire to the store that can be meddled with."""

    HTTP = "HTTP"
    SOCKET = "Socket Mode"
    WIRED = "a wire to the store"


async def types(stage: Stage, number: int) -> None:
    """BOB approves by a command."""
    await stage.slack.command(BOB, OPS, f"/flow approve {number}")


@dataclass(frozen=True)
class Row:
    """`strike` is done after the approval was asked for, before it is given, which `approve` does.

    What the person sees: `says` is what the card shows in the end, `meanwhile` what it showed on the way, `told` what
    the approver was told. What is sent again: `sent` is how many writes reached Aiven. What is recorded: the state in
    which it `ends`, and each announcement of a write: `announced` more than there were writes (below 0: fewer).
    `effects`: how many writes took effect, where that is not one for a change that was applied.
    """

    name: str
    strike: Strike
    ends: State
    says: str
    sent: int = 1
    meanwhile: str = ""
    text: str = ON
    told: str = APPROVED
    approve: Approve = types
    on: On = On.HTTP
    announced: int = 0
    effects: int | None = None


class Wired(Stage):
    """A stage whose bot reaches its store over a wire that can answer for it."""

    wire: Wire

    @property
    def settings(self) -> Settings:
        self._settings["redis_url"] = f"redis://127.0.0.1:{self.wire.port}/0"
        return super().settings


@asynccontextmanager
async def wired_stage(valkey: str, team: str) -> AsyncIterator[Wired]:
    """Such a stage."""
    async with Wire("Redis", urlsplit(valkey).path, Tripwire()) as wire:
        made = Wired(valkey, team)
        made.wire = wire
        async with made:
            yield made


@asynccontextmanager
async def stage_for(row: Row, valkey: str, team: str) -> AsyncIterator[Stage]:
    """The stage that a row is played on."""
    if row.on is On.WIRED:
        async with wired_stage(valkey, team) as wired:
            yield wired
    else:
        async with Stage(valkey, team, socket_mode=row.on is On.SOCKET) as stage:
            yield stage
