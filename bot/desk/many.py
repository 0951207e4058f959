"""The same change of several flows of one service: a plan for each, in one request."""

from __future__ import annotations

import asyncio

from bot.cards import answers
from bot.core.batch import BATCH_MAX, Batch
from bot.core.flow import FlowRef
from bot.core.intent import Asking, ChangeMany, CreateFlow, DeleteFlow, FlowName, UpdateFlow
from bot.core.plan import Plan
from bot.core.rights import Right
from bot.desk import asking, places
from bot.desk.desk import AnswerError, Case, Handled
from bot.desk.timing import timing_of


async def ask(case: Case, asked: ChangeMany) -> Handled:
    """A request for all of them, or the answer why there is none. Flows that are as wanted already are left out."""
    refs = await (_named(case, asked) if asked.flows else _all_from(case, asked))
    for ref in refs:
        if (refused := asking.without_sight(case, ref)) is not None:
            return refused
    if len(refs) > BATCH_MAX:
        raise AnswerError(answers.trouble(f"Those are {len(refs)} flows; at most {BATCH_MAX} go in one request."))
    plans = [plan for plan in await asyncio.gather(*(_plan(case, ref, asked) for ref in refs)) if plan is not None]
    if not plans:
        raise AnswerError(answers.say("👌 Nothing to do: all of these flows are already so."))
    timing = await timing_of(case, asked)
    if len(plans) == 1:
        return await asking.propose(case, plans[0].model_copy(update={"timing": timing}), asked)
    return await asking.propose(case, Batch(plans=tuple(plans), timing=timing), asked)


async def _named(case: Case, asked: ChangeMany) -> list[FlowRef]:
    """The flows that were named; they have to be on one service, on which they are changed one after the other."""
    new = asked.verb == "create"
    refs = [await places.flow_ref(case, asked, flow, new=new) for flow in asked.flows]
    if len({ref.service_path for ref in refs}) > 1:
        raise AnswerError(answers.trouble("Those flows are on several services; ask for each service by itself."))
    return refs


async def _all_from(case: Case, asked: ChangeMany) -> list[FlowRef]:
    """Every flow of the service that reads from this cluster and that the person may see."""
    project, service = await places.project_and_service(case, asked)
    if service is None:
        raise AnswerError(answers.trouble("On which service? Add --service, or set a default with /flow use."))
    flows = await case.desk.aiven.list_flows(project, service)
    found = [
        FlowRef(project=project, service=service, source=asked.all_from, target=str(flow.get("target_cluster")))
        for flow in flows
        if flow.get("source_cluster") == asked.all_from
    ]
    seen = [ref for ref in found if case.may(Right.READ, str(ref)).allowed]
    if not seen:
        raise AnswerError(answers.trouble(f"I see no flow from {asked.all_from} on {project}/{service}."))
    return seen


async def _plan(case: Case, ref: FlowRef, asked: ChangeMany) -> Plan | None:
    """The plan for one of them; None for one that is as wanted already."""
    try:
        return await asking.planned(case, ref, _single(ref, asked))
    except asking.AlreadyError:
        return None


def _single(ref: FlowRef, asked: ChangeMany) -> Asking:
    flow = FlowName(source=ref.source, target=ref.target, service=ref.service, project=ref.project)
    if asked.verb == "delete":
        return DeleteFlow(flow=flow)
    kind = CreateFlow if asked.verb == "create" else UpdateFlow
    return kind(flow=flow, edits=asked.edits)
