"""The buttons of a request's card: only what can still be done."""

from __future__ import annotations

from typing import Final

from bot.cards import kit
from bot.core.flow import Delete
from bot.core.giving import Giving
from bot.core.history import made
from bot.core.intent import Verdict
from bot.core.request import DECIDABLE, Request, State

APPROVE: Final = Verdict.APPROVE.value
DENY: Final = Verdict.DENY.value
CANCEL: Final = Verdict.CANCEL.value
BREAK: Final = Verdict.BREAK.value
REVIEW: Final = Verdict.REVIEW.value
UNDO: Final = "undo"


def block_of(number: int) -> str:
    """How the `block_id` of the buttons of this request's card begins."""
    return f"request-{number}-"


def row(request: Request) -> list[kit.Block]:
    """The row of buttons, if there are any."""
    buttons = _buttons(request)
    return [kit.actions(f"{block_of(request.number)}{request.version}", *buttons)] if buttons else []


def _buttons(request: Request) -> list[kit.Block]:
    if request.state is State.HOLDING:
        return [_button(request, CANCEL, "Take it back now"), _button(request, DENY, "Let it stay")]
    if request.state in DECIDABLE and not request.reverting:
        return _deciding(request)
    return [] if request.is_open else _ended(request)


def _deciding(request: Request) -> list[kit.Block]:
    rest = [_button(request, DENY, "Deny", "danger"), _button(request, CANCEL, "Cancel")]
    if request.state is not State.PENDING or request.stops:
        return rest
    return [kit.button(APPROVE, "Approve", str(request.number), "primary", _final(request)), *rest]


def _final(request: Request) -> kit.Block | None:
    """What is asked before something goes away counts as approved."""
    plans = () if isinstance(request.plan, Giving) else request.plan.plans
    gone = [plan.place for plan in plans if isinstance(plan.change, Delete)]
    if not gone:
        return None
    what = gone[0] if len(gone) == 1 else f"{len(gone)} flows"
    go = "goes" if len(gone) == 1 else "go"
    title = "Delete this flow?" if len(gone) == 1 else "Delete these flows?"
    return kit.confirm(title, f"{what} {go} away. Undo can only create it anew.", "Approve")


def _ended(request: Request) -> list[kit.Block]:
    review = [_button(request, REVIEW, "Close the review")] if request.wants_review else []
    return [*review, *([_button(request, UNDO, "Undo …")] if made(request) else [])]


def _button(request: Request, action: str, label: str, style: str | None = None) -> kit.Block:
    return kit.button(action, label, str(request.number), style)
