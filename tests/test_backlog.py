"""What was acknowledged starts when nobody waits for an acknowledgement, and never waits for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.backlog import LONGEST, QUIET_SECONDS, TRICKLE_SECONDS, Backlog
from bot.core.delivery import Delivery, Source
from bot.core.intent import Help
from bot.store.commit import Lease

PATIENCE = 7.5


class Days:
    """An event loop's clock, which moves when it is told to; `late`: how much too late it calls back."""

    def __init__(self) -> None:
        self.now = 100.0
        self.late = 0.0
        self._calls: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None], /) -> object:
        self._calls.append((when, callback))
        return callback

    def pass_(self, seconds: float) -> None:
        """Lets this time pass, and calls what becomes due in it."""
        end = self.now + seconds
        while self._calls and self._calls[0][0] + self.late <= end:
            when, callback = self._calls.pop(0)
            self.now = when + self.late
            callback()
        self.now = end


class Desk:
    """A backlog with its surroundings."""

    def __init__(self) -> None:
        self.days = Days()
        self.started: list[str] = []
        self.room = 32
        self.busy = False
        self.backlog = Backlog(
            self.days, lambda lease, _: self.started.append(lease.item), room=lambda: self.room,
            busy=lambda: self.busy, patience=PATIENCE,
        )  # fmt: skip

    def add(self, *names: str) -> None:
        for name in names:
            given = Delivery(id=name, source=Source.COMMAND, team="T1", user="U1", channel="C1", intent=Help())
            self.backlog.add(Lease(name, 1), given)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_came_in_starts_as_soon_as_it_is_quiet(desk: Desk) -> None:
    desk.add("a")
    desk.days.pass_(QUIET_SECONDS / 2)
    assert desk.started == []
    desk.days.pass_(QUIET_SECONDS)
    assert desk.started == ["a"]


def test_what_waits_starts_oldest_first_and_one_at_a_time(desk: Desk) -> None:
    desk.add("a", "b", "c")
    desk.days.pass_(1.5 * QUIET_SECONDS)
    assert desk.started == ["a"]
    desk.days.pass_(2 * QUIET_SECONDS)
    assert desk.started == ["a", "b", "c"]


def test_while_somebody_waits_for_an_acknowledgement_only_a_trickle_starts(desk: Desk) -> None:
    desk.busy = True
    desk.add(*map(str, range(100)))
    desk.days.pass_(10 * TRICKLE_SECONDS)
    assert 9 <= len(desk.started) <= 11


def test_while_deliveries_keep_coming_only_a_trickle_starts(desk: Desk) -> None:
    for number in range(1000):
        desk.add(str(number))
        desk.days.pass_(QUIET_SECONDS / 5)
    seconds = 1000 * QUIET_SECONDS / 5
    assert seconds / TRICKLE_SECONDS - 1 <= len(desk.started) <= seconds / TRICKLE_SECONDS + 1


def test_a_loop_that_is_late_has_other_things_to_do(desk: Desk) -> None:
    desk.add("a", "b", "c")
    desk.days.late = 2 * QUIET_SECONDS
    desk.days.pass_(TRICKLE_SECONDS)
    assert desk.started == ["a"]


def test_nothing_starts_without_room(desk: Desk) -> None:
    desk.room = 0
    desk.add("a")
    desk.days.pass_(1)
    assert desk.started == []
    desk.room = 1
    desk.days.pass_(QUIET_SECONDS * 2)
    assert desk.started == ["a"]


def test_what_waited_too_long_is_left_to_whoever_claims_it(desk: Desk) -> None:
    desk.room = 0
    desk.add("a")
    desk.days.pass_(PATIENCE + 1)
    desk.room = 1
    desk.add("b")
    desk.days.pass_(1)
    assert desk.started == ["b"]


def test_it_does_not_grow_without_end(desk: Desk) -> None:
    desk.add(*map(str, range(LONGEST + 5)))
    desk.days.pass_(PATIENCE)
    assert desk.started == [str(number) for number in range(LONGEST)]
