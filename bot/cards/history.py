"""The history: who changed what, when, why, and who approved it; of one flow in full, of everything in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bot.cards import answers, kit, words
from bot.core import history
from bot.core.delivery import Answer
from bot.core.flow import Create, Delete, FlowRef, Patch
from bot.core.giving import Giving
from bot.core.intent import Verdict
from bot.core.plan import Plan
from bot.core.request import Decision, Request, State

PAGE_OF_FLOW: Final = 8
"""Requests that one page of a flow's history shows."""

_DIFFERENCES: Final = 3
_DIFFERENCE_MAX: Final = 70
_IN_SHORT: Final = 60
_REASON_MAX: Final = 160
_PEOPLE: Final = 4
_OPEN_SHOWN: Final = 3
_ROW_MAX: Final = 1000
_SHORT_ROW_MAX: Final = 650
"""A page of either stays below the 12,000 characters that Slack takes in one message."""

_SAYS_ALL: Final = frozenset({State.APPLIED, State.REVERTED})
"""States to which the outcome adds nothing, where something was sent."""

_DID: Final = {Verdict.APPROVE: "approved", Verdict.DENY: "denied", Verdict.REVIEW: "reviewed"}


class Page(NamedTuple):
    """A page of ended requests, the newest first.

    `pages`: how many pages there are; None when there are more than this one, and nobody counted them. `left_out`: how
    many were left out, since they left no trace. `back_to`: where looking back ended for being too long.
    """

    requests: tuple[Request, ...]
    page: int = 1
    pages: int | None = 1
    left_out: int = 0
    back_to: datetime | None = None


class Asked(NamedTuple):
    """What was asked for. `command` shows it, without the page and without `--all`."""

    command: str
    flow: FlowRef | None = None
    by: str | None = None
    since: datetime | None = None
    whole: bool = False


def history_of(asked: Asked, found: Page, waiting: Sequence[Request] = ()) -> Answer:
    """The page. `waiting`: the open requests for the flow."""
    more = f"{asked.command} --all" if asked.whole else asked.command
    limit = _ROW_MAX if asked.flow else _SHORT_ROW_MAX
    rows = [kit.fit("\n".join(_entry(request, asked.flow)), limit) for request in found.requests]
    shown = answers.listed([
        "\n".join((_head(asked, found), *_open(waiting))), *(rows or ["None."]), *_left(found),
    ])  # fmt: skip
    pages = found.page + 1 if found.pages is None else found.pages
    rest = [kit.button(f"{answers.PAGE_ACTION}-all", "Show all", f"{more} --all")] if found.left_out else []
    return Answer(text=shown.text, blocks=(*shown.blocks, *answers.turns(found.page, pages, more, *rest)))


def _head(asked: Asked, found: Page) -> str:
    what = f"*History of {kit.esc(asked.flow.pair)}* on {kit.code(asked.flow.service_path)}" if asked.flow else (
        "*History*"
    )  # fmt: skip
    by = f" by {kit.mention(asked.by)}" if asked.by else ""
    since = f" since {kit.when(asked.since)}" if asked.since else ""
    pages = f" — page {found.page}" + ("" if found.pages is None else f" of {found.pages}")
    return f"{what}{by}{since}{pages if found.pages != 1 else ''}{_glass(found.requests)}"


def _glass(requests: Sequence[Request]) -> str:
    broken = [request for request in requests if request.is_broken]
    unseen = sum(request.wants_review for request in broken)
    return f" · 🔨 {len(broken)} without their approvals, {unseen} to be reviewed" if broken else ""


def _open(waiting: Sequence[Request]) -> list[str]:
    """What is open, for it may change the flow next."""
    rows = [
        f"{words.STATES[each.state][0]} {kit.esc(words.headline(each))} — {words.STATES[each.state][1]}"
        for each in waiting[:_OPEN_SHOWN]
    ]
    more = len(waiting) - _OPEN_SHOWN
    return [*rows, *([f"and {more} more open: `{answers.COMMAND} requests`"] if more > 0 else [])]


def _left(found: Page) -> list[str]:
    """What the page does not show, and how to see it."""
    said = []
    if found.left_out:
        them = "1 that came to nothing is" if found.left_out == 1 else f"{found.left_out:,} that came to nothing are"
        said.append(f"{them} left out; `--all` shows {'it' if found.left_out == 1 else 'them'}.")
    if found.back_to is not None:
        said.append(f"I looked back to {kit.when(found.back_to)}; the history of one flow goes all the way.")
    return said


def _entry(request: Request, flow: FlowRef | None) -> Iterator[str]:
    """The lines about one request; only one for what came to nothing."""
    when, plan = kit.when(request.changed_at), _plan(request, flow)
    title = words.deed(plan) if plan and flow else words.title(request.plan)
    name = kit.esc(f"Request {request.number}: {title}")
    if history.left_no_trace(request, flow):
        yield f"{words.STATES[request.state][0]} {name} · {when} · {_nothing(request)}"
        return
    sign = f"🔨 {words.STATES[request.state][0]}" if request.is_broken else words.STATES[request.state][0]
    place = "" if flow else f" on {kit.code(words.place(request.plan))}"
    yield f"{sign} *{name}*{_whom(request)}{place} · {when}"
    yield f"{_word(request.state)}, {_who(request)}"
    yield from _why(request)
    yield from _differences(plan, request.number) if plan and flow else _in_short(plan)


def _plan(request: Request, flow: FlowRef | None) -> Plan | None:
    """The change of this flow; of the first, when none is meant."""
    return next((plan for plan in history.plans(request) if flow in (None, plan.ref)), None)


def _word(state: State) -> str:
    """How it ended in a word or two, without what else the card says of the state."""
    return words.STATES[state][1].partition(":")[0]


def _whom(request: Request) -> str:
    return f" to {kit.mention(request.plan.subject)}" if isinstance(request.plan, Giving) else ""


def _nothing(request: Request) -> str:
    """Why nothing came of it."""
    word = _word(request.state)
    if request.state is State.CANCELLED:
        return f"{word} by {kit.mention(request.by)}"
    denials = history.said(request, Verdict.DENY) if request.state is State.DENIED else []
    by = f" by {_names(denials)}" if denials else ""
    reason = f": {_clipped(denials[-1].reason)}" if denials else ""
    return f"asked by {kit.mention(request.by)}, {word}{by}{reason}"


def _who(request: Request) -> str:
    """Who asked, and who decided."""
    breaker = request.glass.by if request.glass and request.is_broken else None
    parts = [f"asked by {kit.mention(request.by)}"] if breaker != request.by else []
    parts += [f"glass broken by {kit.mention(breaker)}"] if breaker else []
    found = {verdict: history.said(request, verdict) for verdict in _DID}
    parts += [f"{_DID[verdict]} by {_names(said)}" for verdict, said in found.items() if said]
    if request.undoes is not None:
        parts.append(f"undoes request {request.undoes}")
    if request.wants_review:
        parts.append("*not reviewed yet*")
    elif breaker is None and not found[Verdict.APPROVE]:
        parts.append("no approval needed")
    return ", ".join(parts)


def _names(decisions: Sequence[Decision]) -> str:
    named = [kit.mention(each.by) for each in decisions[:_PEOPLE]]
    more = len(decisions) - _PEOPLE
    return " and ".join([*named, f"{more} more"] if more > 0 else named)


def _why(request: Request) -> Iterator[str]:
    """The reason, and what else there is to say of how it ended."""
    reason = request.glass.reason if request.glass and request.is_broken else request.reason
    if reason.strip():
        yield f">{_clipped(reason)}"
    if request.outcome and not (request.state in _SAYS_ALL and request.attempts):
        yield _clipped(request.outcome)


def _clipped(text: str) -> str:
    return kit.esc(kit.clip(" ".join(text.split()), _REASON_MAX))


def _differences(plan: Plan, number: int) -> Iterator[str]:
    """The first of the lines that the card shows."""
    if isinstance(plan.change, Delete):
        return
    lines = words.lines(plan)
    more = len(lines) - _DIFFERENCES
    if more > 0:
        lines = [*lines[:_DIFFERENCES], f"… {more} more: {answers.COMMAND} request {number}"]
    yield kit.code_block(kit.clip(line, _DIFFERENCE_MAX) for line in lines)


def _in_short(plan: Plan | None) -> Iterator[str]:
    """The difference in a few words, where the title does not say it."""
    if plan is None or isinstance(plan.change, Delete | Create) or _is_switch(plan.change):
        return
    lines = [" ".join(line.split()) for line in words.lines(plan)]
    more = f" and {len(lines) - 1} more" if lines[1:] else ""
    yield f"{kit.code(lines[0], _IN_SHORT)}{more}"


def _is_switch(change: Patch) -> bool:
    return len(change.body) == 1 and all(isinstance(value, bool) for value in change.body.values())
