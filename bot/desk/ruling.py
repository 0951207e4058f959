"""policy show and explain: what approvals take, and why somebody may or may not."""

from __future__ import annotations

from bot.cards import policies
from bot.core.explain import Asked, explain
from bot.core.intent import CreateFlow, Explain, ShowPolicy
from bot.core.plan import rights_asked
from bot.core.rights import Right
from bot.desk import places
from bot.desk.desk import Case, Handled


async def show(case: Case, intent: ShowPolicy) -> Handled:
    """The policy in force. It is for everybody who holds any role: who asks must know what it takes."""
    del intent
    if not case.access.held_by(case.person, case.now):
        return case.refuse("policy", "show", "I cannot show the policy", "you hold no role")
    return Handled(policies.shown(case.policy))


async def explained(case: Case, intent: Explain) -> Handled:
    """The whole answer about oneself; about others to who manages access there or may read the audit log."""
    asked = intent.asking
    ref = await places.flow_ref(case, asked, asked.flow, new=isinstance(asked, CreateFlow))
    place = str(ref)
    allowed = intent.subject == case.user or any(
        case.may(right, place).allowed for right in (Right.MANAGE_ACCESS, Right.READ_AUDIT)
    )
    if not allowed:
        why = case.may(Right.MANAGE_ACCESS, place).reason
        return case.refuse(f"policy/{intent.subject}", "explain", "I cannot explain what others may do", why)
    people = await case.desk.people([intent.subject], case.access, case.policy)
    found = explain(case.access, case.policy, Asked(people[intent.subject], rights_asked(asked), place, case.now))
    return Handled(policies.explained(intent.subject, asked, ref, found))
