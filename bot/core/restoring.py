"""Back to how a flow was known: the plan for it, from the flow as it is now, and what of it cannot be had."""

from __future__ import annotations

from typing import Final

from bot.core.drift import Drift, counts
from bot.core.fields import EXCLUSION_SPELLINGS
from bot.core.flow import Patch, Wire, exclusion_key, writable
from bot.core.plan import Plan, differences
from bot.core.undoing import Reversal, reverse

_ANEW: Final = (
    "The flow is made anew from what was known of it. Whether it goes on where it stopped cannot be told from here: "
    "records may be copied a second time, or be missing."
)


def restore(drift: Drift, current: Wire | None) -> Reversal:
    """How to undo a drift. `current`: the flow as Aiven has it now, from which the plan is made."""
    now = None if current is None else writable(current)
    if now is None or drift.known is None:
        back = reverse(Plan(ref=drift.ref, change=Patch(body={}), before=drift.known, after=now))
        return back if now is not None else back._replace(said=(_ANEW,))
    known, said = _in_reach(drift.known, now)
    back = reverse(Plan(ref=drift.ref, change=Patch(body={}), before=known, after=now))
    return back._replace(said=(*back.said, *said), exact=back.exact and not said)


def _in_reach(known: Wire, now: Wire) -> tuple[Wire, tuple[str, ...]]:
    """What was known, but for what makes no difference, and for what is not ours to move: that stays as it is now."""
    found = differences(known, now)
    moved = [each.field for each in found if each.field in EXCLUSION_SPELLINGS and not _is_ours(known, now)]
    left = {*moved, *(each.field for each in found if not counts(each))}
    reached = {name: value for name, value in known.items() if name not in left}
    return reached | {name: now[name] for name in left if name in now}, (_moved(moved),) if moved else ()


def _is_ours(known: Wire, now: Wire) -> bool:
    """Whether the exclusion list is, and was, kept in the one spelling that is written."""
    return {exclusion_key(known), exclusion_key(now)} == {EXCLUSION_SPELLINGS[0]}


def _moved(names: list[str]) -> str:
    return (
        f"{' and '.join(names)} are left as they are: what Aiven does with two spellings of the exclusion list is not "
        "known. Move the list in the Aiven Console."
    )
