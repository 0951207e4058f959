"""The programs around Sluice, each a process of its own: `python -m benchmarks.peers NAME`.

`no-op` (aiohttp answers 200), `bolt` (a Bolt app that only acks), `simulators` (Slack and Aiven). Each prints one
line of JSON when it serves, and ends at SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import uvloop
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp

from benchmarks.processes import HOST
from benchmarks.workspace import COMMAND, add_response_urls, workspace
from bot.sandbox.aiven import AivenSimulator, demo_world
from bot.sender import web_client
from handlers.http import EVENTS_PATH

NO_OP: Final = "no-op"
BOLT: Final = "bolt"
SIMULATORS: Final = "simulators"


@asynccontextmanager
async def _no_op() -> AsyncIterator[None]:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post(EVENTS_PATH, answer)
    async with _served(app):
        yield


@asynccontextmanager
async def _bolt(slack_api_url: str) -> AsyncIterator[None]:
    """Bolt as its guide begins: a token, a secret, its own server; uvloop is a gift of ours."""
    own = workspace().workspace
    bolt = AsyncApp(signing_secret=own.signing_secret, client=web_client(own.bot_token, slack_api_url))

    @bolt.command(COMMAND)
    async def command(ack: AsyncAck) -> None:
        await ack()

    async with _served(bolt.web_app(EVENTS_PATH)):
        yield


@asynccontextmanager
async def _simulators(commands: str) -> AsyncIterator[None]:
    """Slack and Aiven. At the end a second line says how many answers came to Slack's response_urls."""
    slack = workspace()
    async with slack, AivenSimulator(demo_world()) as aiven:
        add_response_urls(slack, int(commands))
        _say({"slack": slack.base_url, "aiven": aiven.web_url, "token": aiven.access.token})
        yield
    _say({"answers": sum(call.ok is True for call in slack.calls_of("response_url"))})


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    _say({"port": runner.addresses[0][1]})
    yield
    await runner.cleanup()


def _say(facts: dict[str, str | int]) -> None:
    print(json.dumps(facts), flush=True)


_PEERS: Final[dict[str, Callable[..., AbstractAsyncContextManager[None]]]] = {
    NO_OP: _no_op,
    BOLT: _bolt,
    SIMULATORS: _simulators,
}


async def _main(name: str, *arguments: str) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with _PEERS[name](*arguments):
        await stopped.wait()


if __name__ == "__main__":
    uvloop.run(_main(*sys.argv[1:]))
