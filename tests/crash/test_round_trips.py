"""How often the store is asked: on each of these waits a person."""

from __future__ import annotations

import hashlib

from bot.store.scripts import CLAIM
from tests.crash.play import Play
from tests.stage import ANN
from tests.wire import Tripwire

IDLE = hashlib.sha1(CLAIM.encode(), usedforsecurity=False).hexdigest()


def asked_before(calls: list[str], word: str) -> list[str]:
    """What the store was asked before this call, apart from looking for what is due."""
    end = next(number for number, call in enumerate(calls) if word in call)
    return [call for call in calls[:end] if call.startswith("Redis") and IDLE not in call]


async def test_a_question_is_answered_after_three(valkey: str, team: str) -> None:
    async with Play(valkey, team, Tripwire()) as play:
        await play.types_until(ANN, "show kafka-eu -> kafka-us")
        await play.settle()
        play._use(counted := Tripwire())
        await play.types_until(ANN, "show kafka-us -> kafka-ap")
        await play.settle()
        assert len(asked_before(counted.calls, "POST /actions")) <= 3
