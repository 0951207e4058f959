"""Runs the simulator alone with the tour's account: `python -m bot.sandbox.aiven --port 18080`."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Sequence

from bot.sandbox.aiven import AivenSimulator, Call, demo_world


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until it is interrupted or terminated; prints every call."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.aiven", description="A simulated Aiven account.")
    parser.add_argument("--port", type=int, default=18080, help="port on 127.0.0.1, 0 for a free one (default: 18080)")
    asyncio.run(_serve(parser.parse_args(arguments).port))


async def _serve(port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AivenSimulator(demo_world(), port=port, on_call=_show) as simulator:
        _say("Simulated Aiven account, in memory only. Point a client at it:")
        _say(f"  AIVEN_WEB_URL={simulator.web_url} AIVEN_TOKEN={simulator.access.token}")
        await stopped.wait()


def _show(call: Call) -> None:
    _say(str(call))


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
