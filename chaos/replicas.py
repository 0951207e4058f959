"""The processes of the bot, and the store between them: started, killed, started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.store.embedded import Embedded
from chaos.balancer import HOST

_ROOT: Final = Path(__file__).parents[1]
_POLITE: Final = 0.1
"""How many of the stops are a SIGTERM, as in a rolling restart; the rest are kill -9."""


class Replica:
    """One `sluice serve` on a port of its own."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self.port = _free_port()
        self.kills = 0
        self.stops = 0
        self.killed_at: list[datetime] = []
        self._env = {**env, "SLUICE_PORT": str(self.port), "SLUICE_HOST": HOST, "PATH": os.environ["PATH"]}
        self._log = log
        self._process: Process | None = None

    async def start(self) -> None:
        """Starts it; returns at once."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "serve", cwd=_ROOT, env=self._env, stdin=DEVNULL, stdout=log, stderr=log
            )

    async def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Kills it, or asks it to stop; returns when it is gone."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(how)
        await self._process.wait()

    @property
    def resident(self) -> float:
        """What it holds in memory now, in MB (Linux)."""
        status = Path(f"/proc/{self._process.pid if self._process else 0}/statm")
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1_000_000

    async def strike(self, dice: random.Random) -> None:
        """Ends it one way or the other, and starts it again after a moment."""
        polite = dice.random() < _POLITE
        await self.end(signal.SIGTERM if polite else signal.SIGKILL)
        self.stops += polite
        self.kills += not polite
        self.killed_at += [] if polite else [datetime.now(UTC)]
        await asyncio.sleep(dice.uniform(0, 0.3))
        await self.start()


def strike_store(embedded: Embedded) -> None:
    """Kills the server; `Embedded.keep` starts it again on its file."""
    if embedded.process is not None:
        embedded.process.kill()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port
