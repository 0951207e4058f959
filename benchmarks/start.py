"""How long `sluice serve` takes from its spawn to the first 200 of /readyz: empty folder, embedded Valkey."""

from __future__ import annotations

from statistics import median

from benchmarks import bot_process
from benchmarks.table import Row, Target


async def measure(times: int) -> list[Row]:
    """The median of so many starts, each on a folder of its own."""
    seconds = []
    async with bot_process.simulators() as world:
        for _ in range(times):
            async with bot_process.bot(world) as bot:
                seconds.append(bot.start_seconds)
    return [Row("start to ready (s)", median(seconds), Target("<=", 1.5))]
