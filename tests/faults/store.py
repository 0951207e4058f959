"""What goes wrong with the store."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import Redis

from bot.core.request import State
from tests.faults.row import DONE, On, Row, Strike, Wired
from tests.stage import BOB, OPS, Stage
from tests.wire import Reply, Tripwire

APPLIED = State.APPLIED
MAY_NOT = "may not have kept your command"


def wire_of(stage: Stage) -> Any:  # noqa: ANN401 - the wire of a wired stage
    assert isinstance(stage, Wired)
    return stage.wire


def answering(reply: str) -> Strike:
    """The next scripts get this answer from the server instead of what they do."""
    return lambda stage: wire_of(stage).replies.append(Reply(f"{reply}\r\n".encode(), b"EVALSHA", times=4))


def breaking(stage: Stage) -> None:
    """The next scripts are carried out, but the connection breaks off before the answer."""
    wire_of(stage).replies.append(Reply(None, b"EVALSHA", times=1))
    wire_of(stage).replies.append(Reply(None, b"sluice:request:send", times=1))


def refusing(stage: Stage) -> None:
    """Nobody listens any more."""
    wire_of(stage).tripwire.trip()
    wire_of(stage).cut()


def restarted(stage: Stage) -> None:
    """Every connection ends; those that are opened then are taken."""
    wire_of(stage).cut()


class Slow(Tripwire):
    """Each call takes a while."""

    async def hold(self, name: str) -> None:
        await asyncio.sleep(0.1 if name == "Redis" else 0)


def slow(stage: Stage) -> None:
    wire_of(stage).tripwire = Slow()


async def again_when_it_is_well(stage: Stage, number: int) -> None:
    """What may not have been kept is typed again once the store answers."""
    told = await stage.slack.command(BOB, OPS, f"/flow approve {number}")
    assert MAY_NOT in (told.text or "")
    wire = wire_of(stage)
    wire.replies.clear()
    wire.tripwire = Tripwire()
    await stage.type(BOB, f"approve {number}", "You approved")


async def until_it_is_sent(stage: Stage, number: int) -> None:
    """However slowly."""
    await stage.slack.command(BOB, OPS, f"/flow approve {number}")
    await stage.card(number, "applied and verified")
    wire_of(stage).tripwire = Tripwire()


async def forgets_the_approval_and_the_write(stage: Stage, number: int) -> None:
    """The server's disk fails: what was written since the request was asked for is gone, but the flow has changed."""
    await stage.quiet()
    async with bare(stage) as server:
        kept = [(key, await server.dump(key)) for key in await keys_of(server, stage)]
        await stage.slack.command(BOB, OPS, f"/flow approve {number}")
        await stage.card(number, "applied and verified")
        await stage.kill()
        await server.delete(*await keys_of(server, stage))
        for key, value in kept:
            await server.restore(key, 0, value)
    await stage.start()
    await stage.type(BOB, f"approve {number}", "You approved")


def bare(stage: Stage) -> Redis:
    """A client that takes what the server says for bytes."""
    return Redis(unix_socket_path=stage.redis.connection_pool.connection_kwargs["path"])


async def keys_of(server: Redis, stage: Stage) -> list[bytes]:
    return [key async for key in server.scan_iter(match=stage.store.keys("*"))]


def well(_: Stage) -> None:
    """Nothing yet."""


STORE = (
    Row("store: refuses connections", refusing, APPLIED, DONE, approve=again_when_it_is_well, on=On.WIRED),
    Row("store: restarted", restarted, APPLIED, DONE, on=On.WIRED),
    Row("store: breaks off when it has stored", breaking, APPLIED, DONE, announced=1, on=On.WIRED),
    Row("store: slow", slow, APPLIED, DONE, approve=until_it_is_sent, on=On.WIRED),
    *(
        Row(f"store: {answer.split()[0]}", answering(answer), APPLIED, DONE, approve=again_when_it_is_well, on=On.WIRED)
        for answer in (
            "-READONLY You can't write against a read only replica.",
            "-OOM command not allowed when used memory > 'maxmemory'.",
            "-LOADING Valkey is loading the dataset in memory",
            "-MOVED 1 127.0.0.1:1",
            "-ASK 1 127.0.0.1:1",
            "-CLUSTERDOWN Hash slot not served",
            "-MASTERDOWN Link with MASTER is down",
            "-BUSY Valkey is busy running a script.",
            "-NOPERM this user has no permissions to run the 'evalsha' command",
            "-NOAUTH Authentication required.",
        )
    ),
    Row(
        "store: its last writes are lost",
        well,
        APPLIED,
        "The flow is already as planned",
        announced=-1,
        approve=forgets_the_approval_and_the_write,
    ),
)

START = (
    (["--maxmemory-policy", "allkeys-lru"], "", "allkeys-lru, which throws away requests"),
    (["--maxmemory-policy", "allkeys-lfu"], "", "allkeys-lfu, which throws away requests"),
    (["--replicaof", "127.0.0.1 1"], "", "this server is a replica"),
    (["--requirepass", "secret"], "", "does not take this user and password"),
    (["--requirepass", "secret"], ":wrong@", "does not take this user and password"),
)
"""A server's options, a user, and why Sluice does not start on it."""
