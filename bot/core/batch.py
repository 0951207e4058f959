"""Several flows changed by one request: a plan for each, approved together, carried out one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import Field

from bot.core.canonical import digest
from bot.core.flow import Frozen, Wire
from bot.core.plan import Plan, Timing
from bot.core.preflight.finding import Finding, Level
from bot.core.rights import Part, Right

BATCH_MAX: Final = 50
"""As many flows as one card can show and one approver can look through."""


class Batch(Frozen):
    """Plans for flows of one MirrorMaker service, in the order in which they are carried out."""

    plans: tuple[Plan, ...] = Field(min_length=2, max_length=BATCH_MAX)
    timing: Timing = Timing()

    @property
    def digest(self) -> str:
        """SHA-256 over everything that an approver agrees to."""
        return digest(self.model_dump(mode="json"))

    @property
    def service_path(self) -> str:
        """The MirrorMaker service of all of them."""
        return self.plans[0].ref.service_path

    @property
    def place(self) -> str:
        """What it is about, for the log."""
        return f"{self.service_path}/*"

    @property
    def name(self) -> str:
        """What an approver types, where the policy wants it typed."""
        return f"{len(self.plans)} flows of {self.service_path}"

    @property
    def rights(self) -> frozenset[Right]:
        """Every right that any of them needs."""
        return frozenset().union(*(plan.rights for plan in self.plans))

    @property
    def parts(self) -> tuple[Part, ...]:
        """What it takes, flow by flow."""
        return tuple(part for plan in self.plans for part in plan.parts)


def together(found: Iterable[tuple[Plan, Sequence[Finding]]]) -> tuple[Finding, ...]:
    """What was found about several plans, each thing once; what is about one flow only names it."""
    by_text: dict[Finding, list[Plan]] = {}
    several = 0
    for plan, findings in found:
        several += 1
        for finding in findings:
            by_text.setdefault(finding, []).append(plan)
    named = (_named(each, plans, several) for each, plans in by_text.items())
    return tuple(sorted(named, key=lambda each: list(Level).index(each.level)))


def as_if_made(flows: tuple[Wire, ...] | None, plans: Iterable[Plan]) -> tuple[Wire, ...] | None:
    """The flows of a service as they will be once these plans are carried out; None if they are not known."""
    if flows is None:
        return None
    by_pair = {(flow.get("source_cluster"), flow.get("target_cluster")): flow for flow in flows}
    for plan in plans:
        pair = (plan.ref.source, plan.ref.target)
        if plan.after is None:
            by_pair.pop(pair, None)
        else:
            by_pair[pair] = plan.after
    return tuple(by_pair.values())


def _named(finding: Finding, plans: Sequence[Plan], several: int) -> Finding:
    if several == 1 or len(plans) == several or plans[0].ref.pair in finding.text:
        return finding
    return finding.model_copy(update={"text": f"{', '.join(plan.ref.pair for plan in plans)}: {finding.text}"})
