"""The parser and the decision, timed alone: pure functions, so a few thousand calls tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Final

from benchmarks.processes import MeasureError
from benchmarks.table import Row, Target
from bot.core.access import Access, Answer, Grant, decide
from bot.core.grammar import Mistake, parse
from bot.core.people import Person
from bot.core.rights import Kind, Right

COMMANDS: Final = (
    "", "help create", "whoami", "list", "list acme-prod/mm2-eu --page 3", "use acme-prod/mm2-eu",
    "show kafka-eu -&gt; kafka-us", "kafka-eu→kafka-us", "exactly-once on kafka-eu -&gt; kafka-us",
    "eos off acme-prod/mm2-eu/kafka-eu -&gt; kafka-us --reason “moved to the new cluster”",
    "pause kafka-eu to kafka-us --service mm2-eu --project acme-prod", "delete kafka-eu -&gt; kafka-us --dry-run",
    "update kafka-eu -&gt; kafka-us exactly-once=on",
    r"update kafka-eu -&gt; kafka-us topics+=refunds\..*,returns\..* topics-=tmp.* exactly-once=off",
    "create kafka-eu -&gt; kafka-us topics=orders.*,payments.* exactly-once=on heartbeats=on sync-group-offsets=on",
    "requests", "request 42", "approve 42", "deny 42 not during the sale, please ask again on Monday",
    "role grant <@U012ABC|ann> editor on acme-prod/* for 8h", "role revoke <@U012ABC> editor on acme-prod/*",
    "role list",
)  # fmt: skip
"""One of each kind, short and long, as Slack delivers them."""

MISTAKES: Final = (
    "exactly-onse on kafka-eu -&gt; kafka-us", "update kafka-eu -&gt; kafka-us exactly-onec=on",
    "exactly-once maybe kafka-eu -&gt; kafka-us",
)  # fmt: skip
"""These look for the nearest right word."""

PEOPLE: Final = 200
EACH: Final = 10
_NOW: Final = datetime(2030, 1, 1, tzinfo=UTC)


def measure(repeats: int) -> list[Row]:
    """The rows; each number is the median of so many runs."""
    return [*_parser(repeats), *_decision(repeats)]


def _parser(repeats: int) -> list[Row]:
    right = {command: _micros(lambda text=command: parse(text), repeats) for command in COMMANDS}  # type: ignore[misc]
    wrong = [_micros(lambda text=command: parse(text), repeats) for command in MISTAKES]  # type: ignore[misc]
    refused = [command for command in COMMANDS if isinstance(parse(command), Mistake)]
    if refused:
        raise MeasureError(f"no command: {refused}")
    at_most = Target("<=", 50)
    return [
        Row(f"parse, median of {len(COMMANDS)} commands (µs)", median(right.values()), at_most),
        Row(f"parse, worst of {len(COMMANDS)} commands (µs)", max(right.values()), at_most),
        Row(f"parse, median of {len(MISTAKES)} mistakes (µs)", median(wrong)),
    ]


def _decision(repeats: int) -> list[Row]:
    """Somebody whose last grant is the one that counts, and somebody to whom none of theirs gives the right."""
    access = _access()
    place = f"{_project(PEOPLE - 1, EACH - 1)}/mm2/kafka-eu->kafka-us"
    rows = []
    for what, kind, allowed in (("allowed", Kind.REQUEST, True), ("refused", Kind.BYPASS, False)):

        def decision(kind: Kind = kind) -> Answer:
            return decide(access, Person(_person(PEOPLE - 1)), Right.EDIT, kind, place, _NOW)

        if decision().allowed is not allowed:
            raise MeasureError(f"the decision is not as it should be: {decision().reason}")
        micros = _micros(decision, repeats)
        rows.append(Row(f"decide at {PEOPLE * EACH:,} grants, {what} (µs)", micros, Target("<=", 10)))
    return rows


def _access() -> Access:
    """Everybody holds a role in some projects of their own."""
    return Access.of(
        Grant(subject=_person(person), role="editor", scope=f"{_project(person, each)}/*", by="U0ADMIN", at=_NOW)
        for person in range(PEOPLE)
        for each in range(EACH)
    )


def _person(number: int) -> str:
    return f"U{number:05}"


def _project(person: int, each: int) -> str:
    return f"project-{person}-{each}"


def _micros(call: Callable[[], object], repeats: int) -> float:
    """The median time of one call, which a busy machine moves less than the mean."""
    took = []
    for _ in range(repeats):
        started = time.perf_counter_ns()
        call()
        took.append(time.perf_counter_ns() - started)
    return median(took) / 1000
