"""The acknowledgement of a command: Sluice beside two bare servers, in rounds, so that a busy machine hits all alike.

Sluice stores each command with an fsync before it acknowledges, and answers earlier ones in the meantime: the same
process reads Aiven, decides, and posts to Slack. The bare servers do neither. Between rounds Sluice finishes its work.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks import bot_process, peers
from benchmarks.bot_process import Memory, Simulators
from benchmarks.load import Load, send
from benchmarks.processes import MeasureError, running, said
from benchmarks.table import Row, Target
from benchmarks.workspace import Commands

MANY: Final = 50
_WARM_UP: Final = 20
_SLUICE: Final = "sluice"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is sent to each server: so many rounds, each with so many commands from one client and from many."""

    rounds: int
    one: int
    many: int

    @property
    def commands(self) -> int:
        """All that one server gets."""
        return _WARM_UP + self.rounds * (self.one + self.many)


@dataclass(frozen=True, slots=True)
class Seen:
    """One server in one round. `done_seconds`: until all of many clients' commands were answered too."""

    one: Load
    many: Load
    done_seconds: float


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, what is sent to it, and how to wait until it is idle."""

    port: int
    commands: Commands
    idle: Callable[[], Awaitable[None]]


async def measure(plan: Plan) -> list[Row]:
    """The rows about the acknowledgement, and about the bot's memory before and after it."""
    async with bot_process.simulators(plan.commands) as world:
        async with bot_process.bot(world) as bot, _bare(world, plan) as bare:
            sluice = Server(bot.port, Commands(world.slack_url, plan.commands), bot.drained)
            before = await bot.memory()
            rounds = await _rounds(plan, bare | {_SLUICE: sluice})
            after = await bot.memory()
        answers = await world.answers()
    if answers != sluice.commands.made:
        raise MeasureError(f"{sluice.commands.made} commands were acknowledged, {answers} answered")
    return [*_ack_rows(rounds), *_memory_rows(before, after)]


@asynccontextmanager
async def _bare(world: Simulators, plan: Plan) -> AsyncIterator[dict[str, Server]]:
    """The servers to compare with."""
    async with (
        running("-m", "benchmarks.peers", peers.NO_OP) as no_op,
        running("-m", "benchmarks.peers", peers.BOLT, f"{world.slack_url}/api/") as bolt,
    ):
        found = {}
        for name, process in ((peers.NO_OP, no_op), (peers.BOLT, bolt)):
            port = json.loads(await said(process))["port"]
            found[name] = Server(port, Commands(world.slack_url, plan.commands), _nothing_to_wait_for)
        yield found


async def _nothing_to_wait_for() -> None:
    """A server that acknowledges and forgets is idle at once."""


async def _rounds(plan: Plan, servers: dict[str, Server]) -> list[dict[str, Seen]]:
    for server in servers.values():
        await send(server.port, server.commands.take(_WARM_UP), 1)
        await server.idle()
    return [{name: await _run(plan, server) for name, server in servers.items()} for _ in range(plan.rounds)]


async def _run(plan: Plan, server: Server) -> Seen:
    one = await send(server.port, server.commands.take(plan.one), 1)
    await server.idle()
    commands = server.commands.take(plan.many)
    started = time.perf_counter()
    many = await send(server.port, commands, MANY)
    await server.idle()
    return Seen(one, many, time.perf_counter() - started)


def _ack_rows(rounds: Sequence[dict[str, Seen]]) -> list[Row]:
    done = median(len(seen[_SLUICE].many.each) / seen[_SLUICE].done_seconds for seen in rounds)
    many = f"ack, {MANY} clients"
    return [
        _row(rounds, "ack, 1 client: p50 (ms)", lambda seen: seen.one.at(0.5), Target("<=", 0.15)),
        _row(rounds, "ack, 1 client: p99 (ms)", lambda seen: seen.one.at(0.99)),
        _row(rounds, f"{many}: commands per second", lambda seen: seen.many.rate, Target(">=", 1)),
        _row(rounds, f"{many}: p50 (ms)", lambda seen: seen.many.at(0.5)),
        _row(rounds, f"{many}: p99 (ms)", lambda seen: seen.many.at(0.99), Target("<=", 1)),
        Row("of these, answered in Slack per second", done),
    ]


def _row(
    rounds: Sequence[dict[str, Seen]], what: str, value: Callable[[Seen], float], target: Target | None = None
) -> Row:
    """Medians over the rounds; the ratio is the median of each round's own, for both were under the same load."""
    no_op, bolt, sluice = ([value(seen[name]) for seen in rounds] for name in (peers.NO_OP, peers.BOLT, _SLUICE))
    ratio = median(ours / theirs for ours, theirs in zip(sluice, bolt, strict=True))
    return Row(what, median(sluice), target, no_op=median(no_op), bolt=median(bolt), ratio=ratio)


def _memory_rows(before: Memory, after: Memory) -> list[Row]:
    most = Target("<=", 110)
    return [
        Row("memory when ready: bot (MB)", before.bot, most),
        Row("memory when ready: its Valkey (MB)", before.valkey),
        Row("memory after the load: bot (MB)", after.bot, most),
        Row("memory after the load: its Valkey (MB)", after.valkey),
    ]
