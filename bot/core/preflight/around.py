"""Rules about what happens beside the change: other requests, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, Rule, Said, note, warn


def open_request(case: Case) -> Iterator[Said]:
    """Another request for the same flow is open."""
    others = [str(number) for number in sorted(case.around.open_requests)]
    if others:
        which = f"Request {others[0]} is" if len(others) == 1 else f"Requests {', '.join(others[:5])} are"
        yield warn(
            f"{which} open for this flow too. Whichever is applied first can make the other stale; decide on them "
            "together, or cancel one."
        )


def unread(case: Case) -> Iterator[Said]:
    """What could not be read, so that some rules say nothing."""
    for sentence in case.around.unread:
        yield note(sentence)


RULES: Final = (
    Rule(
        name="open-request",
        levels=(Level.WARN,),
        title="Another request for the same flow",
        why="A request is bound to the flow as it was when it was asked. If another one is applied before, it goes "
        "stale, and nothing is sent.",
        example="Request 41 is open for this flow too. Whichever is applied first can make the other stale; decide "
        "on them together, or cancel one.",
        link=f"{AIVEN}/howto/setup-replication-flow",
        check=open_request,
    ),
    Rule(
        name="unread",
        levels=(Level.NOTE,),
        title="Something could not be read",
        why="Rules that need what could not be read say nothing, rather than guess. What that was is told, so that "
        "silence is not taken for safety.",
        example="I could not read the topics of kafka-eu: Aiven did not answer in time.",
        link=f"{AIVEN}/howto/monitor-replication-execution",
        check=unread,
    ),
)
