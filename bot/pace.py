"""How fast a channel may be written to: about one message a second with short bursts (docs.slack.dev rate limits)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_EVERY: Final = timedelta(seconds=1)
_BURST: Final = 5
_CHANNELS: Final = 10_000


class Pace:
    """A token bucket per channel; the moment is a value. Of many channels the least recently used are forgotten."""

    def __init__(self) -> None:
        self._free_at: dict[str, datetime] = {}
        self._held_until: datetime | None = None

    def wait(self, channel: str, now: datetime, *, patient: bool = False) -> timedelta:
        """How long to wait before the next message there; nothing while the burst lasts.

        `patient`: for what nobody waits for, which leaves the burst to the rest.
        """
        ahead = self._free_at.get(channel, now) - now
        held = (self._held_until or now) - now
        return max(timedelta(), ahead - _EVERY * (0 if patient else _BURST - 1), held)

    def hold(self, until: datetime) -> None:
        """Slack asked for a pause, everywhere."""
        self._held_until = until

    def used(self, channel: str, now: datetime) -> None:
        """A message was sent there."""
        free_at = max(self._free_at.pop(channel, now), now) + _EVERY
        self._free_at[channel] = free_at
        if len(self._free_at) > _CHANNELS:
            del self._free_at[next(iter(self._free_at))]
