"""What copies are called, and what is on the target already."""

from __future__ import annotations

import pytest

from bot.core.preflight.finding import Level
from bot.core.preflight.surroundings import Cluster
from tests.core.preflight.scenes import EU, FLOW, IDENTITY, OFF, A, B, Scene, flow, new, of_rule, scene, topics

ORDERS = Cluster(alias="orders", service="kafka-o")
LEADING = {A: topics("orders.v1", "orders.v2", "payments"), "orders": ()}
LONG = "invoices-from-the-north" + "-x" * 110
REGISTRY = {A: topics("_schemas", "orders"), B: ()}
THERE = {A: topics("orders", "payments"), B: topics("orders", "payments", "kafka-eu.orders")}

EXAMPLES = {
    "schemas": new("policy=identity", topics=REGISTRY),
    "taken-for-copies": new("", (A, "orders"), clusters=(EU, ORDERS), topics=LEADING),
    "policy-change": scene("update policy=identity"),
    "existing-copies": new("policy=identity", topics=THERE),
    "long-names": new("", topics={A: topics(LONG), B: ()}),
}


@pytest.mark.parametrize(("rule", "asked", "level", "words"), [
    ("schemas", EXAMPLES["schemas"], Level.WARN, "`_schemas` is copied"),
    ("schemas", new("policy=identity topics=_.*", topics={}), Level.WARN, "`_schemas` is copied"),
    ("schemas", scene("update topics=", FLOW | IDENTITY, topics=REGISTRY), Level.WARN, "`_schemas` is copied"),
    ("taken-for-copies", EXAMPLES["taken-for-copies"], Level.WARN, "`orders.v1` and `orders.v2` are not copied"),
    ("taken-for-copies", new("", (A, "v1"), clusters=(EU, Cluster(alias="v1")), topics={A: topics("orders.v1.x")}),
     Level.WARN, "`orders.v1.x` is not copied: by the name MirrorMaker takes it for"),
    ("policy-change", EXAMPLES["policy-change"], Level.WARN, "`kafka-eu.x` becomes `x`"),
    ("policy-change", scene("update policy=default", FLOW | IDENTITY), Level.WARN, "`x` becomes `kafka-eu.x`"),
    ("policy-change", scene("update policy=identity", OFF), Level.WARN, "history stays"),
    ("existing-copies", EXAMPLES["existing-copies"], Level.WARN, "2 topics of these names already"),
    ("existing-copies", scene("update policy=identity", FLOW | {"topics": []}, topics=THERE), Level.WARN, "2 topics"),
    ("existing-copies", scene("update topics+=payments", FLOW | IDENTITY | {"topics": ["orders"]}, topics=THERE),
     Level.WARN, "1 topic of these names already (`payments`)"),
    ("existing-copies", new("", topics=THERE), Level.NOTE, "`kafka-eu.orders` is on kafka-us already"),
    ("long-names", EXAMPLES["long-names"], Level.WARN, "longer than the 249 characters"),
    ("long-names", new("", topics={A: topics("x" * 241, "y" * 241), B: ()}), Level.WARN, "…` and `"),
])  # fmt: skip
def test_names_that_make_trouble_are_told(rule: str, asked: Scene, level: Level, words: str) -> None:
    (found,) = of_rule(rule, asked)
    assert found.level is level
    assert words in found.text


@pytest.mark.parametrize(("rule", "asked"), [
    ("schemas", new("", topics=REGISTRY)),
    ("schemas", new("policy=identity")),
    ("schemas", new("policy=identity topics=orders", topics=REGISTRY)),
    ("schemas", new("policy=identity exclude=_schemas", topics=REGISTRY)),
    ("schemas", new("policy=identity enabled=off", topics=REGISTRY)),
    ("schemas", new("policy=identity topics=(?i)_schemas", topics=REGISTRY)),
    ("schemas", scene("exactly-once on", FLOW | IDENTITY | {"topics": []}, topics=REGISTRY)),
    ("taken-for-copies", new("", topics=LEADING)),
    ("taken-for-copies", new("topics=payments", (A, "orders"), clusters=(EU, ORDERS), topics=LEADING)),
    ("taken-for-copies", new("policy=identity", (A, "orders"), clusters=(EU, ORDERS), topics=LEADING)),
    ("taken-for-copies", new("", (A, "orders"), clusters=(EU, ORDERS), topics=LEADING, others=[flow("orders", A)])),
    ("taken-for-copies", new("", (A, "orders"), clusters=(EU, ORDERS), topics=LEADING, flows=None)),
    ("taken-for-copies", new("", (A, "orders"), clusters=(EU, ORDERS), topics={})),
    ("policy-change", new("policy=identity")),
    ("policy-change", scene("update policy=default exactly-once=on")),
    ("policy-change", scene("delete", FLOW | IDENTITY)),
    ("existing-copies", new("policy=identity")),
    ("existing-copies", new("policy=identity", topics={A: topics("orders")})),
    ("existing-copies", new("policy=identity enabled=off", topics=THERE)),
    ("existing-copies", scene("resume", OFF | {"topics": []}, topics=THERE)),
    ("existing-copies", scene("update topics+=payments", FLOW, topics=THERE)),
    ("existing-copies", scene("resume", OFF | IDENTITY | {"topics": []}, topics=THERE)),
    ("long-names", new("", topics={A: topics("x" * 240), B: ()})),
    ("long-names", new("policy=identity", topics={A: topics("x" * 249), B: ()})),
    ("long-names", new("topics=y", topics={A: topics("x" * 249), B: ()})),
    ("long-names", new("", topics={})),
    ("long-names", scene("exactly-once on", topics={A: topics("orders." + "x" * 240), B: ()})),
])  # fmt: skip
def test_names_that_make_none_are_not_told(rule: str, asked: Scene) -> None:
    assert not of_rule(rule, asked)
