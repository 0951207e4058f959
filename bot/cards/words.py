"""How flows, fields and changes are said to people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import floor
from typing import Final

from pydantic import JsonValue

from bot.cards.kit import escaped
from bot.core.batch import Batch
from bot.core.fields import BY_NAME, Type
from bot.core.flow import Change, Create, Delete, Wire
from bot.core.giving import Giving
from bot.core.intent import Asking, CreateFlow, DeleteFlow, UpdateFlow
from bot.core.people import spoken as spoken_subject
from bot.core.plan import Difference, Plan, Timing
from bot.core.policy import Quorum
from bot.core.request import Request, State

STATES: Final = {
    State.PENDING: ("⏳", "waiting for approval"),
    State.APPROVED: ("👍", "approved, to be applied"),
    State.APPLYING: ("⚙️", "being applied"),
    State.APPLIED: ("✅", "applied and verified"),
    State.DENIED: ("⛔", "denied"),
    State.CANCELLED: ("🚫", "taken back"),
    State.EXPIRED: ("⌛", "expired"),
    State.STALE: ("🔀", "stale: the flow has changed meanwhile"),
    State.FAILED: ("❌", "failed"),
    State.UNKNOWN: ("❓", "unknown: please look yourself"),
    State.HOLDING: ("⏱️", "applied, for a while"),
    State.REVERTED: ("⏪", "applied, and taken back"),
    State.KEPT: ("📌", "applied, and not taken back"),
}


_TINY: Final = 1e-9
"""What a fraction may lack for being written in binary."""


def state(value: State) -> str:
    """A state with its sign."""
    return " ".join(STATES[value])


def spoken(field: str) -> str:
    """A field as it is typed in chat."""
    known = BY_NAME.get(field)
    return known.spoken if known else field


def progress(flow: Wire) -> str:
    """How far a flow is, never `100%` before it is there; empty when Aiven does not tell."""
    told = flow.get("replication_progress")
    return f"{floor(told * 100 + _TINY)}%" if isinstance(told, int | float) else ""


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
        return escaped(", ".join(map(str, given)))
    known = BY_NAME.get(field)
    return escaped(str(given).rpartition(".")[2] if known and known.enum else str(given))


def edit(field: str, given: JsonValue) -> str:
    """A value as it is typed to set a field: `topics=["a","b"]`, `exactly-once=off`."""
    if isinstance(given, bool):
        return f"{spoken(field)}={'on' if given else 'off'}"
    text = json.dumps(given, separators=(",", ":"), ensure_ascii=False) if isinstance(given, list) else str(given)
    return f"{spoken(field)}={text}" if given else f"{spoken(field)}="


def takes(quorums: Iterable[Quorum]) -> str:
    """What a change takes, in words: `2 approvals, one of them of sre`."""
    return " and ".join(quorum(each) for each in quorums)


_UNITS: Final = ((7 * 86_400, "w"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def duration(seconds: int) -> str:
    """A duration as it is typed: `8h`."""
    size, unit = next(each for each in _UNITS if seconds % each[0] == 0)
    return f"{seconds // size}{unit}"


def verb(asked: Asking) -> str:
    """What somebody asks for, in a word."""
    return {CreateFlow: "create", UpdateFlow: "change", DeleteFlow: "delete"}.get(type(asked), "change")


def quorum(wanted: Quorum) -> str:
    """Whose approvals it takes, in words."""
    if wanted.is_free:
        return "no approval"
    how_many = f"{wanted.size} approval{'s' if wanted.size > 1 else ''}"
    among = f" of {' or '.join(map(spoken_subject, wanted.among))}" if wanted.among else ""
    each = f", one each of {' and '.join(map(spoken_subject, wanted.all_of))}" if wanted.all_of else ""
    return how_many + among + each


def headline(request: Request) -> str:
    """One line of plain text."""
    return f"Request {request.number}: {title(request.plan)}"


def place(plan: Plan | Batch | Giving) -> str:
    """Where it changes something: a service, or a scope."""
    return plan.scope if isinstance(plan, Giving) else plan.plans[0].ref.service_path


def title(plan: Plan | Batch | Giving) -> str:
    """A change in a few words, as a thing to do: `turn exactly-once on for a -> b`, `give the role editor`."""
    if isinstance(plan, Giving):
        return f"give the role {plan.role}"
    doing = {_verb(each.change) for each in plan.plans}
    how = doing.pop() if len(doing) == 1 else "change"
    what = plan.ref.pair if isinstance(plan, Plan) else f"{len(plan.plans)} flows"
    return f"{how} {what}{_timed(plan.timing)}"


def _verb(change: Change) -> str:
    if isinstance(change, Delete | Create):
        return str(change.verb)
    return _doing(change.body)


def _timed(timing: Timing) -> str:
    """When, and for how long."""
    at = f" at {timing.at:%Y-%m-%d %H:%M} UTC" if timing.at else ""
    return at + (f" for {duration(timing.lasting)}" if timing.lasting else "")


def deed(plan: Plan) -> str:
    """The same of one flow, where it is known which is meant: `turn exactly-once on`."""
    return f"{_verb(plan.change).removesuffix(' for').removesuffix(' of')}{_timed(plan.timing)}"


def _doing(body: Wire) -> str:
    if list(body) == ["enabled"]:
        return "resume" if body["enabled"] else "pause"
    if len(body) == 1:
        ((field, given),) = body.items()
        if isinstance(given, bool):
            return f"turn {spoken(field)} {'on' if given else 'off'} for"
    return f"change {', '.join(spoken(field) for field in body)} of"


def lines(plan: Plan | Batch | Giving) -> list[str]:
    """The differences that a plan makes, all of them: one field a line, list items each on their own."""
    if isinstance(plan, Giving):
        return [f"{plan.role} may, on {plan.scope}:", *(f"+ {each}" for each in plan.gives)]
    if isinstance(plan, Batch):
        return [line for each in plan.plans for line in (each.ref.pair, *(f"  {row}" for row in _rows(each)))]
    return _rows(plan)


def _rows(plan: Plan) -> list[str]:
    if isinstance(plan.change, Delete):
        return ["the flow and its definition go away; this is final"]
    return compared(plan.differences, creating=plan.before is None)


def compared(differences: Sequence[Difference], *, creating: bool = False) -> list[str]:
    """Differences, one field a line, list items each on their own. `creating`: there is nothing before them."""
    width = max((len(spoken(each.field)) for each in differences), default=0)
    return [line for each in differences for line in _difference(each, width, creating=creating)]


def _difference(each: Difference, width: int, *, creating: bool) -> Iterator[str]:
    name = spoken(each.field).ljust(width)
    before, after = _as_items(each.field, each.before), _as_items(each.field, each.after)
    if before or after:
        yield from _items(each, before, after, name)
    elif creating:
        yield f"{name}  {value(each.field, each.after)}"
    else:
        yield f"{name}  {value(each.field, each.before)} → {value(each.field, each.after)}"


def _as_items(field: str, given: JsonValue) -> list[str]:
    """The items of a list, or of a comma list; nothing for any other value."""
    if isinstance(given, list):
        return [str(item) for item in given]
    known = BY_NAME.get(field)
    if known is None or known.type is not Type.COMMA or not isinstance(given, str):
        return []
    return [item.strip() for item in given.split(",")]


def _items(each: Difference, before: list[str], after: list[str], name: str) -> Iterator[str]:
    new, gone = Counter(after) - Counter(before), Counter(before) - Counter(after)
    signs = [f"+ {escaped(item)}" for item in new.elements()] + [f"- {escaped(item)}" for item in gone.elements()]
    if not after:
        signs.append(f"→ {value(each.field, None)}")
    elif not signs:
        signs.append("the same items, written otherwise")
    margin = " " * len(name)
    yield from (f"{name if not i else margin}  {sign}" for i, sign in enumerate(signs))
