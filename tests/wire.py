"""Wires between the bot and everything else; a tripwire cuts them all at one call: before it arrives, or after it."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field
from typing import Self

CHUNK = 1 << 20


@dataclass
class Tripwire:
    """Counts the calls over all wires and cuts at number `at`: before it arrives, or after it did and unanswered."""

    at: int | None = None
    after: bool = False
    calls: list[str] = field(default_factory=list)
    tripped: asyncio.Event = field(default_factory=asyncio.Event)

    def counts(self, name: str, chunk: bytes) -> bool:
        """Whether this call is the one to cut at."""
        if self.tripped.is_set():
            return True
        self.calls.append(f"{name}: {_label(chunk)}")
        return self.at == len(self.calls)

    async def hold(self, name: str) -> None:
        """Returns when a call over this wire may go on."""

    def trip(self) -> None:
        self.tripped.set()


@dataclass
class Reply:
    """What is answered to the next `times` calls that hold `word`, in place of what would have been.

    Without an `answer` the call arrives, and the connection breaks off before its answer.
    """

    answer: bytes | None
    word: bytes = b""
    times: int = 1

    def takes(self, chunk: bytes) -> bool:
        """Whether it answers this one; if so one of its `times` is used up."""
        if self.times == 0 or self.word not in chunk:
            return False
        self.times -= 1
        return True


def _label(chunk: bytes) -> str:
    """The command or request line, for a person to find it by."""
    lines = chunk.split(b"\r\n")
    words = [line for line in lines if line and not line.startswith((b"*", b"$"))]
    return b" ".join(words[:2] if chunk.startswith(b"*") else words[:1])[:80].decode(errors="replace")


class Wire:
    """One way out of the bot: listens on a port of its own and passes everything on to `target`.

    `target`: a port of this machine, or the path of a unix socket.
    """

    def __init__(self, name: str, target: int | str, tripwire: Tripwire) -> None:
        self.name = name
        self.port = 0
        self.tripwire = tripwire
        self.replies: list[Reply] = []
        self._target = target
        self._server: asyncio.Server | None = None
        self._lines: set[StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Ends every connection without a word."""
        for line in self._lines:
            line.transport.abort()
        self._lines.clear()

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self.tripwire.tripped.is_set():
            writer.transport.abort()
            return
        open_target = (
            asyncio.open_unix_connection(self._target)
            if isinstance(self._target, str)
            else asyncio.open_connection("127.0.0.1", self._target)
        )
        far_reader, far_writer = await open_target
        self._lines |= {writer, far_writer}
        line = _Line(self)
        try:
            await asyncio.gather(line.ask(reader, far_writer, writer), line.answer(far_reader, writer))
        except (ConnectionError, EOFError):
            pass
        finally:
            for each in (writer, far_writer):
                each.transport.abort()
                self._lines.discard(each)


@dataclass
class _Line:
    """One connection: calls one way, answers the other, one after the other."""

    wire: Wire
    calling: bool = False
    last: bool = False
    broken: bool = False

    @property
    def tripwire(self) -> Tripwire:
        return self.wire.tripwire

    async def ask(self, source: StreamReader, sink: StreamWriter, back: StreamWriter) -> None:
        while chunk := await source.read(CHUNK):
            reply = next((each for each in self.wire.replies if not self.calling and each.takes(chunk)), None)
            if reply is not None and reply.answer is not None:
                back.write(reply.answer)
                await back.drain()
                continue
            self.broken = self.broken or reply is not None
            if not self.calling:
                self.calling = True
                self.last = self.tripwire.counts(self.wire.name, chunk)
                if self.last and not self.tripwire.after:
                    self.tripwire.trip()
            await self.tripwire.hold(self.wire.name)
            if self.tripwire.tripped.is_set():
                raise ConnectionResetError
            sink.write(chunk)
            await sink.drain()
        raise EOFError

    async def answer(self, source: StreamReader, sink: StreamWriter) -> None:
        while chunk := await source.read(CHUNK):
            self.calling = False
            if self.last:
                self.tripwire.trip()
            if self.tripwire.tripped.is_set() or self.broken:
                raise ConnectionResetError
            sink.write(chunk)
            await sink.drain()
        raise EOFError
