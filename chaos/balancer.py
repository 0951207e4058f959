"""What stands before the replicas: each connection goes to one that takes it."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from typing import Final, Self

HOST: Final = "127.0.0.1"
_CHUNK: Final = 65_536


class Balancer:
    """An async context manager; `ports` are those of the replicas, `url` is where it listens."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.url = ""
        self._turn = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, HOST, 0)
        self.url = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        far = await self._open()
        if far is None:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(_pass_on(reader, far[1]), _pass_on(far[0], writer))
        except OSError:
            writer.transport.abort()
        finally:
            far[1].transport.abort()

    async def _open(self) -> tuple[StreamReader, StreamWriter] | None:
        self._turn += 1
        for number in range(len(self.ports)):
            try:
                return await asyncio.open_connection(HOST, self.ports[(self._turn + number) % len(self.ports)])
            except OSError:
                continue
        return None


async def _pass_on(source: StreamReader, sink: StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        sink.write(chunk)
        await sink.drain()
    sink.close()
