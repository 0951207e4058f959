"""Time as the store tells it: replicas whose own clocks differ agree on what is due and what has run out."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The store's time between two answers of the store. `offset` (ms) lets tests be at another moment."""

    def __init__(self) -> None:
        self.offset = 0
        self._ahead = time.time() * 1000 - time.monotonic() * 1000

    def heard(self, server_ms: int) -> None:
        """Take the store's time, in ms since 1970, without the offset."""
        self._ahead = server_ms - time.monotonic() * 1000

    def now(self) -> datetime:
        """The store's time now."""
        return from_ms(int(time.monotonic() * 1000 + self._ahead) + self.offset)

    def after(self, seconds: float) -> datetime:
        """The store's time some seconds from now."""
        return self.now() + timedelta(seconds=seconds)


def to_ms(moment: datetime) -> int:
    """A moment as the store keeps it: ms since 1970."""
    return int(moment.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """What the store keeps as a moment, in UTC."""
    return datetime.fromtimestamp(value / 1000, UTC)
