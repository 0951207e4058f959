"""What was acknowledged and waits to be looked at. Acknowledgements come first: Slack waits three seconds for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from bot.core.delivery import Delivery
from bot.store.commit import Lease

QUIET_SECONDS: Final = 0.005
"""One may start each time, when nobody waits, nothing has come in for this long, and the loop is no later than this."""

TRICKLE_SECONDS: Final = 0.25
"""How often one may start while deliveries keep coming in."""

LONGEST: Final = 1000
"""What comes in beyond this is left to whoever claims it once its first lease has run out."""


class Loop(Protocol):
    """What of an event loop is needed here."""

    def time(self) -> float:
        """Its clock, in seconds."""

    def call_at(self, when: float, callback: Callable[[], None], /) -> object:
        """Calls back then, or later when it is busy."""


class Backlog:
    """Starts what waits by `start`, oldest first, as far as `room` allows. `busy`: whether an acknowledgement waits.

    What waited `patience` seconds is let go: its lease would soon run out, and it is claimed like anything that is due.
    """

    def __init__(
        self,
        loop: Loop,
        start: Callable[[Lease, Delivery], None],
        room: Callable[[], int],
        busy: Callable[[], bool],
        patience: float,
    ) -> None:
        self._loop = loop
        self._start = start
        self._room = room
        self._busy = busy
        self._patience = patience
        self._waiting: deque[tuple[float, Lease, Delivery]] = deque()
        self._last_in = self._last_out = 0.0
        self._timer: object | None = None
        self._due = 0.0

    def add(self, lease: Lease, delivery: Delivery) -> None:
        """A delivery has just been stored."""
        self._last_in = self._loop.time()
        if len(self._waiting) < LONGEST:
            self._waiting.append((self._last_in, lease, delivery))
            self._look_soon()

    def _look_soon(self) -> None:
        if self._timer is None and self._waiting:
            self._due = self._loop.time() + QUIET_SECONDS
            self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._waiting and now - self._waiting[0][0] > self._patience:
            self._waiting.popleft()
        if self._waiting and self._room() > 0 and self._may_start(now):
            _, lease, delivery = self._waiting.popleft()
            self._last_out = now
            self._start(lease, delivery)
        self._look_soon()

    def _may_start(self, now: float) -> bool:
        quiet = not self._busy() and now - self._last_in >= QUIET_SECONDS >= now - self._due
        return quiet or now - self._last_out >= TRICKLE_SECONDS
