"""topics: which topics a flow copies now, and what other patterns would add and drop, before anybody asks for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from bot.cards import answers, previews
from bot.core.fields import BY_NAME
from bot.core.flow import FlowRef, Wire, writable
from bot.core.grammar.mistake import closest
from bot.core.intent import CreateFlow, Edit, PreviewTopics, UpdateFlow
from bot.core.plan import NoPlan, make_plan
from bot.core.preflight.surroundings import Surroundings
from bot.core.rights import Right
from bot.core.topics.comparison import Comparison
from bot.core.topics.preview import Preview
from bot.core.topics.preview import preview as copies_of
from bot.core.topics.selection import is_identity
from bot.desk import places
from bot.desk.desk import AnswerError, Case, Handled
from bot.desk.surroundings import topics_around


class _Flows(NamedTuple):
    """The flow as it is, and as it would be; None where there is none, or nothing is asked."""

    now: Wire | None
    then: Wire | None


async def preview(case: Case, intent: PreviewTopics) -> Handled:
    """The topics of a flow, and of one with other patterns; the flow need not be there yet."""
    ref = await _ref(case, intent)
    sight = case.may(Right.READ, str(ref))
    if not sight.allowed:
        return case.refuse(str(ref), "read", f"I cannot show the topics of {ref}", sight.reason)
    flows = await _flows(case, ref, intent)
    around = await topics_around(case.desk, ref, case.now)
    _check_source(ref, around)
    compared = _compared(ref, flows, around)
    unread = () if compared.topics is not None else _why(ref, around)
    asked = previews.Asked(
        ref=ref, keeps_names=is_identity(flows.then or flows.now or {}), unread=unread,
        is_paused=flows.now is not None and flows.now.get("enabled") is not True,
        page=intent.page, more=_command(ref, intent.edits),
    )  # fmt: skip
    return Handled(previews.topics(asked, compared))


async def _ref(case: Case, intent: PreviewTopics) -> FlowRef:
    """The flow; with edits it may be one that is not there yet."""
    try:
        return await places.flow_ref(case, intent, intent.flow)
    except AnswerError:
        if not intent.edits:
            raise
    return await places.flow_ref(case, intent, intent.flow, new=True)


async def _flows(case: Case, ref: FlowRef, intent: PreviewTopics) -> _Flows:
    """Raises AnswerError when there is no such flow and no patterns to try, or when these cannot be set."""
    current = await places.current(case, ref)
    if current is None:
        await places.check_service(case, ref.project, ref.service)
        if not intent.edits:
            raise AnswerError(answers.trouble(await _absent(case, ref)))
    if not intent.edits:
        return _Flows(current, None)
    asked = (CreateFlow if current is None else UpdateFlow)(flow=intent.flow, edits=intent.edits)
    plan = make_plan(ref, asked, current)
    if isinstance(plan, NoPlan):
        if plan.already and current is not None:
            return _Flows(current, writable(current))
        raise AnswerError(answers.trouble(plan.why))
    return _Flows(current, plan.after)


async def _absent(case: Case, ref: FlowRef) -> str:
    hint = await places.nearest_flow(case, ref)
    how = f" To try patterns for a new one: /flow topics {ref.pair} topics=…"
    return f"There is no flow {ref.pair} on {ref.service_path}.{hint}{how}"


def _check_source(ref: FlowRef, around: Surroundings) -> None:
    """Raises AnswerError for a source that is no cluster of the service: nothing is copied from it."""
    known = [each.alias for each in around.clusters or ()]
    if around.clusters is None or ref.source in known or None in known:
        return
    aliases = sorted(alias for alias in known if alias)
    near = closest(ref.source, aliases)
    hint = f" Did you mean {near}?" if near else ""
    has = f"it has {', '.join(aliases)}" if aliases else "it has none at all"
    raise AnswerError(answers.trouble(
        f"{ref.service} has no cluster with the alias {ref.source}, so nothing is copied from it; {has}.{hint}"
    ))  # fmt: skip


def _compared(ref: FlowRef, flows: _Flows, around: Surroundings) -> Comparison:
    topics = around.topics.get(ref.source)
    names = [each.name for each in topics or ()]

    def copies(flow: Wire | None) -> Preview | None:
        return None if flow is None else copies_of(flow, (ref.source, ref.target), names)

    there = frozenset(each.name for each in around.topics.get(ref.target, ()))
    return Comparison(topics=topics, now=copies(flows.now), then=copies(flows.then), there=there)


def _why(ref: FlowRef, around: Surroundings) -> tuple[str, ...]:
    """Why the topics of the source are not known."""
    told = tuple(sentence for sentence in around.unread if "topics" in sentence and ref.source in sentence)
    return told or (f"The topics of {ref.source} could not be read.",)


def _command(ref: FlowRef, edits: Sequence[Edit]) -> str:
    """What shows another page when it is typed, or carried by a button."""
    return " ".join(["topics", str(ref), *map(_typed, edits)])


def _typed(edit: Edit) -> str:
    """An edit as a word of a command; what Slack or the grammar would read as markup is written as JSON escapes."""
    field = BY_NAME[edit.field]
    if not isinstance(edit.value, list):
        return f"{field.spoken}{edit.operator}{edit.value}"
    value = json.dumps(edit.value, separators=(",", ":"))
    for char in "<>&":
        value = value.replace(char, f"\\u{ord(char):04x}")
    return f"{field.spoken}{edit.operator}{value}"
