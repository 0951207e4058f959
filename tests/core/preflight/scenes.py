"""Scenes that the rules are tried on: a command, the flow as it is, and what is around it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from bot.core.fields import IDENTITY_POLICY
from bot.core.flow import FlowRef, Wire
from bot.core.grammar import parse
from bot.core.plan import Plan, make_plan
from bot.core.preflight.finding import Finding
from bot.core.preflight.rules import preflight
from bot.core.preflight.surroundings import Cluster, Mirror, Surroundings, Topic

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
A, B = "kafka-eu", "kafka-us"
EU, US = Cluster(alias=A, service="kafka-eu-prod"), Cluster(alias=B, service="kafka-us-prod")
AP = Cluster(alias="kafka-ap", service="kafka-ap-prod")
ONPREM = Cluster(alias="onprem", endpoint="onprem-kafka")
MIRROR = Mirror(name="mm2-eu", state="RUNNING")
FLOW: Wire = {"source_cluster": A, "target_cluster": B, "enabled": True, "topics": [r"orders\..*"]}
OFF: Wire = FLOW | {"enabled": False}
IDENTITY: Wire = {"replication_policy_class": IDENTITY_POLICY}
TOPICS = (
    Topic(name="orders.created", retention_hours=72),
    Topic(name="orders.paid", retention_hours=168),
    Topic(name="payments"),
)


class Scene(NamedTuple):
    """What is asked for, on which flow, and what differs from a service where all is well."""

    text: str
    flow: Wire | None
    pair: tuple[str, str]
    around: dict[str, Any]


def scene(text: str, flow: Wire | None = FLOW, pair: tuple[str, str] = (A, B), **around: Any) -> Scene:  # noqa: ANN401 - what is around has many types
    """A command without its flow, which is put after it: `pause`, `update exactly-once=on`."""
    return Scene(text, flow, pair, around)


def new(text: str = "", pair: tuple[str, str] = (A, B), **around: Any) -> Scene:  # noqa: ANN401 - the same
    """A create with these fields."""
    return scene(f"create {text}", None, pair, **around)


def plan_of(asked: Scene) -> Plan:
    """The plan of a scene."""
    source, target = asked.pair
    words = asked.text.split(" ")
    verb = words[:2] if words[0] == "exactly-once" else words[:1]
    command = " ".join([*verb, f"{source} -> {target}", *words[len(verb) :]])
    ref = FlowRef(project="acme", service="mm2-eu", source=source, target=target)
    plan = make_plan(ref, parse(command), asked.flow)  # type: ignore[arg-type]
    assert isinstance(plan, Plan), plan
    return plan


def around(asked: Scene) -> Surroundings:
    """All is well, apart from what the scene says."""
    others = asked.around.get("others", ())
    usual = {
        "now": NOW, "mirror": MIRROR, "clusters": (EU, US, AP), "nodes": {A: 3, B: 3},
        "flows": (*([] if asked.flow is None else [asked.flow]), *others), "topics": {A: TOPICS, B: ()},
    }  # fmt: skip
    return Surroundings(**(usual | {key: value for key, value in asked.around.items() if key != "others"}))


def findings(asked: Scene) -> tuple[Finding, ...]:
    """What the look ahead finds."""
    return preflight(plan_of(asked), around(asked))


def of_rule(rule: str, asked: Scene) -> list[Finding]:
    """What one rule finds."""
    return [finding for finding in findings(asked) if finding.rule == rule]


def flow(source: str, target: str, *topics: str, **more: Any) -> Wire:  # noqa: ANN401 - any value of a field
    """Another flow that replicates."""
    lists: Wire = {"topics": list(topics)} if topics else {}
    return {"source_cluster": source, "target_cluster": target, "enabled": True} | lists | more


def topics(*names: str) -> tuple[Topic, ...]:
    """Topics without limits."""
    return tuple(Topic(name=name) for name in names)
