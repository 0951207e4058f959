"""Circles of flows, dotted aliases, and sources that end up in one topic."""

from __future__ import annotations

import pytest

from bot.core.preflight.finding import Level
from bot.core.preflight.surroundings import Cluster
from tests.core.preflight.scenes import AP, EU, FLOW, IDENTITY, OFF, US, A, B, Scene, flow, new, of_rule, scene, topics

AP_ALIAS = "kafka-ap"
BACK = flow(B, A, r"orders\..*", **IDENTITY)
ORDERED = topics("orders.x", "payments")
ORDERS = {A: topics("orders"), B: ()}
SAME = new("topics=orders policy=identity", others=[flow(B, A, "orders", **IDENTITY)], topics=ORDERS)
DOTTED = (Cluster(alias="kafka.eu"), Cluster(alias="kafka.us"), US)
DOTS = new("topics=orders", ("kafka.eu", B), clusters=DOTTED, others=[flow(B, "kafka.eu")])
MERGE = new("topics=orders policy=identity", others=[flow(AP_ALIAS, B, **IDENTITY)],
            topics={A: topics("orders"), AP_ALIAS: topics("orders", "x")})  # fmt: skip
NOWHERE = Cluster(alias="onprem", endpoint="e")

EXAMPLES = {"identity-loop": SAME, "dotted-alias": DOTS, "merged-topics": MERGE}


@pytest.mark.parametrize(("asked", "level", "words"), [
    (SAME, Level.STOP, "records of `orders` go round"),
    (scene("update policy=identity", others=[BACK]), Level.STOP, "`orders.created` and `orders.paid`"),
    (scene("resume", OFF | IDENTITY, others=[BACK]), Level.STOP, "go round"),
    (scene("update topics=", FLOW | IDENTITY | {"topics": ["x"]}, others=[BACK]), Level.STOP, "go round"),
    (scene("update policy=identity", others=[flow(B, A, **IDENTITY)], topics={}), Level.STOP,
     "topics that all of them select (`orders.` would be one)"),
    (scene("update policy=identity", others=[BACK], topics={A: ORDERED}), Level.STOP, "records of `orders.x` go"),
    (scene("update policy=identity", others=[flow(B, AP_ALIAS, **IDENTITY), flow(AP_ALIAS, A, **IDENTITY)],
           topics={}), Level.STOP, "kafka-eu → kafka-us → kafka-ap → kafka-eu"),
    (scene("update policy=identity", others=[flow(B, A, "(?i)x", **IDENTITY)]), Level.STOP,
     "topics that all of them select go round"),
    (new("policy=identity topics=x", (A, A), topics={}), Level.STOP, "kafka-eu → kafka-eu"),
    (new("policy=identity topics=x", (A, "eu-again"), clusters=(EU, Cluster(alias="eu-again", service=EU.service)),
         topics={}), Level.STOP, "kafka-eu → kafka-eu"),
    (scene("update policy=identity", others=[flow(B, A, r"orders\.[0-9]+", **IDENTITY)]), Level.WARN,
     "`orders.0` would"),
    (scene("update topics-=tmp", FLOW | IDENTITY | {"topics": [r"orders\..*", "tmp"]}, others=[BACK]), Level.WARN,
     "It does so already"),
])  # fmt: skip
def test_a_circle_of_flows_that_keep_names_is_found(asked: Scene, level: Level, words: str) -> None:
    (found,) = of_rule("identity-loop", asked)
    assert found.level is level
    assert found.breakable is (level is Level.STOP)
    assert words in found.text


@pytest.mark.parametrize("asked", [
    new("topics=orders policy=identity", others=[flow(B, A, "payments", **IDENTITY)]),
    new(r"topics=orders\..* policy=identity", others=[flow(B, A, r"payments\..*", **IDENTITY)], topics={}),
    new("topics=orders", others=[flow(B, A, "orders", **IDENTITY)]),
    new("topics=orders policy=identity", others=[flow(B, A, "orders")]),
    new("topics=orders policy=identity", others=[flow(B, A, "orders", **IDENTITY, enabled=False)]),
    new("topics=orders policy=identity enabled=off", others=[flow(B, A, "orders", **IDENTITY)]),
    new("topics=orders policy=identity", others=[flow(B, AP_ALIAS, "orders", **IDENTITY)]),
    new("policy=identity exclude=orders.*", others=[flow(B, A, "orders", **IDENTITY)]),
    new("policy=identity topics=__x", others=[flow(B, A, "__x", **IDENTITY, **{"topics.blacklist": ["x"]})]),
    scene("exactly-once on", FLOW | IDENTITY, others=[BACK]),
    scene("pause", FLOW | IDENTITY, others=[BACK]),
    scene("delete", FLOW | IDENTITY, others=[BACK]),
    scene("update policy=identity", flows=None),
], ids=str)  # fmt: skip
def test_what_cannot_go_round_is_no_circle(asked: Scene) -> None:
    assert not of_rule("identity-loop", asked)


@pytest.mark.parametrize(("asked", "words"), [
    (DOTS, ["flow kafka-us -> kafka.eu does"]),
    (new("topics=orders", ("kafka.eu", "kafka.us"), clusters=DOTTED, others=[flow("kafka.us", "kafka.eu")]), []),
    (new("", (A, "kafka.us"), clusters=(EU, *DOTTED), others=[flow("kafka.us", A)]),
     ["flow kafka-eu -> kafka.us does"]),
    (new("", ("kafka.eu", "kafka.us"), clusters=DOTTED, others=[flow("kafka.us", "kafka.eu")]),
     ["kafka.us -> kafka.eu", "kafka.eu -> kafka.us", "without an end"]),
])  # fmt: skip
def test_a_dot_in_an_alias_and_a_flow_back_are_told(asked: Scene, words: list[str]) -> None:
    text = " ".join(each.text for each in of_rule("dotted-alias", asked))
    assert text
    assert all(word in text for word in words)


@pytest.mark.parametrize("asked", [
    new("", others=[flow(B, A)]),
    new("", ("kafka.eu", B), clusters=DOTTED),
    new("policy=identity", ("kafka.eu", B), clusters=DOTTED, others=[flow(B, "kafka.eu")]),
    new("", ("kafka.eu", B), clusters=DOTTED, others=[flow(B, "kafka.eu", **IDENTITY)]),
    new("", ("kafka.eu", B), clusters=DOTTED, others=[flow(B, "kafka.eu", "payments")]),
    new("", ("kafka.eu", B), clusters=DOTTED,
        others=[flow(B, "kafka.eu", **{"topics.blacklist": [r"\Qkafka.eu.\E.*"]})]),
    new("enabled=off", ("kafka.eu", B), clusters=DOTTED, others=[flow(B, "kafka.eu")]),
], ids=str)  # fmt: skip
def test_an_alias_without_a_dot_or_without_a_flow_back_is_fine(asked: Scene) -> None:
    assert not of_rule("dotted-alias", asked)


@pytest.mark.parametrize(("asked", "words"), [
    (MERGE, "`orders` from both"),
    (new("topics=orders policy=identity", others=[flow(AP_ALIAS, B, **IDENTITY)], topics={}), "`orders` from both"),
    (new("policy=identity", others=[flow("onprem", B, "(?i)x", **IDENTITY)], clusters=(EU, US, NOWHERE)),
     "topics that both select"),
])  # fmt: skip
def test_two_sources_of_one_topic_are_told(asked: Scene, words: str) -> None:
    (found,) = of_rule("merged-topics", asked)
    assert words in found.text


@pytest.mark.parametrize("asked", [
    new("topics=orders policy=identity", others=[flow(AP_ALIAS, B, "payments", **IDENTITY)], topics={}),
    new("topics=orders policy=identity", others=[flow(AP_ALIAS, B, **IDENTITY)],
        topics={A: topics("orders"), AP_ALIAS: topics("x")}),
    new("topics=orders policy=identity", others=[flow(AP_ALIAS, B)], topics={}),
    new("topics=orders policy=identity", others=[flow(AP_ALIAS, A, **IDENTITY)], topics={}),
    new("topics=orders", others=[flow(AP_ALIAS, B, **IDENTITY)], topics={}),
    scene("exactly-once on", FLOW | IDENTITY, others=[flow(AP_ALIAS, B, **IDENTITY)]),
], ids=str)  # fmt: skip
def test_sources_with_other_topics_targets_or_names_are_fine(asked: Scene) -> None:
    assert not of_rule("merged-topics", asked)


def test_the_cluster_of_another_alias_is_the_same_source() -> None:
    again = Cluster(alias="ap-again", service=AP.service)
    asked = new("policy=identity", ("ap-again", B), clusters=(AP, US, again), others=[flow(AP_ALIAS, B, **IDENTITY)])
    assert not of_rule("merged-topics", asked)
