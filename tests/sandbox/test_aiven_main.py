"""The simulator runs alone."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path

import httpx

import bot

ROOT = Path(bot.__file__).parents[1]


async def test_it_says_where_it_is_shows_calls_and_ends_when_told() -> None:
    """`python -m bot.sandbox.aiven` prints URL and token, then every call; a termination is a clean end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox.aiven", "--port", "0", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        found = re.search(r"AIVEN_WEB_URL=(\S+) AIVEN_TOKEN=(\S+)", (await process.stdout.readline()).decode())
        assert found is not None
        url, token = found.groups()
        async with httpx.AsyncClient(headers={"authorization": f"aivenv1 {token}"}) as client:
            assert (await client.get(f"{url}/v1/me")).status_code == 200
        assert await process.stdout.readline() == b"GET /v1/me -> 200\n"
    finally:
        process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
