"""Starts the programs that are measured, waits until they serve, sizes them, and stops them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Final

from aiohttp import ClientSession

HOST: Final = "127.0.0.1"
_ROOT: Final = Path(__file__).parents[1]
_READY_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.005
_STOP_SECONDS: Final = 30.0
_OURS: Final = ("SLACK_", "AIVEN_", "SLUICE_", "REDIS_URL")
_MEGABYTE: Final = 1_000_000


class MeasureError(Exception):
    """Why something could not be measured: one line."""


@asynccontextmanager
async def running(*words: str, env: Mapping[str, str] | None = None) -> AsyncIterator[subprocess.Popen[bytes]]:
    """`python WORDS` in the project, with no settings of Sluice but `env`; terminated at the end.

    Raises MeasureError with the last line that it wrote to stderr when it has ended by itself.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own programs, and starting one takes a millisecond
            [sys.executable, *words], cwd=_ROOT, env=own | dict(env or {}),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        try:
            yield process
        except BaseException as error:
            if process.poll() is not None:
                why = f"{' '.join(words)} ended with code {process.returncode}: {_last_line(errors)}"
                raise MeasureError(why) from error
            raise
        finally:
            await _stop(process)


async def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        await asyncio.to_thread(process.wait, _STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


async def said(process: subprocess.Popen[bytes]) -> str:
    """The next line on the program's stdout. Raises MeasureError when there is none."""
    if process.stdout is None:
        raise MeasureError("the program has no stdout")
    line = await asyncio.to_thread(process.stdout.readline)
    if not line:
        await asyncio.to_thread(process.wait, _STOP_SECONDS)
        raise MeasureError("the program ended before it said anything")
    return line.decode().strip()


async def until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    """Returns at the first 200 of /readyz. Raises MeasureError when the program ends, or after half a minute."""
    try:
        async with asyncio.timeout(_READY_SECONDS), ClientSession() as session:
            while not await _ready(session, port):
                if process.poll() is not None:
                    raise MeasureError("the program ended before it was ready")
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise MeasureError(f"not ready after {_READY_SECONDS:g} s") from None


async def _ready(session: ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://{HOST}:{port}/readyz") as response:
            return response.ok
    except OSError:
        return False


def resident(pid: int) -> float:
    """What a process holds in memory now, in MB."""
    status = Path(f"/proc/{pid}/statm")
    if status.exists():
        size = int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    else:
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True)  # noqa: S603, S607
        size = int(told.stdout) * 1024
    return size / _MEGABYTE
