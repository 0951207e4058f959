"""Rules about which topics a flow selects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.core.fields import MIRRORMAKER_EXCLUSIONS
from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, Rule, Said, are, note, some, warn
from bot.core.topics.expression import Expression
from bot.core.topics.java import read
from bot.core.topics.meeting import common
from bot.core.topics.selection import TOPICS, Patterns, Selection, items, own_exclusions

_TRIED: Final = 8
"""Expressions of a change that are tried alone on every topic; each may cost a pass over all names."""


def every_topic(case: Case) -> Iterator[Said]:
    """No list is left, or none was given: everything is replicated."""
    narrowed = bool(case.before.get(TOPICS))
    if case.deletes or case.after.get(TOPICS) or not (case.creates or narrowed):
        return
    now = f" ({len(case.preview.copies):,} now)" if case.preview else ""
    yield warn(f"No topics are named, so every topic of {case.ref.source} is replicated{now}, also those to come.")


def matches_nothing(case: Case) -> Iterator[Said]:
    """A list, or a new item of it, that matches no topic of the source."""
    if not case.changes_lists or case.preview is None:
        return
    if not case.preview.copies:
        yield warn(
            f"Nothing on {case.ref.source} matches now, so nothing is copied until such a topic "
            f"appears.{_hint(case, _new(case))}"
        )
        return
    idle = list(_idle(case))
    if idle:
        verb = "matches" if len(idle) == 1 else "match"
        yield warn(f"{some(idle)} {verb} no topic of {case.ref.source} now.{_hint(case, idle)}")


def _new(case: Case) -> list[str]:
    known = items(case.before.get(TOPICS))
    return [item for item in items(case.after.get(TOPICS)) if item not in known]


def _idle(case: Case) -> Iterator[str]:
    names = [topic.name for topic in case.topics or ()]
    known = frozenset(names)
    tried = 0
    for item in _new(case):
        if isinstance(expression := read(item), Expression) and expression.text is not None:
            is_idle = expression.text not in known
        else:
            tried += 1
            is_idle = tried <= _TRIED and Selection(Patterns((item,)), Patterns(())).pick(names) == ()
        if is_idle:
            yield item


def _hint(case: Case, idle: list[str]) -> str:
    """Names match as a whole; whoever meant a beginning is told how to write it."""
    for item in idle:
        near = [topic.name for topic in case.topics or () if topic.name.startswith(f"{item}.")]
        if near:
            return rf" Names match as a whole; for {some(near[:1])} and the like write `{item}\..*`."
    return ""


def own_exclusion_list(case: Case) -> Iterator[Said]:
    """A list of one's own takes the place of MirrorMaker's."""
    own, old = own_exclusions(case.after), own_exclusions(case.before)
    if case.deletes or not case.changes_lists or not own or own == old:
        return
    missing = [item for item in _missing(own) if not old or item not in _missing(old)]
    if not missing:
        return
    dropped = f"{some(missing)} {are(missing)} no longer excluded"
    names = [each.name for each in case.preview.copies] if case.preview else []
    if copied := Selection(Patterns(tuple(missing)), Patterns(())).pick(names):
        yield warn(
            f"Your own exclusion list replaces MirrorMaker's: {dropped}, so {some(copied)} {are(copied)} copied. Add "
            "what is missing unless you mean that."
        )
    else:
        yield note(
            f"Your own exclusion list replaces MirrorMaker's: {dropped}. Add what is missing unless you mean that."
        )


def _missing(own: tuple[str, ...]) -> list[str]:
    """The expressions of MirrorMaker's list that match something which this list does not exclude."""
    return [item for item in MIRRORMAKER_EXCLUSIONS if item not in own
            and common([Selection(Patterns((item,)), Patterns(own))], internal=True)]  # fmt: skip


RULES: Final = (
    Rule(
        name="every-topic",
        levels=(Level.WARN,),
        title="No topics are named",
        why="An empty list of topics, or none, means every topic, not no topic. Topics that are made later are "
        "replicated too, without anybody being asked.",
        example="No topics are named, so every topic of kafka-eu is replicated (1,204 now), also those to come.",
        link=f"{AIVEN}/concepts/replication-flow-topics-regex",
        check=every_topic,
    ),
    Rule(
        name="matches-nothing",
        levels=(Level.WARN,),
        title="A pattern that matches no topic",
        why="Names match as a whole: `orders` stands for one topic, not for all that begin so. A pattern without a "
        "topic is no error to anybody; it is idle until one appears, which MirrorMaker looks for every ten minutes "
        "unless the service says otherwise.",
        example="`orders` matches no topic of kafka-eu now. Names match as a whole; for `orders.created` and the "
        "like write `orders\\..*`.",
        link=f"{AIVEN}/concepts/replication-flow-topics-regex",
        check=matches_nothing,
    ),
    Rule(
        name="own-exclusions",
        levels=(Level.WARN, Level.NOTE),
        title="An exclusion list that drops MirrorMaker's own",
        why="Without a list MirrorMaker excludes internal topics and what other tools copied: `.*[\\-\\.]internal`, "
        "`.*\\.replica` and `__.*`. A list of one's own takes the place of that, it does not add to it. It is a "
        "warning when topics are copied because of it.",
        example="Your own exclusion list replaces MirrorMaker's: `.*\\.replica` is no longer excluded, so "
        "`orders.replica` is copied. Add what is missing unless you mean that.",
        link=f"{AIVEN}/concepts/configuration-layers",
        check=own_exclusion_list,
    ),
)
