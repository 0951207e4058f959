"""The embedded Valkey keeps what it was told, whoever is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store.connecting import connect
from bot.store.embedded import Embedded, EmbeddedError, open_embedded

ROOT = Path(__file__).resolve().parents[2]
BOT = """
import asyncio, sys
from pathlib import Path
from bot.store.embedded import open_embedded
from bot.store.connecting import connect

async def main():
    embedded = await open_embedded(Path(sys.argv[1]))
    async with connect(embedded.url) as redis:
        await redis.set("kept", sys.argv[2])
        print((await redis.info("server"))["process_id"], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def killed_bot(folder: Path, value: str) -> int:
    """A process that writes and is killed; its server lives on. The server's process id."""
    with subprocess.Popen([sys.executable, "-c", BOT, str(folder), value], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        server = int(process.stdout.readline())
        process.kill()
    return server


def tear(folder: Path) -> None:
    """Leaves half a command at the end of the file, as a crash of the machine would."""
    with next(folder.rglob("*.incr.aof")).open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nkept\r\n$9\r\nto")


def ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def value(embedded: Embedded, key: str = "kept") -> str | None:
    async with connect(embedded.url) as redis:
        found: str | None = await redis.get(key)
        return found


async def server_of(embedded: Embedded) -> int:
    async with connect(embedded.url) as redis:
        return int((await redis.info("server"))["process_id"])


async def test_a_bot_that_was_killed_left_its_server_and_the_next_joins_it(tmp_path: Path) -> None:
    server = killed_bot(tmp_path, "before the kill")
    embedded = await open_embedded(tmp_path)
    assert (await value(embedded), await server_of(embedded), embedded.alone) == ("before the kill", server, True)
    await embedded.close()
    async with asyncio.timeout(10):
        while not ended(server):
            await asyncio.sleep(0.01)


async def test_bot_and_server_killed_the_next_start_reads_the_file(tmp_path: Path) -> None:
    server = killed_bot(tmp_path, "synced")
    os.kill(server, signal.SIGKILL)
    embedded = await open_embedded(tmp_path)
    assert await value(embedded) == "synced"
    assert await server_of(embedded) != server
    await embedded.close()


async def test_a_file_that_was_torn_at_the_end_is_read_up_to_there(tmp_path: Path) -> None:
    os.kill(killed_bot(tmp_path, "whole"), signal.SIGKILL)
    tear(tmp_path)
    embedded = await open_embedded(tmp_path)
    assert await value(embedded) == "whole"
    await embedded.close()


async def test_a_second_bot_shares_the_server_and_the_last_one_stops_it(tmp_path: Path) -> None:
    first = await open_embedded(tmp_path)
    second = await open_embedded(tmp_path)
    assert (first.alone, second.alone, first.url == second.url) == (True, False, True)
    await first.close()
    assert await value(second, "nothing") is None
    server = await server_of(second)
    await second.close()
    assert ended(server)


async def test_two_that_start_at_once_get_one_server(tmp_path: Path) -> None:
    first, second = await asyncio.gather(open_embedded(tmp_path), open_embedded(tmp_path))
    assert await server_of(first) == await server_of(second)
    assert sorted([first.alone, second.alone]) == [False, True]
    await first.close()
    await second.close()


async def test_a_folder_with_a_long_path_works_and_is_private(tmp_path: Path) -> None:
    """A unix socket takes about a hundred bytes; the socket then stands in a private folder elsewhere."""
    folder = tmp_path / ("d" * 120)
    embedded = await open_embedded(folder)
    socket = Path(embedded.url.removeprefix("unix://"))
    assert folder not in socket.parents
    assert [path.stat().st_mode & 0o077 for path in (folder, socket.parent)] == [0, 0]
    await embedded.close()


async def test_nobody_else_on_the_machine_may_open_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    embedded = await open_embedded(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    await embedded.close()


async def test_a_folder_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match=r"SLUICE_DATA_DIR .* cannot be used") as caught:
        await open_embedded(tmp_path / "file")
    assert "\n" not in str(caught.value)
