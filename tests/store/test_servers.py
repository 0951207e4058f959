"""The same store on a cluster of three, under Sentinels with a failover, over TLS with a user of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path

from redis.asyncio import Redis

from bot.store import audit, fitness, gauges
from bot.store.connecting import connect
from tests.servers import free_port, server
from tests.stage import ANN, BOB, Stage

ON = "exactly-once on kafka-eu -> kafka-us"


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


async def test_the_whole_way_on_a_cluster(tmp_path: Path) -> None:
    """Several workspaces, so that several nodes have a part in it."""
    async with cluster(tmp_path) as url:
        for team in ("TONE", "TTWO", "TTHREE"):
            async with Stage(url, team) as stage:
                number = await stage.ask(ON)
                await stage.click(BOB, number, "approve")
                await stage.card(number, "applied and verified")
                await stage.type(ANN, "history", "Request 1")
                await stage.quiet()
                assert (await gauges.read(stage.store)).ended == {"applied": 1}
                await stage.tags()
        async with connect(url) as redis:
            assert await audit.workspaces(redis) == ["TONE", "TTHREE", "TTWO"]
            await fitness.check(redis)
