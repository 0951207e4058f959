"""`sluice serve` as people run it, between simulators: started, asked about its memory and what it still has to do."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from redis.asyncio import Redis

from benchmarks import peers
from benchmarks.processes import HOST, MeasureError, resident, running, said, until_ready
from benchmarks.workspace import OPERATOR, SERVICE, workspace
from bot.store.connecting import connect
from bot.store.embedded import open_embedded
from bot.store.keys import Keys

_DRAIN_SECONDS: Final = 300.0
_POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Simulators:
    """Slack and Aiven, in one process."""

    slack_url: str
    aiven_url: str
    aiven_token: str
    process: subprocess.Popen[bytes]

    async def answers(self) -> int:
        """Ends them; how many answers came to Slack's response_urls."""
        self.process.terminate()
        return int(json.loads(await said(self.process))["answers"])


@asynccontextmanager
async def simulators(commands: int = 0) -> AsyncIterator[Simulators]:
    """Runs them; they know the response_urls of so many commands."""
    async with running("-m", "benchmarks.peers", peers.SIMULATORS, str(commands)) as process:
        facts = json.loads(await said(process))
        yield Simulators(facts["slack"], facts["aiven"], facts["token"], process)


class Memory(NamedTuple):
    """Resident memory in MB."""

    bot: float
    valkey: float


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that is ready. `start_seconds`: from its spawn to the first 200 of /readyz."""

    port: int
    start_seconds: float
    _pid: int
    _redis: Redis

    async def memory(self) -> Memory:
        """What the bot and its Valkey hold now."""
        info = await self._redis.info("memory")
        return Memory(resident(self._pid), info["used_memory_rss"] / 1e6)

    async def drained(self) -> None:
        """Returns when every command that was acknowledged is answered. Raises MeasureError after five minutes."""
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await self._unanswered():  # noqa: ASYNC110 - another process works it off
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise MeasureError(f"commands are still not answered after {_DRAIN_SECONDS:g} s") from None

    async def _unanswered(self) -> bool:
        name = Keys(workspace().workspace.team_id)
        if await self._redis.hlen(name("lease")):  # type: ignore[misc]
            return True
        return any(item.startswith("in:") for item in await self._redis.zrange(name("due"), 0, -1))


@asynccontextmanager
async def bot(world: Simulators) -> AsyncIterator[Bot]:
    """`sluice serve` with an embedded Valkey on an empty folder, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        port = _free_port()
        started = time.perf_counter()
        async with running("-m", "bot", "serve", env=_settings(world, port, folder)) as process:
            await until_ready(process, port)
            seconds = time.perf_counter() - started
            embedded = await open_embedded(Path(folder))
            redis = connect(embedded.url)
            try:
                yield Bot(port, seconds, process.pid, redis)
            finally:
                await redis.aclose()
                await embedded.close()


def _settings(world: Simulators, port: int, folder: str) -> dict[str, str]:
    own = workspace().workspace
    return {
        "SLACK_BOT_TOKEN": own.bot_token, "SLACK_SIGNING_SECRET": own.signing_secret,
        "SLACK_API_URL": f"{world.slack_url}/api/", "AIVEN_TOKEN": world.aiven_token,
        "AIVEN_WEB_URL": world.aiven_url, "SLUICE_HOST": HOST, "SLUICE_PORT": str(port),
        "SLUICE_DATA_DIR": folder, "SLUICE_ADMINS": OPERATOR,
        "SLUICE_PROJECT": SERVICE[0], "SLUICE_SERVICE": SERVICE[1],
    }  # fmt: skip


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])
