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
from bot.core.explain import Asked, explain
from bot.core.grammar import Mistake, parse
from bot.core.people import Person
from bot.core.policy import Policy
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
    """Few grants, many people's, and many of one person; and an explanation with all its facts."""
    rows = []
    for people, each, most in ((200, 10, 10), (10_000, 10, 20), (20, 5_000, 20)):
        rows += _decisions(repeats, people, each, Target("<=", most))
    asked = Asked(Person(_person(199)), frozenset({Right.EDIT}), _place(199, 9), _NOW)
    access, policy = _access(200, 10), Policy()
    micros = _micros(lambda: explain(access, policy, asked), repeats)
    return [*rows, Row("explain at 2,000 grants (µs)", micros, Target("<=", 1000))]


def _decisions(repeats: int, people: int, each: int, target: Target) -> list[Row]:
    """Somebody whose last grant is the one that counts, and somebody to whom none of theirs gives the right."""
    access, person, place = _access(people, each), Person(_person(people - 1)), _place(people - 1, each - 1)
    rows = []
    for what, kind, allowed in (("allowed", Kind.REQUEST, True), ("refused", Kind.BYPASS, False)):

        def decision(kind: Kind = kind) -> Answer:
            return decide(access, person, Right.EDIT, kind, place, _NOW)

        if decision().allowed is not allowed:
            raise MeasureError(f"the decision is not as it should be: {decision().reason}")
        row = f"decide at {people * each:,} grants, {each:,} of one person, {what} (µs)"
        rows.append(Row(row, _micros(decision, repeats), target))
    return rows


def _access(people: int, each: int) -> Access:
    """Everybody holds a role in some projects of their own."""
    return Access.of(
        Grant(subject=_person(person), role="editor", scope=f"{_project(person, number)}/*", by="U0ADMIN", at=_NOW)
        for person in range(people)
        for number in range(each)
    )


def _place(person: int, number: int) -> str:
    return f"{_project(person, number)}/mm2/kafka-eu->kafka-us"


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
