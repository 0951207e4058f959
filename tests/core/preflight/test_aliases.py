"""Aliases that nobody has, and service names in their place."""

from __future__ import annotations

import pytest

from bot.core.preflight.finding import Level
from bot.core.preflight.surroundings import Cluster
from tests.core.preflight.scenes import EU, FLOW, OFF, US, A, B, Scene, flow, new, of_rule, scene

TWO = (EU, US)
UNTOLD = Cluster(alias=None, service="kafka-x")
LOST = flow("kafka-ue", B)

EXAMPLES = {
    "unknown-alias": new("topics=x", ("kafka-ue", B), clusters=TWO),
    "service-for-alias": new("topics=x", ("kafka-eu-prod", B), clusters=TWO),
}


@pytest.mark.parametrize(("rule", "asked", "level", "closest"), [
    ("unknown-alias", EXAMPLES["unknown-alias"], Level.STOP, A),
    ("unknown-alias", new("", (A, "nowhere"), clusters=TWO), Level.STOP, ""),
    ("unknown-alias", new("", (A, B), clusters=()), Level.WARN, ""),
    ("unknown-alias", new("", ("kafka-ue", B), clusters=(*TWO, UNTOLD)), Level.WARN, A),
    ("unknown-alias", scene("exactly-once on", LOST, ("kafka-ue", B)), Level.WARN, A),
    ("unknown-alias", scene("resume", LOST | {"enabled": False}, ("kafka-ue", B)), Level.WARN, A),
    ("service-for-alias", EXAMPLES["service-for-alias"], Level.STOP, A),
    ("service-for-alias", new("", (A, "kafka-us-prod"), clusters=TWO), Level.STOP, B),
    ("service-for-alias", scene("resume", OFF, ("kafka-eu-prod", B), clusters=TWO), Level.WARN, A),
    ("service-for-alias", new("", ("kafka-eu-prod", B), clusters=(*TWO, UNTOLD)), Level.WARN, A),
])  # fmt: skip
def test_a_wrong_alias_is_told_with_the_right_one(rule: str, asked: Scene, level: Level, closest: str) -> None:
    found = of_rule(rule, asked)
    assert found
    assert {(each.level, each.closest, each.breakable) for each in found} == {(level, closest, False)}


@pytest.mark.parametrize("asked", [
    new(""),
    new("", ("kafka-ue", B), clusters=None),
    scene("pause", LOST, ("kafka-ue", B)),
    scene("delete", LOST, ("kafka-ue", B)),
    scene("update exactly-once=on", LOST | {"enabled": False}, ("kafka-ue", B)),
    scene("exactly-once on", FLOW),
], ids=str)  # fmt: skip
def test_right_and_unread_aliases_and_the_end_of_a_flow_pass(asked: Scene) -> None:
    assert not of_rule("unknown-alias", asked)
    assert not of_rule("service-for-alias", asked)


def test_one_wrong_name_is_told_by_one_rule_only() -> None:
    assert not of_rule("unknown-alias", EXAMPLES["service-for-alias"])
    assert not of_rule("service-for-alias", EXAMPLES["unknown-alias"])


def test_both_sides_are_told() -> None:
    both = new("", ("kafka-ue", "kafka-su"), clusters=TWO)
    assert [each.text.split("(")[1][:6] for each in of_rule("unknown-alias", both)] == ["source", "target"]


def test_a_service_whose_alias_is_not_told_is_not_called_wrong_for_sure() -> None:
    (found,) = of_rule("unknown-alias", new("", ("kafka-x", B), clusters=(*TWO, UNTOLD)))
    assert found.level is Level.WARN
