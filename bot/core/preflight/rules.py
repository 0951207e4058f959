"""The table of all rules, and the look ahead itself."""

from __future__ import annotations

from typing import Final

from bot.core.plan import Plan
from bot.core.preflight import aliases, around, copies, delivery, ending, limits, loops, patterns, selected, service
from bot.core.preflight.case import Case
from bot.core.preflight.finding import Finding, Level
from bot.core.preflight.surroundings import Surroundings

RULES: Final = (
    *aliases.RULES,
    *service.RULES,
    *loops.RULES,
    *patterns.RULES,
    *selected.RULES,
    *copies.RULES,
    *ending.RULES,
    *limits.RULES,
    *delivery.RULES,
    *around.RULES,
)
"""In the order in which findings of one level are shown."""

_WEIGHT: Final = {level: number for number, level in enumerate(Level)}


def preflight(plan: Plan, surroundings: Surroundings) -> tuple[Finding, ...]:
    """What an expert would say before this change: stops first, then warnings, then notes."""
    case = Case(plan, surroundings)
    found = (finding for rule in RULES for finding in rule.findings(case))
    return tuple(sorted(found, key=lambda finding: _WEIGHT[finding.level]))
