"""Which topics a flow selects, or does not."""

from __future__ import annotations

import pytest

from bot.core.preflight.finding import Level
from tests.core.preflight.scenes import FLOW, OFF, A, B, Scene, new, of_rule, scene, topics

MANY = {A: topics(*(f"orders.{number}" for number in range(1204))), B: ()}
COPIED = {A: topics("orders.created", "orders.replica"), B: ()}
DEFAULTS = r".*[\-\.]internal,.*\.replica,__.*"

EXAMPLES = {
    "every-topic": new("", topics=MANY),
    "matches-nothing": scene("update topics+=orders"),
    "own-exclusions": new(r"topics=orders.* exclude=.*[.-]internal,__.*", topics=COPIED),
}


@pytest.mark.parametrize(("rule", "asked", "level", "words"), [
    ("every-topic", EXAMPLES["every-topic"], Level.WARN, "(1,204 now)"),
    ("every-topic", new("", topics={}), Level.WARN, "replicated, also"),
    ("every-topic", new("enabled=off"), Level.WARN, "(3 now)"),
    ("every-topic", scene("update topics="), Level.WARN, "No topics are named"),
    ("matches-nothing", EXAMPLES["matches-nothing"], Level.WARN, r"write `orders\..*`"),
    ("matches-nothing", new("topics=refunds"), Level.WARN, "Nothing on kafka-eu matches now"),
    ("matches-nothing", new("topics=orders"), Level.WARN, "for `orders.created`"),
    ("matches-nothing", new("topics=orders.* exclude=orders.*"), Level.WARN, "Nothing on kafka-eu"),
    ("matches-nothing", new("", topics={A: (), B: ()}), Level.WARN, "Nothing on kafka-eu"),
    ("matches-nothing", new("topics=refunds enabled=off"), Level.WARN, "Nothing on kafka-eu"),
    ("matches-nothing", scene(r"update topics+=refunds,returns\..*"), Level.WARN,
     r"`refunds` and `returns\..*` match no"),
    ("own-exclusions", EXAMPLES["own-exclusions"], Level.WARN, "`orders.replica` is copied"),
    ("own-exclusions", new("topics=x exclude=y"), Level.NOTE, r"`.*[\-\.]internal`, `.*\.replica` and `__.*` are no"),
    ("own-exclusions", new("topics=x exclude=y", topics={}), Level.NOTE, "are no longer excluded"),
    ("own-exclusions", scene(r"update exclude-=.*\.replica", FLOW | {"topics.blacklist": [*DEFAULTS.split(",")]}),
     Level.NOTE, r"`.*\.replica` is no longer"),
    ("own-exclusions", new(f"exclude={DEFAULTS.replace('__', '__x')}"), Level.NOTE, "`__.*` is no longer"),
    ("own-exclusions", new("exclude=(?i)z"), Level.NOTE, "are no longer excluded"),
])  # fmt: skip
def test_what_is_selected_otherwise_than_meant_is_told(rule: str, asked: Scene, level: Level, words: str) -> None:
    (found,) = of_rule(rule, asked)
    assert found.level is level
    assert words in found.text


@pytest.mark.parametrize(("rule", "asked"), [
    ("every-topic", new("topics=orders.*")),
    ("every-topic", scene("exactly-once on", FLOW | {"topics": []})),
    ("every-topic", scene("delete", FLOW | {"topics": []})),
    ("every-topic", scene("pause")),
    ("matches-nothing", new("")),
    ("matches-nothing", new("topics=refunds", topics={})),
    ("matches-nothing", new("topics=(?i)refunds")),
    ("matches-nothing", scene("exactly-once on", FLOW | {"topics": ["refunds"]})),
    ("matches-nothing", scene("update topics+=payments")),
    ("matches-nothing", scene(r"update topics+=pay.*,.*nts")),
    ("matches-nothing", scene("update topics+=payments", FLOW | {"topics": ["gone", "orders.paid"]})),
    ("matches-nothing", scene("delete", FLOW | {"topics": ["refunds"]})),
    ("own-exclusions", new("topics=x")),
    ("own-exclusions", new(f"exclude={DEFAULTS}")),
    ("own-exclusions", new(r"exclude=.*[.-]internal,.+\.replica|\.replica,__.*,connect.*")),
    ("own-exclusions", new("exclude=.*")),
    ("own-exclusions", scene("update exclude+=connect.*")),
    ("own-exclusions", scene("update exclude+=z", FLOW | {"topics.blacklist": ["y"]})),
    ("own-exclusions", scene("exactly-once on", FLOW | {"topics.blacklist": ["y"]})),
    ("own-exclusions", scene("resume", OFF | {"topics.blacklist": ["y"]})),
    ("own-exclusions", scene("update exclude=", FLOW | {"topics.blacklist": ["y"]})),
    ("own-exclusions", scene("delete", FLOW | {"topics.blacklist": ["y"]})),
])  # fmt: skip
def test_what_is_as_usual_is_not_told(rule: str, asked: Scene) -> None:
    assert not of_rule(rule, asked)


def test_only_so_many_new_expressions_are_tried_alone() -> None:
    """Each takes a pass over all topics."""
    many = ",".join(f"no{number}.*" for number in range(20))
    (found,) = of_rule("matches-nothing", scene(f"update topics+={many}"))
    assert "and 5 more match no topic" in found.text
