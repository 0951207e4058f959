"""The policy in words, and explanations of decisions."""

from __future__ import annotations

from typing import Final

from bot.cards import answers, kit, words
from bot.core.delivery import Answer
from bot.core.explain import Explanation, Outcome
from bot.core.flow import FlowRef
from bot.core.intent import Asking
from bot.core.people import spoken
from bot.core.plan import DIGEST_SHOWN
from bot.core.policy import Policy
from bot.core.policy.rules import Approval, Forbidding, Step

_RULES_SHOWN: Final = 25
_ROW: Final = 250
_SAID: Final = {
    Outcome.ALLOWED: "✅ may do that with no approval",
    Outcome.NEEDS: "📝 may ask for that",
    Outcome.REFUSED: "⛔ may not ask for that",
}


def shown(policy: Policy) -> Answer:
    """Every rule in a line."""
    rows = [
        *(f"• *{kit.esc(rule.name)}*: {_where(rule.rights, rule.scopes)}: {_takes(rule)}" for rule in policy.rules),
        f"• *By default*: {_takes(policy.approval)}",
        *(f"• ⛔ *{kit.esc(each.name)}*: {_denied(each)}" for each in policy.deny),
    ]
    more = [f"… and {len(rows) - _RULES_SHOWN} more: `sluice policy show`"] if len(rows) > _RULES_SHOWN else []
    head = f"*The policy* {kit.code(policy.digest[:DIGEST_SHOWN])}: of each right the first rule that matches holds."
    return answers.listed([head, *(kit.fit(row, _ROW) for row in rows[:_RULES_SHOWN]), *more])


def _where(rights: frozenset[str], scopes: tuple[str, ...]) -> str:
    return f"{', '.join(sorted(rights))} on {', '.join(kit.code(scope) for scope in scopes)}"


def _takes(rule: Approval) -> str:
    parts = [words.quorum(rule.quorum)]
    parts += [f"{rule.denials} denials end it"] if rule.denials > 1 else []
    parts += ["with a reason"] if rule.reason_min_length or rule.reason_pattern else []
    parts += ["approvers type the flow"] if rule.type_flow else []
    parts += [_step(step) for step in rule.steps]
    return kit.named(", ".join(parts))


def _step(step: Step) -> str:
    after = f"after {words.duration(int(step.after.total_seconds()))}"
    return f"{after} {words.quorum(step.quorum)}" if step.quorum else f"{after} a reminder"


def _denied(each: Forbidding) -> str:
    who = f" for {', '.join(map(spoken, each.who))}" if each.who else ""
    because = f": {each.because}" if each.because else ""
    return f"{_where(each.rights, each.scopes)}{kit.named(f'{who}{because}')}"


def explained(subject: str, asked: Asking, ref: FlowRef, found: Explanation) -> Answer:
    """Whether somebody may, what it takes, and every fact that counted."""
    takes = "" if found.outcome is Outcome.REFUSED else f" It takes {words.takes(found.needs.quorums)}."
    head = f"{kit.mention(subject)} {_SAID[found.outcome]}: {words.verb(asked)} {kit.code(str(ref))}.{kit.named(takes)}"
    facts = [f"• {kit.named(fact.replace('you hold', 'they hold'))}" for fact in found.facts]
    would = [f"→ would change with {kit.named(each)}" for each in found.would]
    return answers.listed([head, *facts, *would])
