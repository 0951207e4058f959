"""export: a flow, or the change of a request, as something to run elsewhere."""

from __future__ import annotations

from bot import export
from bot.cards import answers, exports
from bot.core.flow import FlowRef
from bot.core.giving import Giving
from bot.core.intent import ExportFlow, FlowName
from bot.core.rights import Right
from bot.desk import places
from bot.desk.desk import AnswerError, Case, Handled
from bot.store import requests


async def export_flow(case: Case, intent: ExportFlow) -> Handled:
    """The flow as it is now, or the change that a request asks for; to those who may read the flow."""
    if isinstance(intent.what, int):
        return await _change(case, intent, intent.what)
    return await _flow(case, intent, intent.what)


async def _flow(case: Case, intent: ExportFlow, name: FlowName) -> Handled:
    ref = await places.flow_ref(case, intent, name)
    if (refused := _without_sight(case, ref)) is not None:
        return refused
    flow = await places.existing(case, ref)
    text = export.of_flow(intent.format, ref, flow)
    return Handled(exports.flow(ref, intent.format, text, intent.page))


async def _change(case: Case, intent: ExportFlow, number: int) -> Handled:
    request = await requests.load(case.desk.store, number)
    if request is None:
        raise AnswerError(answers.trouble(f"There is no request {number}; /flow requests shows the open ones."))
    if isinstance(request.plan, Giving):
        raise AnswerError(answers.trouble(f"Request {number} changes no flow, so there is nothing to export."))
    for plan in request.plan.plans:
        if (refused := _without_sight(case, plan.ref)) is not None:
            return refused
    text = "\n".join(export.of_plan(intent.format, plan) for plan in request.plan.plans)
    return Handled(exports.change(request, intent.format, text, intent.page))


def _without_sight(case: Case, ref: FlowRef) -> Handled | None:
    """The refusal for somebody who may not read the flow."""
    sight = case.may(Right.READ, str(ref))
    return None if sight.allowed else case.refuse(str(ref), "read", f"I cannot export {ref}", sight.reason)
