"""The load generator: some clients on kept connections, each sending its next command when the last is acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from benchmarks.processes import HOST, MeasureError

_LONGEST_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Load:
    """What one run saw: how long each acknowledgement took, in order of length, and all of them together (seconds)."""

    each: Sequence[float]
    whole: float

    def at(self, part: float) -> float:
        """The time (ms) within which this part of the commands was acknowledged."""
        return self.each[min(int(len(self.each) * part), len(self.each) - 1)] * 1000

    @property
    def rate(self) -> float:
        """Acknowledgements per second."""
        return len(self.each) / self.whole


async def send(port: int, commands: Sequence[bytes], clients: int) -> Load:
    """Sends every command once. Raises MeasureError for any answer but an acknowledgement: 200 with no body."""
    queue, took = iter(commands), list[float]()
    loop = asyncio.get_running_loop()
    lines = [_Client(queue, took, loop.create_future()) for _ in range(clients)]
    for line in lines:
        await loop.create_connection(lambda line=line: line, HOST, port)  # type: ignore[misc]
    started = time.perf_counter()
    for line in lines:
        line.next()
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await asyncio.gather(*(line.done for line in lines))
    except TimeoutError:
        raise MeasureError(f"{len(commands) - len(took)} commands were not acknowledged") from None
    return Load(sorted(took), time.perf_counter() - started)


class _Client(asyncio.Protocol):
    """One connection. Bare asyncio, so that the clients cost little beside what they measure."""

    def __init__(self, queue: Iterator[bytes], took: list[float], done: asyncio.Future[None]) -> None:
        self._queue = queue
        self._took = took
        self._sent_at = 0.0
        self._read = b""
        self._transport: asyncio.WriteTransport | None = None
        self.done = done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def next(self) -> None:
        """Sends the next command; closes the connection when there is none."""
        assert self._transport is not None
        command = next(self._queue, None)
        if command is None:
            self._end(None)
            return
        self._read = b""
        self._sent_at = time.perf_counter()
        self._transport.write(command)

    def data_received(self, data: bytes) -> None:
        self._read += data
        if b"\r\n\r\n" not in self._read:
            return
        took = time.perf_counter() - self._sent_at
        if not (self._read.startswith(b"HTTP/1.1 200 ") and b"\r\ncontent-length: 0\r\n" in self._read.lower()):
            self._end(MeasureError(f"no acknowledgement, but {self._read[:300]!r}"))
            return
        self._took.append(took)
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(MeasureError(f"the server closed a connection: {exc}"))

    def _end(self, error: MeasureError | None) -> None:
        """Once, with what came of it; closing the connection ourselves comes after."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        if self._transport is not None:
            self._transport.close()
