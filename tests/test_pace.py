"""How fast a channel is written to, and what lets the rest go first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.intent import Verdict
from bot.core.request import Request, State
from bot.core.watching import Watch, WatchState
from bot.pace import Pace
from bot.painter import _can_wait
from bot.store.requests import Card
from tests.cards.test_request_card import NOW, decided, request

LATER = NOW + timedelta(seconds=15)
CARD = Card(number=7, channel="C1", asked_in="C1", ts="1.0", told=True)


def test_a_few_go_at_once_and_then_one_a_second() -> None:
    pace = Pace()
    waits = []
    for _ in range(7):
        waits.append(pace.wait("C1", NOW).total_seconds())
        pace.used("C1", NOW)
    assert waits == [0, 0, 0, 0, 0, 1, 2]
    assert pace.wait("C2", NOW) == timedelta()


def test_what_nobody_waits_for_leaves_the_few_to_the_rest() -> None:
    pace = Pace()
    assert pace.wait("C1", NOW, patient=True) == timedelta()
    pace.used("C1", NOW)
    assert pace.wait("C1", NOW, patient=True) == timedelta(seconds=1)
    assert pace.wait("C1", NOW) == timedelta()


def landing(how: WatchState = WatchState.WATCHING, **changes: object) -> Request:
    watch = Watch(flows=(), since=NOW, at=LATER, state=how)
    return request(**{"state": State.APPLIED, "outcome": "Done.", "watch": watch, **changes})


@pytest.mark.parametrize(("made", "card", "can"), [
    (landing(), CARD, True),
    (landing(WatchState.SETTLED), CARD, True),
    (landing(state=State.HOLDING), CARD.model_copy(update={"told": False}), True),
    (landing(WatchState.TROUBLED), CARD, False),
    (landing(), CARD.model_copy(update={"told": False}), False),
    (landing(), CARD.model_copy(update={"ts": None}), False),
    (landing(changed_at=LATER), CARD, False),
    (landing(decisions=(decided("UBOB", Verdict.REVIEW, "fine").model_copy(
        update={"at": LATER + timedelta(seconds=1)}),)), CARD, False),
    (request(state=State.APPLIED), CARD, False),
])  # fmt: skip
def test_only_how_a_change_goes_on_landing_can_wait(made: Request, card: Card, can: bool) -> None:
    assert _can_wait(made, card) is can
