"""undo: a request whose plan is the way back from what another one has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from bot.cards import answers, kit, words
from bot.core.batch import Batch
from bot.core.delivery import Answer
from bot.core.flow import Wire, apply, same_effect, writable
from bot.core.giving import Giving
from bot.core.history import made
from bot.core.intent import Undo
from bot.core.plan import Plan
from bot.core.preflight.finding import Finding, Level
from bot.core.request import Request, State
from bot.core.undoing import Reversal, restoring, reverse
from bot.desk import asking, places
from bot.desk.desk import AnswerError, Case, Handled
from bot.desk.timing import timing_of

_NOTHING: Final = "there is nothing of it to take back"


async def undo(case: Case, intent: Undo) -> Handled:
    """A request with the exact way back; refused when a flow has moved on, with a line that asks for what is left."""
    request = case.request
    if request is None:
        return case.refuse(f"request/{intent.number}", "undo", f"There is no request {intent.number}", _NOTHING)
    steps = made(request)
    for step in steps:
        if (refused := asking.without_sight(case, step.ref)) is not None:
            return refused
    if (why := _why_not(request)) is not None:
        return case.refuse(f"request/{request.number}", "undo", f"I cannot undo request {request.number}", why)
    flows = await asyncio.gather(*(places.current(case, step.ref) for step in steps))
    seen = [(step, None if flow is None else writable(flow)) for step, flow in zip(steps, flows, strict=True)]
    moved = [(step, flow) for step, flow in seen if not same_effect(flow, step.after)]
    if moved:
        raise AnswerError(_moved_on(request, moved))
    ways = [_way(step, flow) for step, flow in reversed(seen)]
    plan = _plan(request, ways)
    timed = plan.model_copy(update={"timing": await timing_of(case, intent)})
    return await asking.propose(case, timed, intent, _said(ways), undoes=request.number)


def _way(step: Plan, flow: Wire | None) -> Reversal:
    """The way back from the flow as it is now, to which Aiven may have added defaults."""
    way = reverse(step)
    if way.plan is None:
        return way
    return way._replace(plan=way.plan.model_copy(update={"before": flow, "after": apply(flow or {}, way.plan.change)}))


def _why_not(request: Request) -> str | None:
    if isinstance(request.plan, Giving):
        return "it gave a role; take that away with `/flow role revoke`"
    if request.state is State.HOLDING:
        return f"it is taken back by itself; to do that now: `/flow cancel {request.number}`"
    if request.state is State.REVERTED:
        return "it was taken back already"
    return None if made(request) else f"it is {request.state}, so {_NOTHING}"


def _plan(request: Request, ways: Iterable[Reversal]) -> Plan | Batch:
    plans = tuple(way.plan for way in ways if way.plan is not None)
    if not plans:
        raise AnswerError(answers.trouble(
            f"Request {request.number} cannot be undone: what it set was not set before, and Aiven cannot unset it."
        ))  # fmt: skip
    return plans[0] if len(plans) == 1 else Batch(plans=plans)


def _said(ways: Iterable[Reversal]) -> list[Finding]:
    """What will not be exactly as before."""
    return [
        Finding(rule="undo", level=Level.NOTE if way.exact else Level.WARN, text=text)
        for way in ways
        for text in way.said
    ]


def _moved_on(request: Request, moved: Sequence[tuple[Plan, Wire | None]]) -> Answer:
    """That a flow is no longer as the request left it; and what would still take its change back."""
    lines = [f"🔀 Request {request.number} cannot be undone as it was: the flow has changed since then."]
    for step, flow in moved:
        pair = kit.code(step.ref.pair)
        if flow is None:
            lines.append(f"• {pair} is gone.")
            continue
        edits = [words.edit(name, value) for name, value in restoring(step, flow)]
        if step.before is None or not edits:
            lines.append(f"• {pair} is not as request {request.number} left it.")
        else:
            line = f"/flow update {step.ref} {' '.join(edits)}"
            lines.append(f"• {pair}: to set back what the request had changed, ask anew: {kit.code(line, 1500)}")
    return answers.say("\n".join(lines))
