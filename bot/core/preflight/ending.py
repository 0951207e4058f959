"""Rules about stopping a flow, for a while or for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, Rule, Said, count, note, short, warn
from bot.core.preflight.surroundings import Topic
from bot.core.topics.comparison import is_compacted

_HOURS_OF_A_DAY: Final = 24


def outlasts_retention(case: Case) -> Iterator[Said]:
    """A pause, and the time by which the flow must run again before records are lost."""
    first = min(_expiring(case), key=_hours, default=None) if case.pauses else None
    if first is None:
        return
    deadline = case.around.now + timedelta(hours=_hours(first))
    which = f"`{short(first.name)}` keeps records for {_span(_hours(first))}"
    back = case.around.resumes_at
    if back is None:
        yield note(
            f"Resume before {deadline:%Y-%m-%d %H:%M} UTC: {which}, and what expires before it is copied is lost to "
            "the target, without an error."
        )
    elif back > deadline:
        yield warn(
            f"The pause ends at {back:%Y-%m-%d %H:%M} UTC, too late: {which}, so from {deadline:%Y-%m-%d %H:%M} UTC "
            "on records expire before they are copied."
        )


def _expiring(case: Case) -> Iterator[Topic]:
    """The topics that the flow copies and that lose records with time; what is only compacted does not."""
    for topic in case.copied:
        if topic.retention_hours is not None and not is_compacted(topic):
            yield topic


def _hours(topic: Topic) -> int:
    return topic.retention_hours or 0


def _span(hours: int) -> str:
    days, rest = divmod(hours, _HOURS_OF_A_DAY)
    return count(days, "day") if days > 1 and not rest else count(hours, "hour")


def deleted(case: Case) -> Iterator[Said]:
    """A delete cannot be taken back."""
    if case.deletes:
        stops = ", and replication stops at once" if case.ran else ""
        yield warn(f"A delete is final: Aiven has no undo{stops}. To stop it for a while, pause it instead.")


RULES: Final = (
    Rule(
        name="outlasts-retention",
        levels=(Level.WARN, Level.NOTE),
        title="A pause and the retention of topics",
        why="A flow that is off keeps its place. But the source drops old records meanwhile, and MirrorMaker goes on "
        "with the oldest that is left, without an error: the gap is silent. The time comes from the shortest "
        "retention of the topics that the flow copies; a limit by size can end it sooner. With an end of the pause "
        "that lies before that, nothing is said; with one after it, it is a warning.",
        example="Resume before 2026-11-24 12:00 UTC: `clicks` keeps records for 24 hours, and what expires before it "
        "is copied is lost to the target, without an error.",
        link=f"{AIVEN}/troubleshooting/topic-not-replicated",
        check=outlasts_retention,
    ),
    Rule(
        name="delete-is-final",
        levels=(Level.WARN,),
        title="A delete is final",
        why="Sluice keeps the flow as it was in the request and in the audit log, so it can be made again; with the "
        "same aliases it goes on where it stopped, for progress is kept on the target under the source's alias. "
        "Nothing in Aiven's documents says that topics which were copied are removed.",
        example="A delete is final: Aiven has no undo, and replication stops at once. To stop it for a while, pause "
        "it instead.",
        link=f"{AIVEN}/howto/setup-replication-flow",
        check=deleted,
    ),
)
