"""The way back: the plan that leads from what a change made to what there was before, as exactly as Aiven lets us.

A list and the comma list can be cleared. A number, a switch or an enum that was not set cannot be unset again (Aiven
has no way to): it gets the value of its default, which works the same, and that is said; without a known default it
stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from bot.core.fields import BY_NAME, Field
from bot.core.flow import Change, Create, Delete, Patch, Wire, apply
from bot.core.plan import Plan, differences


class Reversal(NamedTuple):
    """The plan back; None when nothing of it can be taken back. `said`: what is not exactly as before, a sentence each.

    `exact`: whether the flow will work as before; what is only written otherwise does not count.
    """

    plan: Plan | None
    said: tuple[str, ...] = ()
    exact: bool = True


def reverse(plan: Plan) -> Reversal:
    """The way back from a plan that was carried out."""
    change, said, exact = _change(plan)
    if isinstance(change, Patch) and not change.body:
        return Reversal(None, said, exact=False)
    back = Plan(ref=plan.ref, change=change, before=plan.after, after=apply(plan.after or {}, change))
    return Reversal(back, said, exact)


def _change(plan: Plan) -> tuple[Change, tuple[str, ...], bool]:
    if plan.before is None:
        return Delete(), (), True
    if plan.after is None:
        return Create(body=plan.before), (), True
    ways = [_way_back(each.field, plan.before) for each in differences(plan.before, plan.after)]
    body: Wire = {way.name: way.value for way in ways if way.value is not None}
    said = tuple(way.said for way in ways if way.said)
    return Patch(body=body), said, all(way.value is not None for way in ways)


class _Way(NamedTuple):
    """How one field gets back: the value to send (None: there is none), and what to say of it."""

    name: str
    value: JsonValue
    said: str = ""


def _way_back(name: str, before: Mapping[str, JsonValue]) -> _Way:
    value, field = before.get(name), BY_NAME[name]
    if value is not None:
        return _Way(name, value)
    if field.clear is not None:
        return _Way(name, field.clear)
    if field.default is not None:
        said = f"`{field.spoken}` was not set before and cannot be unset; it is set to its default, {_plain(field)}."
        return _Way(name, field.default, said)
    said = f"`{field.spoken}` was not set before and cannot be unset; its default is not known, so it stays."
    return _Way(name, None, said)


def _plain(field: Field) -> str:
    if isinstance(field.default, bool):
        return "on" if field.default else "off"
    return str(field.default).rpartition(".")[2]


def restoring(plan: Plan, current: Wire) -> Iterator[tuple[str, JsonValue]]:
    """For a flow that has moved on: the fields of the change that are not as they were before, with what they were.

    Nothing for those that cannot be set back.
    """
    for each in differences(plan.before or {}, plan.after or {}):
        way = _way_back(each.field, plan.before or {})
        if way.value is not None and current.get(each.field) != (plan.before or {}).get(each.field):
            yield each.field, way.value
