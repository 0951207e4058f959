"""The table of rules: what it tells is what the bot says; and the look ahead bears whatever there is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.fields import WRITABLE, Type
from bot.core.flow import Create, Delete, FlowRef, Patch, Wire, apply, writable
from bot.core.plan import Plan
from bot.core.preflight.finding import Finding, Level
from bot.core.preflight.rule import Rule, some
from bot.core.preflight.rules import RULES, preflight
from bot.core.preflight.surroundings import Cluster, Mirror, Surroundings, Topic, Upkeep
from tests.core.preflight import (
    test_aliases,
    test_copies,
    test_delivery,
    test_ending,
    test_limits,
    test_loops,
    test_patterns,
    test_selected,
    test_service,
)
from tests.core.preflight.scenes import NOW, OFF, Scene, findings, new, of_rule, scene

LONGEST = 250
MODULES = (
    test_aliases, test_copies, test_delivery, test_ending, test_limits, test_loops, test_patterns, test_selected,
    test_service,
)  # fmt: skip
EXAMPLES = {name: asked for module in MODULES for name, asked in module.EXAMPLES.items()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_of_a_rule_is_what_the_bot_says(rule: Rule) -> None:
    found = of_rule(rule.name, EXAMPLES[rule.name])
    assert rule.example in [each.text for each in found]
    assert {each.link for each in found} == {rule.link}
    assert {each.level for each in found} <= set(rule.levels)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_short_and_explained(rule: Rule) -> None:
    assert len(rule.example) <= LONGEST
    assert rule.why.endswith(".")
    assert not rule.title.endswith(".")
    assert rule.link.startswith("https://")


def test_every_rule_has_a_name_of_its_own() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names) == len(EXAMPLES)


@pytest.mark.parametrize(("asked", "rules"), [
    (scene("exactly-once on"), ["read-committed", "restart"]),
    (scene("pause"), ["outlasts-retention"]),
    (scene("resume", OFF), []),
    (scene("update heartbeats=on"), []),
    (scene("delete"), ["delete-is-final"]),
    (new(r"topics=orders\..*"), []),
])  # fmt: skip
def test_a_routine_change_is_told_little_about(asked: Scene, rules: list[str]) -> None:
    assert [each.rule for each in findings(asked)] == rules


def test_what_stops_comes_first_and_notes_last() -> None:
    asked = new("topics=a( exactly-once=on factor=9", ("kafka-ue", "kafka-us"), open_requests=(3,))
    levels = [each.level for each in findings(asked)]
    assert levels == sorted(levels, key=list(Level).index)
    assert set(levels) == set(Level)
    assert [each.stops for each in findings(asked)] == [level is Level.STOP for level in levels]


def test_many_names_are_told_by_a_few() -> None:
    assert some([]) == ""
    assert some(["a"]) == "`a`"
    assert some(["a", "b", "c"]) == "`a`, `b` and `c`"
    assert some(["a", "b", "c", "d", "e"]) == "`a`, `b`, `c` and 2 more"


def test_a_finding_goes_through_json() -> None:
    (found,) = of_rule("powered-off", test_service.EXAMPLES["powered-off"])
    assert Finding.model_validate_json(found.model_dump_json()) == found


NAMES = st.sampled_from(["a", "b", "c.d", "e", "nobody"])
EXPRESSIONS = st.sampled_from(
    ["x", "a.x", "x.*", ".*", "__.*", "(a+)+", "a(", "(?i)x", "v{1,2}", "_schemas", r"(?!x).*", "((y{99}){99}){99}"]
)
LISTS = st.lists(EXPRESSIONS | st.text(alphabet="ab.*+?()[]|\\{}^$,1-", min_size=1, max_size=8), max_size=3)
VALUES: dict[Type, st.SearchStrategy[Any]] = {
    Type.BOOLEAN: st.booleans(), Type.INTEGER: st.integers(0, 500), Type.LIST: LISTS,
    Type.COMMA: st.text(alphabet="ab., ", max_size=9),
}  # fmt: skip
BODIES = st.fixed_dictionaries({}, optional={
    field.name: VALUES[field.type] if field.type in VALUES else st.sampled_from(field.enum) for field in WRITABLE
})  # fmt: skip
TOPICS = st.lists(
    st.builds(Topic, name=st.sampled_from(["x", "a.x", "__x", "_schemas", "y" * 249, "x.replica"]),
              retention_hours=st.none() | st.integers(0, 99), cleanup_policy=st.sampled_from(["", "compact"])),
    max_size=4,
).map(tuple)  # fmt: skip
TEXTS = st.sampled_from(["", "failed", "2026-11-24T12:00:00Z", "2026-13-99", "soon"])
CLUSTERS = st.lists(
    st.builds(Cluster, alias=st.none() | NAMES, service=st.none() | NAMES, enabled=st.booleans(), active=st.booleans(),
              status=TEXTS, cause=TEXTS, errors=st.lists(TEXTS, max_size=1).map(tuple)), max_size=4,
).map(tuple)  # fmt: skip
MIRRORS = st.builds(
    Mirror, name=NAMES, state=st.sampled_from(["RUNNING", "POWEROFF", "REBUILDING", "REBALANCING", "?"]),
    nodes=st.dictionaries(NAMES, st.sampled_from(["running", "unknown"]), max_size=2),
    upkeep=st.lists(st.builds(Upkeep, description=TEXTS, deadline=TEXTS, start_at=TEXTS), max_size=2).map(tuple),
    notices=st.lists(TEXTS, max_size=2).map(tuple),
)  # fmt: skip
FLOWS = st.builds(
    lambda source, target, body: {"source_cluster": source, "target_cluster": target} | body, NAMES, NAMES, BODIES
)
AROUND = st.builds(
    Surroundings, now=st.just(NOW), mirror=st.none() | MIRRORS, clusters=st.none() | CLUSTERS,
    flows=st.none() | st.lists(FLOWS, max_size=4).map(tuple), topics=st.dictionaries(NAMES, TOPICS, max_size=5),
    nodes=st.dictionaries(NAMES, st.integers(1, 9), max_size=3),
    open_requests=st.lists(st.integers(1, 99), max_size=2).map(tuple),
    resumes_at=st.none() | st.integers(0, 200).map(lambda hours: NOW + timedelta(hours=hours)),
    unread=st.lists(TEXTS, max_size=1).map(tuple),
)  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    ref = FlowRef(project="p", service="s", source=draw(NAMES), target=draw(NAMES))
    before: Wire = writable(draw(BODIES))
    change = draw(st.sampled_from(["create", "update", "delete"]))
    if change == "create":
        body = draw(BODIES)
        return Plan(ref=ref, change=Create(body=body), before=None, after=apply({}, Create(body=body)))
    if change == "delete":
        return Plan(ref=ref, change=Delete(), before=before, after=None)
    patch = Patch(body=draw(BODIES))
    return Plan(ref=ref, change=patch, before=before, after=apply(before, patch))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(plans(), AROUND)
def test_whatever_there_is_the_look_ahead_bears_it_and_says_the_same_again(plan: Plan, around: Surroundings) -> None:
    found = preflight(plan, around)
    assert preflight(plan, around) == found
    assert [each.level for each in found] == sorted((each.level for each in found), key=list(Level).index)
    assert all(each.text and len(each.text) <= 2 * LONGEST for each in found if each.rule != "unread")
    assert all(each.stops for each in found if each.breakable)
