"""create, update, exactly-once, pause, resume, delete: an intent becomes a plan, and the plan a request."""

from __future__ import annotations

from typing import Final

from bot.aiven.errors import AivenError
from bot.cards import answers, kit
from bot.core.access import decide_all
from bot.core.delivery import Answer
from bot.core.explain import who_could
from bot.core.flow import Create, FlowRef
from bot.core.freeze import frost
from bot.core.grammar import Mistake
from bot.core.grammar.mistake import closest
from bot.core.intent import Asking, CreateFlow, DeleteFlow
from bot.core.plan import NoPlan, Plan, cautions, make_plan
from bot.core.rights import Kind, Right
from bot.desk import filing, places
from bot.desk.desk import AnswerError, Case, Handled

_CANNOT_CHECK: Final = frozenset({403, 404, 405, 501})
"""A token that may not look, or an Aiven that does not know the call: no reason not to ask for the change."""


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
    warnings = (*cautions(plan), *await _warnings(case, plan))
    if asked.dry_run:
        return Handled(answers.dry_run(plan, (*warnings, *_frozen(case, ref))))
    return await filing.file(case, plan, asked.reason, warnings, asked.break_glass)


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


async def _warnings(case: Case, plan: Plan) -> tuple[str, ...]:
    """What to mind about a new flow's aliases. Raises AnswerError for an alias that the service does not have."""
    if not isinstance(plan.change, Create):
        return ()
    try:
        found = await case.desk.aiven.list_integrations(plan.ref.project, plan.ref.service)
    except AivenError as error:
        if error.status not in _CANNOT_CHECK:
            raise
        return (f"I could not check the cluster aliases: {error}",)
    if not found:
        return ("This service has no cluster integrated yet; the flow will do nothing until it has.",)
    known = sorted({each.alias for each in found if each.alias})
    unknown = next((alias for alias in (plan.ref.source, plan.ref.target) if alias not in known), None)
    if unknown is None:
        return ()
    if any(each.alias is None for each in found):
        return (f"I could not check the alias {unknown}: Aiven does not tell the alias of every cluster.",)
    raise AnswerError(_unknown_alias(case, plan.ref, unknown, known))


def _unknown_alias(case: Case, ref: FlowRef, alias: str, known: list[str]) -> Answer:
    near = closest(alias, known)
    what = f"{ref.service} has no cluster with the alias {alias}; it has {', '.join(known)}."
    typed = case.delivery.typed.replace("&gt;", ">")
    line = typed.replace(alias, near, 1) if near else None
    return answers.mistake(Mistake(typed=typed, what=what, token=alias, closest=near, line=line))


def trouble(error: AivenError) -> Answer:
    """What somebody is told when Aiven could not be read."""
    return answers.trouble(f"{error} Nothing was changed.")
