"""create, update, exactly-once, pause, resume, delete: an intent becomes a plan, and the plan a request."""

from __future__ import annotations

from collections.abc import Sequence

from bot.aiven.errors import AivenError
from bot.cards import answers, kit
from bot.cards import findings as findings_card
from bot.core.access import decide_all
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
from bot.desk import filing, places
from bot.desk.desk import AnswerError, Case, Handled
from bot.desk.surroundings import surroundings


async def ask(case: Case, asked: Asking) -> Handled:
    """A request for the change, or the answer why there is none. Raises AivenError while Aiven cannot be read."""
    ref = await places.flow_ref(case, asked, asked.flow, new=isinstance(asked, CreateFlow))
    for reason in (asked.reason, asked.break_glass):
        filing.check_reason(reason)
    sight = case.may(Right.READ, str(ref))
    if not sight.allowed:
        return case.refuse(str(ref), "ask", f"I cannot ask for a change of {ref.pair}", sight.reason)
    plan = await _plan(case, ref, asked)
    kind = Kind.BYPASS if asked.break_glass else Kind.REQUEST
    allowed = decide_all(case.access, case.person, plan.rights, kind, str(ref), case.now)
    if not allowed.allowed:
        why = allowed.reason + who_could(case.access, plan.rights, str(ref), case.now, kind)
        return case.refuse(str(ref), "ask", f"I cannot ask for a change of {ref.pair}", why)
    findings = await _look_ahead(case, plan)
    if asked.dry_run:
        return Handled(findings_card.dry_run(plan, findings, _frozen(case, ref)))
    return await filing.file(case, plan, asked.reason, findings, asked.break_glass)


def _frozen(case: Case, ref: FlowRef) -> tuple[str, ...]:
    """That it will wait, when it is asked for in a freeze."""
    found = frost(case.policy.freezes, case.access.freezes, str(ref), case.now)
    if found is None:
        return ()
    return (
        f"{found.what[:1].upper()}{found.what[1:]} holds until {found.until:%Y-%m-%d %H:%M} UTC; it waits for that.",
    )


async def _plan(case: Case, ref: FlowRef, asked: Asking) -> Plan:
    current = await places.current(case, ref)
    if current is None:
        await places.check_service(case, ref.project, ref.service)
    plan = make_plan(ref, asked, current)
    if isinstance(plan, NoPlan):
        missing = current is None and not isinstance(asked, CreateFlow)
        hint = await places.nearest_flow(case, ref) if missing else ""
        sign = "👌" if plan.already and not isinstance(asked, DeleteFlow) else "🤔"
        raise AnswerError(answers.say(f"{sign} {kit.esc(plan.why + hint)}"))
    return plan


async def _look_ahead(case: Case, plan: Plan) -> tuple[Finding, ...]:
    """What to mind about the change. Raises AnswerError for what nobody could overrule: nothing is asked for then."""
    findings = preflight(plan, await surroundings(case.desk, plan.ref, case.now))
    final = [each for each in findings if each.stops and not each.breakable]
    if final:
        raise AnswerError(answers.mistake(_mistake(case, final)))
    return findings


def _mistake(case: Case, final: Sequence[Finding]) -> Mistake:
    """What is wrong, with a corrected line where an alias was meant that there is."""
    typed = case.delivery.typed.replace("&gt;", ">")
    token, near = final[0].token, final[0].closest or None
    line = typed.replace(token, near, 1) if near and token else None
    return Mistake(typed=typed, what=" ".join(each.text for each in final), token=token, closest=near, line=line)


def trouble(error: AivenError) -> Answer:
    """What somebody is told when Aiven could not be read."""
    return answers.trouble(f"{error} Nothing was changed.")
