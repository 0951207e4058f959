"""`/flow status`: services, their flows, what is not well, what waits for whom, and when nothing is applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.cards import answers, kit, words
from bot.core.delivery import Answer
from bot.core.flow import FlowRef, Wire
from bot.core.freeze import Spell
from bot.core.history import plans
from bot.core.overview import Health, Overview, Waiting
from bot.core.preflight.surroundings import Mirror, Upkeep
from bot.core.request import Request, State

SERVICES: Final = 5
"""Services that one page shows, and Aiven is asked about for it."""

_FLOWS_IN_SHORT: Final = 6
_OF_A_KIND: Final = 8
"""Rows of troubles, requests and the like that a service gets at most."""

_ROW_MAX: Final = 250
_TEXT_MAX: Final = 120
_NAMES: Final = 4
_SERVICE_MAX: Final = 2200
"""So that five services, and a service alone, stay below the 12,000 characters that Slack takes in one message."""

_SIGNS: Final = {Health.GOOD: "🟢", Health.DOUBTFUL: "🟡", Health.BAD: "🔴"}
_INDENT: Final = "\u2003"


def of_service(seen: Overview, page: int) -> Answer:
    """One service: all that was seen of it, its flows a page at a time."""
    flows = seen.flows or ()
    pages = max(1, -(-len(flows) // answers.PAGE))
    page = min(page, pages)
    shown = flows[(page - 1) * answers.PAGE : page * answers.PAGE]
    head = "" if pages == 1 else f" — page {page} of {pages}"
    rows = [f"{_head(seen)}{head}", *_above(seen), *_flows(seen, shown), *(_below(seen) if page == 1 else ())]
    texts = answers.listed([kit.fit(row, _ROW_MAX) for row in rows])
    return Answer(text=texts.text, blocks=(*texts.blocks, *answers.turns(page, pages, f"status {seen.path}")))


def of_project(project: str, shown: Sequence[Overview], page: int, pages: int, total: int) -> Answer:
    """The services of a project: these, which are those of the page, of so many in all."""
    head = f"*Status of {kit.esc(project)}*: {_count(total, 'MirrorMaker service')}"
    head += "" if pages == 1 else f" — page {page} of {pages}"
    texts = [kit.fit("\n".join(_in_short(seen)), _SERVICE_MAX) for seen in shown]
    more = answers.turns(page, pages, f"status --all --project {project}")
    blocks = (kit.section(head), *(kit.section(text) for text in texts), *more)
    return Answer(text=kit.fit("\n".join((head, *texts)), kit.TEXT_MAX), blocks=blocks)


def _in_short(seen: Overview) -> Iterator[str]:
    """A service among others; what somebody has to decide about comes first."""
    flows = sorted(seen.flows or (), key=lambda pair: not seen.about(pair[0]))
    for row in (_head(seen), *_above(seen), *_flows(seen, flows[:_FLOWS_IN_SHORT])):
        yield kit.fit(row, _ROW_MAX)
    if len(flows) > _FLOWS_IN_SHORT:
        more = kit.code(f"{answers.COMMAND} status {seen.path}")
        yield f"and {_count(len(flows) - _FLOWS_IN_SHORT, 'more flow')}: {more}"
    yield from (kit.fit(row, _ROW_MAX) for row in _below(seen))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _head(seen: Overview) -> str:
    """`🟢 *acme-prod/mm2-eu* RUNNING · 3 nodes · 2 flows, 1 paused`."""
    parts = [*(_service(seen.mirror) if seen.mirror else ()), *_numbers(seen.flows)]
    return f"{_SIGNS[seen.health]} *{kit.esc(seen.path)}* {kit.esc(' · '.join(parts))}".rstrip()


def _service(mirror: Mirror) -> Iterator[str]:
    if mirror.state:
        yield mirror.state
    up = sum(state == "running" for state in mirror.nodes.values())
    if mirror.nodes:
        yield _count(up, "node") if up == len(mirror.nodes) else f"{up} of {_count(len(mirror.nodes), 'node')}"


def _numbers(flows: Sequence[tuple[FlowRef, Wire]] | None) -> Iterator[str]:
    if flows is not None:
        paused = sum(flow.get("enabled") is not True for _, flow in flows)
        number = _count(len(flows), "flow") if flows else "no flow that you may read"
        yield number + (f", {paused} paused" if paused else "")


def _above(seen: Overview) -> Iterator[str]:
    """What is to be known before the flows are looked at."""
    rows = [f"⚠️ {kit.esc(kit.clip(each.text, _TEXT_MAX))}" for each in seen.troubles]
    rows += [f"❔ {kit.esc(each)}" for each in seen.unread]
    rows += [_spell(seen, each) for each in seen.spells]
    rows += [_upkeep(each) for each in seen.upkeep]
    yield from _some(rows)


def _some(rows: Sequence[str]) -> Iterator[str]:
    yield from rows[:_OF_A_KIND]
    if len(rows) > _OF_A_KIND:
        yield f"and {len(rows) - _OF_A_KIND} more"


def _spell(seen: Overview, spell: Spell) -> str:
    begins = "" if spell.span.start <= seen.now else f"from {kit.when(spell.span.start)} "
    return f"🧊 {begins}until {kit.when(spell.span.end)}: {kit.named(kit.clip(spell.what, _TEXT_MAX))}"


def _upkeep(update: Upkeep) -> str:
    what = kit.esc(kit.clip(update.description, _TEXT_MAX))
    if update.at is None:
        return f"🔧 maintenance waits: {what}"
    return f"🔧 maintenance {'from' if update.start_at else 'until'} {kit.when(update.at)}: {what}"


def _flows(seen: Overview, flows: Sequence[tuple[FlowRef, Wire]]) -> Iterator[str]:
    """The flows, each with the requests that are open for it beneath."""
    for ref, flow in flows:
        yield f"{answers.sign(flow)} {kit.code(ref.pair)} {_glance(flow)}"
        yield from (f"{_INDENT}{row}" for row in _some([_waiting(each) for each in seen.about(ref)]))


def _glance(flow: Wire) -> str:
    """`98% · exactly-once off`."""
    exactly_once = words.value(answers.EXACTLY_ONCE, flow.get(answers.EXACTLY_ONCE) or False)
    return kit.esc(" · ".join(filter(None, (words.progress(flow), f"exactly-once {exactly_once}"))))


def _below(seen: Overview) -> Iterator[str]:
    yield from _some([_waiting(each, named=True) for each in seen.elsewhere])
    yield from _some([_review(each) for each in seen.reviews])


def _waiting(waiting: Waiting, *, named: bool = False) -> str:
    """`⏳ Request 7: pause, asked by @ann — waits for approval: 1 more (@bob)`. `named`: with its flow."""
    request = waiting.request
    sign, state = words.STATES[request.state]
    return f"{sign} {_name(request, named=named)}, asked by {kit.mention(request.by)} — {_for_whom(waiting) or state}"


def _name(request: Request, *, named: bool) -> str:
    (plan, *more) = plans(request)
    title = words.title(request.plan) if named or more else words.deed(plan)
    return kit.esc(f"Request {request.number}: {title}")


def _for_whom(waiting: Waiting) -> str:
    """Whom or what it waits for; nothing when that is not known."""
    request, standing = waiting
    if request.revert_at is not None and not request.reverting:
        return f"{words.STATES[request.state][1]}, until {kit.when(request.revert_at)}"
    if request.state is not State.PENDING:
        return kit.named(kit.clip(request.note, _TEXT_MAX))
    may = [who for who in standing.approvers if who != request.by]
    shown = ", ".join(map(kit.mention, may[:_NAMES])) + (f" and {len(may) - _NAMES} more" if may[_NAMES:] else "")
    lacking = f": {kit.named(', '.join(standing.weighing.lacking))}" if standing.weighing else ""
    return f"waits for approval{lacking} ({shown or 'nobody may approve it'})"


def _review(request: Request) -> str:
    breaker = f" by {kit.mention(request.glass.by)}" if request.glass else ""
    return f"🔨 {_name(request, named=True)} — made without its approvals{breaker}, not reviewed"
