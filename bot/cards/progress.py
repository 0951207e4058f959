"""How far a request has come that takes its time: several flows, a moment to wait for, a change for a while."""

from __future__ import annotations

from typing import Final

from bot.cards import kit
from bot.core.batch import Batch
from bot.core.request import DECIDABLE, Request, State

_SHOWN: Final = 12
_LIMIT: Final = 1500


def blocks(request: Request) -> list[kit.Block]:
    """What stands beneath the differences."""
    lines = [*_flows(request), *_times(request)]
    return [kit.section("\n".join(lines), _LIMIT)] if lines else []


def _flows(request: Request) -> list[str]:
    """Which flows are done, of several; those around the one that is on its turn."""
    if not isinstance(request.plan, Batch) or request.state is State.PENDING:
        return []
    steps = request.steps
    first = max(0, min(request.done - _SHOWN // 2, len(steps) - _SHOWN))
    shown = range(first, min(first + _SHOWN, len(steps)))
    rows = [f"{_sign(request, number)} {kit.code(steps[number].ref.pair)}" for number in shown]
    what = "taken back" if request.reverting else "done"
    return [f"*{request.done} of {len(steps)} {what}*", *rows]


def _sign(request: Request, number: int) -> str:
    if number < request.done:
        return "⏪" if request.reverting else "✅"
    if number > request.done:
        return "▫️"
    return "⚙️" if request.is_open else "❌"


def _times(request: Request) -> list[str]:
    if request.state is State.HOLDING and request.revert_at is not None:
        return [f"⏱️ It is taken back {kit.when(request.revert_at)}."]
    at = request.timing.at
    if at is not None and request.state in DECIDABLE and not request.reverting:
        return [f"🕘 It is applied {kit.when(at)}, if it is approved by then."]
    return []
