"""create, update, exactly-once, pause, resume, delete: an intent becomes a plan, and the plan a request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.aiven.errors import AivenError
from bot.cards import answers, kit, words
from bot.cards import findings as findings_card
from bot.core.access import decide_all, decide_parts
from bot.core.asked import Proposing
from bot.core.batch import Batch, as_if_made, together
from bot.core.delivery import Answer
from bot.core.explain import who_could
from bot.core.flow import FlowRef
from bot.core.freeze import frost
from bot.core.grammar import Mistake
from bot.core.intent import Asking, CreateFlow, DeleteFlow
from bot.core.plan import NoPlan, Plan, make_plan
from bot.core.preflight.finding import Finding
from bot.core.preflight.rules import preflight
from bot.core.rights import Kind, Right
from bot.core.topics.selection import is_identity
from bot.desk import filing, places
from bot.desk.desk import AnswerError, Case, Handled
from bot.desk.surroundings import surroundings
from bot.desk.timing import check_way_back, timing_of


class AlreadyError(AnswerError):
    """The flow is as wanted already."""


async def ask(case: Case, asked: Asking) -> Handled:
    """A request for the change, or the answer why there is none. Raises AivenError while Aiven cannot be read."""
    ref = await places.flow_ref(case, asked, asked.flow, new=isinstance(asked, CreateFlow))
    if (refused := without_sight(case, ref)) is not None:
        return refused
    plan = await planned(case, ref, asked)
    return await propose(case, plan.model_copy(update={"timing": await timing_of(case, asked)}), asked)


def without_sight(case: Case, ref: FlowRef) -> Handled | None:
    """The refusal for somebody who may not even see the flow."""
    sight = case.may(Right.READ, str(ref))
    if sight.allowed:
        return None
    return case.refuse(str(ref), "ask", f"I cannot ask for a change of {ref.pair}", sight.reason)


async def propose(
    case: Case, plan: Plan | Batch, asked: Proposing, said: Iterable[Finding] = (), undoes: int | None = None
) -> Handled:
    """A request for a plan, if the person may ask for it and nothing is wrong with it. `said`: what to mind besides."""
    for reason in (asked.reason, asked.break_glass):
        filing.check_reason(reason)
    kind = Kind.BYPASS if asked.break_glass else Kind.REQUEST
    allowed = decide_parts(case.access, case.person, plan.parts, kind, case.now)
    if not allowed.allowed:
        return _refused(case, plan, kind, allowed.reason)
    check_way_back(plan)
    findings = (*said, *await look_ahead(case, plan))
    if asked.dry_run:
        return Handled(findings_card.dry_run(plan, findings, _frozen(case, plan)))
    return await filing.file(case, plan, asked.reason, findings, asked.break_glass, undoes)


def _refused(case: Case, plan: Plan | Batch, kind: Kind, why: str) -> Handled:
    """With who could, for the first part that is not allowed."""
    part = next(
        part for part in plan.parts
        if not decide_all(case.access, case.person, part.rights, kind, part.place, case.now).allowed
    )  # fmt: skip
    could = who_could(case.access, part.rights, part.place, case.now, kind)
    return case.refuse(part.place, "ask", f"I cannot ask to {words.title(plan)}", why + could)


def _frozen(case: Case, plan: Plan | Batch) -> tuple[str, ...]:
    """That it will wait, when it is asked for in a freeze."""
    found = [frost(case.policy.freezes, case.access.freezes, part.place, case.now) for part in plan.parts]
    last = max((each for each in found if each), key=lambda each: each.until, default=None)
    if last is None:
        return ()
    return (f"{last.what[:1].upper()}{last.what[1:]} holds until {last.until:%Y-%m-%d %H:%M} UTC; it waits for that.",)


async def planned(case: Case, ref: FlowRef, asked: Asking) -> Plan:
    """The plan for what is asked, from the flow as it is. Raises AnswerError when there is none."""
    current = await places.current(case, ref)
    if current is None:
        await places.check_service(case, ref.project, ref.service)
    plan = make_plan(ref, asked, current)
    if isinstance(plan, NoPlan):
        missing = current is None and not isinstance(asked, CreateFlow)
        hint = await places.nearest_flow(case, ref) if missing else ""
        sign = "👌" if plan.already and not isinstance(asked, DeleteFlow) else "🤔"
        error = AlreadyError if plan.already else AnswerError
        raise error(answers.say(f"{sign} {kit.esc(plan.why + hint)}"))
    return plan


async def look_ahead(case: Case, plan: Plan | Batch) -> tuple[Finding, ...]:
    """What to mind about the change. Raises AnswerError for what nobody could overrule: nothing is asked for then."""
    found = await asyncio.gather(*(_ahead(case, plan, each) for each in plan.plans))
    findings = together(zip(plan.plans, found, strict=True))
    final = [each for each in findings if each.stops and not each.breakable]
    if final:
        raise AnswerError(answers.mistake(_mistake(case, final)))
    return findings


async def _ahead(case: Case, whole: Plan | Batch, plan: Plan) -> tuple[Finding, ...]:
    """What is found about one plan, as if the others that are approved with it were carried out."""
    timing = whole.timing
    begin = timing.at or case.now
    ends = None if timing.lasting is None else begin + timedelta(seconds=timing.lasting)
    both = plan.before is None or is_identity(plan.after or {})
    around = await surroundings(case.desk, plan.ref, case.now, resumes_at=ends, target_topics=both)
    others = [each for each in whole.plans if each is not plan]
    return preflight(plan, replace(around, flows=as_if_made(around.flows, others)))


def _mistake(case: Case, final: Sequence[Finding]) -> Mistake:
    """What is wrong, with a corrected line where an alias was meant that there is."""
    typed = case.delivery.typed.replace("&gt;", ">")
    token, near = final[0].token, final[0].closest or None
    line = typed.replace(token, near, 1) if near and token else None
    return Mistake(typed=typed, what=" ".join(each.text for each in final), token=token, closest=near, line=line)


def trouble(error: AivenError) -> Answer:
    """What somebody is told when Aiven could not be read."""
    return answers.trouble(f"{error} Nothing was changed.")
