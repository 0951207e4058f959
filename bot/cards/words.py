"""How flows, fields and changes are said to people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import JsonValue

from bot.cards.kit import clip
from bot.core.fields import BY_NAME
from bot.core.flow import Create, Delete, Wire
from bot.core.plan import Difference, Plan
from bot.core.request import State

STATES: Final = {
    State.PENDING: ("⏳", "waiting for approval"),
    State.APPROVED: ("👍", "approved, about to be applied"),
    State.APPLYING: ("⚙️", "being applied"),
    State.APPLIED: ("✅", "applied and verified"),
    State.DENIED: ("⛔", "denied"),
    State.CANCELLED: ("🚫", "taken back"),
    State.EXPIRED: ("⌛", "expired"),
    State.STALE: ("🔀", "stale: the flow has changed meanwhile"),
    State.FAILED: ("❌", "failed"),
    State.UNKNOWN: ("❓", "unknown: please look yourself"),
}

_ITEMS_SHOWN: Final = 25
_VALUE_SHOWN: Final = 120


def state(value: State) -> str:
    """A state with its sign."""
    return " ".join(STATES[value])


def spoken(field: str) -> str:
    """A field as it is typed in chat."""
    known = BY_NAME.get(field)
    return known.spoken if known else field


def value(field: str, given: JsonValue) -> str:
    """A value as it is typed in chat; absent ones with the default that then holds, where that is known."""
    if given is None:
        default = BY_NAME[field].default if field in BY_NAME else None
        return "not set" if default is None else f"default ({_plain(field, default)})"
    return _plain(field, given)


def _plain(field: str, given: JsonValue) -> str:
    if isinstance(given, bool):
        return "on" if given else "off"
    if isinstance(given, list):
        return clip(", ".join(map(str, given)), _VALUE_SHOWN)
    known = BY_NAME.get(field)
    text = str(given)
    return clip(text.rpartition(".")[2] if known and known.enum else text, _VALUE_SHOWN)


def title(plan: Plan) -> str:
    """A change in a few words, as a thing to do: `turn exactly-once on for a -> b`."""
    pair = plan.ref.pair
    if isinstance(plan.change, Delete):
        return f"delete {pair}"
    if isinstance(plan.change, Create):
        return f"create {pair}"
    return f"{_doing(plan.change.body)} {pair}"


def _doing(body: Wire) -> str:
    if list(body) == ["enabled"]:
        return "resume" if body["enabled"] else "pause"
    if len(body) == 1:
        ((field, given),) = body.items()
        if isinstance(given, bool):
            return f"turn {spoken(field)} {'on' if given else 'off'} for"
    return f"change {', '.join(spoken(field) for field in body)} of"


def lines(plan: Plan) -> list[str]:
    """The differences that a plan makes, one field a line, list items each on their own."""
    if isinstance(plan.change, Delete):
        return ["the flow and its definition go away; this is final"]
    differences = plan.differences
    width = max((len(spoken(each.field)) for each in differences), default=0)
    return [line for each in differences for line in _difference(each, width, creating=plan.before is None)]


def _difference(each: Difference, width: int, *, creating: bool) -> Iterator[str]:
    name = spoken(each.field).ljust(width)
    if isinstance(each.after, list) or isinstance(each.before, list):
        yield from _items(each, name)
    elif creating:
        yield f"{name}  {value(each.field, each.after)}"
    else:
        yield f"{name}  {value(each.field, each.before)} → {value(each.field, each.after)}"


def _items(each: Difference, name: str) -> Iterator[str]:
    before = each.before if isinstance(each.before, list) else []
    after = each.after if isinstance(each.after, list) else []
    signs = [f"+ {item}" for item in after if item not in before] + [
        f"- {item}" for item in before if item not in after
    ]
    if not after:
        signs.append(f"→ {value(each.field, None)}")
    elif not signs:
        signs.append("the same items in another order")
    rest = len(signs) - _ITEMS_SHOWN
    shown = signs[:_ITEMS_SHOWN] + ([f"… and {rest} more"] if rest > 0 else [])
    margin = " " * len(name)
    yield from (f"{name if not i else margin}  {clip(sign, _VALUE_SHOWN)}" for i, sign in enumerate(shown))
