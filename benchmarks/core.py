"""The parser, the decision and the look ahead, timed alone: pure functions, so a few thousand calls tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Final, NamedTuple

from benchmarks import casbin_rules
from benchmarks.processes import MeasureError
from benchmarks.table import Row, Target
from bot.core.access import Access, Answer, Grant, decide
from bot.core.audit import BOT, Head, Note, entry_after, head_of, verify
from bot.core.explain import Asked, explain
from bot.core.fields import DEFAULT_POLICY, IDENTITY_POLICY
from bot.core.flow import FlowRef, Wire
from bot.core.grammar import Mistake, parse
from bot.core.people import Person
from bot.core.plan import Plan, make_plan
from bot.core.policy import Policy
from bot.core.preflight.rules import preflight
from bot.core.preflight.surroundings import Cluster, Mirror, Surroundings, Topic
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

_CHANGES: Final = {
    "a toggle": "exactly-once on {}", "a pause": "pause {}", "another list": r"update {} topics+=team-30\..*",
    "every topic, names kept": "update {} topics= policy=identity",
    "a hostile pattern": "update {} topics=(.*a){{30}}",
}  # fmt: skip
"""What is looked ahead at; the braces take the flow."""

_FLOWS: Final = 50
_TOPICS: Final = 5_000

_THEIRS: Final = 200
_ENTRIES: Final = 50

_NOW: Final = datetime(2030, 1, 1, tzinfo=UTC)


def measure(repeats: int) -> list[Row]:
    """The rows; each number is the median of so many runs."""
    return [*_parser(repeats), *_decision(repeats), _audit(repeats), *_preflights(repeats)]


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
        rows += _decisions(repeats, _Grants(people, each), Target("<=", most))
    asked = Asked(Person(_person(199)), frozenset({Right.EDIT}), _place(199, 9), _NOW)
    access, policy = Access.of(_Grants(200, 10).all()), Policy()
    micros = _micros(lambda: explain(access, policy, asked), repeats)
    return [*rows, Row("explain at 2,000 grants (µs)", micros, Target("<=", 1000))]


class _Grants(NamedTuple):
    """Everybody holds a role in some projects of their own."""

    people: int
    each: int

    def all(self) -> list[Grant]:
        return [
            Grant(subject=_person(person), role="editor", scope=f"{_project(person, number)}/*", by="U0ADMIN", at=_NOW)
            for person in range(self.people)
            for number in range(self.each)
        ]


def _decisions(repeats: int, size: _Grants, target: Target) -> list[Row]:
    """Somebody whose last grant is the one that counts, and somebody to whom none of theirs gives the right."""
    grants, user, place = size.all(), _person(size.people - 1), _place(size.people - 1, size.each - 1)
    access, rows = Access.of(grants), []
    for what, kind, allowed in (("allowed", Kind.REQUEST, True), ("refused", Kind.BYPASS, False)):

        def decision(kind: Kind = kind) -> Answer:
            return decide(access, Person(user), Right.EDIT, kind, place, _NOW)

        theirs = casbin_rules.decision(grants, user, Right.EDIT, kind, place)
        if decision().allowed is not allowed or theirs() is not allowed:
            raise MeasureError(f"the decision is not as it should be: {decision().reason}")
        row = f"decide at {len(grants):,} grants, {size.each:,} of one person, {what} (µs)"
        rows.append(Row(row, _micros(decision, repeats), target, casbin=_micros(theirs, min(repeats, _THEIRS))))
    return rows


def _audit(repeats: int) -> Row:
    """Verifying a chain, with the longest entries that there are: those of changes that are sent."""
    head, chain = Head(), []
    for number in range(repeats * _ENTRIES):
        note = Note(
            tag="sluice:request:send", by=BOT, at=_NOW, subject=f"request/{number}", acting_for="U012ABCDEF",
            channel="C012ABCDEF", policy="0" * 64, details={"digest": "0" * 64, "attempt": 1, "fence": number},
        )  # fmt: skip
        chain.append(entry_after(head, note))
        head = head_of(chain[-1])
    started = time.perf_counter()
    if verify(chain) is not None:
        raise MeasureError("the chain is not whole")
    taken = time.perf_counter() - started
    return Row(f"verify {len(chain):,} audit entries: per second", len(chain) / taken, Target(">=", 100_000))


def _preflights(repeats: int) -> list[Row]:
    """The usual changes, one that is tried on every topic and every flow, and a hostile pattern."""
    around = _surroundings()
    return [_preflight(what, _plan(text), around, max(3, repeats // 100)) for what, text in _CHANGES.items()]


def _preflight(what: str, plan: Plan, around: Surroundings, repeats: int) -> Row:
    micros = _micros(lambda: preflight(plan, around), repeats)
    return Row(f"preflight, {_FLOWS} flows, {_TOPICS:,} topics: {what} (ms)", micros / 1000, Target("<=", 50))


def _plan(text: str) -> Plan:
    ref = FlowRef(project="acme", service="mm2", source="kafka-0", target="kafka-1")
    plan = make_plan(ref, parse(text.format(ref.pair)), _flow(0, 1))  # type: ignore[arg-type]
    if not isinstance(plan, Plan):
        raise MeasureError(f"no plan: {plan.why}")
    return plan


def _flow(source: int, target: int) -> Wire:
    lists: Wire = {"topics": [rf"team-{number}\..*" for number in range(source, source + 20)]}
    policy: Wire = {"replication_policy_class": IDENTITY_POLICY if source else DEFAULT_POLICY}
    return {"source_cluster": f"kafka-{source}", "target_cluster": f"kafka-{target}", "enabled": True} | lists | policy


def _surroundings() -> Surroundings:
    """Flows in a long circle, most of which keep names; the topics of two clusters are known."""
    flows = tuple(_flow(number, (number + 1) % _FLOWS) for number in range(_FLOWS))
    clusters = tuple(Cluster(alias=f"kafka-{number}", service=f"service-{number}") for number in range(_FLOWS))
    topics = tuple(
        Topic(name=f"team-{number % 97}.orders.created-v{number}", retention_hours=24 + number % 200)
        for number in range(_TOPICS)
    )
    return Surroundings(
        now=_NOW, mirror=Mirror(name="mm2", state="RUNNING"), clusters=clusters, flows=flows,
        topics={"kafka-0": topics, "kafka-1": topics}, nodes={"kafka-0": 3, "kafka-1": 3},
    )  # fmt: skip


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
