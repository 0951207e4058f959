"""What is around a change: read at once, shared, bounded in time, and never a reason to fail."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import timedelta

import pytest

from bot.core.flow import FlowRef
from bot.core.preflight.surroundings import Cluster, Surroundings
from bot.desk.desk import Desk
from bot.desk.surroundings import surroundings
from tests.stage import Stage

PROJECT = "acme-prod"
MM2 = f"/v1/project/{PROJECT}/service/mm2-eu"
REF = FlowRef(project=PROJECT, service="mm2-eu", source="kafka-eu", target="kafka-us")
LONG = 20.0
SHORT = 0.1
"""Seconds (real ones) in which everything that nobody holds up is read."""


def desk(stage: Stage) -> Desk:
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    return stage.sluice._worker._desk


async def look(stage: Stage, ref: FlowRef = REF, *, patience: float = LONG, **more: bool) -> Surroundings:
    """A look that shares nothing with one before it."""
    desk(stage).aiven.shared.forget()
    return await surroundings(desk(stage), ref, stage.clock.now(), patience=patience, **more)


def between(source: str, target: str) -> FlowRef:
    return REF.model_copy(update={"source": source, "target": target})


async def test_everything_around_a_flow_is_read(stage: Stage) -> None:
    world = stage.aiven.world
    world.set_state(PROJECT, "mm2-eu", "REBALANCING", node_states=["running", "setting_up_vm"])
    world.service(PROJECT, "mm2-eu").details = {
        "maintenance": {"updates": [{"description": "Patches", "deadline": "D", "start_at": "S"}]},
        "service_notifications": [{"message": "ends soon"}],
    }
    world.service(PROJECT, "kafka-us-prod").details = {"node_count": 6}
    world.set_integration(PROJECT, "mm2-eu", "kafka-us", "failed", cause="source")
    found = await look(stage)
    assert found.unread == ()
    assert found.mirror is not None
    assert (found.mirror.name, found.mirror.state) == ("mm2-eu", "REBALANCING")
    assert found.mirror.nodes == {"mm2-eu-1": "running", "mm2-eu-2": "setting_up_vm"}
    assert [(each.description, each.deadline, each.start_at) for each in found.mirror.upkeep] == [("Patches", "D", "S")]
    assert found.mirror.notices == ("ends soon",)
    assert found.cluster("kafka-us") == Cluster(
        alias="kafka-us", service="kafka-us-prod", state="RUNNING", active=False, status="failed", cause="source",
        errors=("Integration is failed",),
    )  # fmt: skip
    assert found.cluster("kafka-ap") == Cluster(alias="kafka-ap", service="kafka-ap-prod", status="running")
    onprem = found.cluster("onprem")
    assert onprem is not None
    assert (onprem.is_external, onprem.endpoint) == (True, "datacenter-kafka")
    assert found.flows is not None
    assert [flow["source_cluster"] for flow in found.flows] == ["kafka-eu", "kafka-us"]
    assert set(found.topics) == {"kafka-eu"}
    assert len(found.topics["kafka-eu"]) == 8
    assert found.nodes == {"kafka-eu": 3, "kafka-us": 6}


async def test_topics_of_the_target_are_read_when_they_matter(stage: Stage) -> None:
    found = await look(stage, target_topics=True)
    assert {alias: len(topics) for alias, topics in found.topics.items()} == {"kafka-eu": 8, "kafka-us": 4}


async def test_other_open_requests_for_the_flow_are_told(stage: Stage) -> None:
    first = await stage.ask("exactly-once on kafka-eu -> kafka-us")
    second = await stage.ask("pause kafka-eu -> kafka-us")
    await stage.ask("pause kafka-us -> kafka-ap")
    found = await surroundings(desk(stage), REF, stage.clock.now())
    assert found.open_requests == (first, second)
    ends = stage.clock.now() + timedelta(hours=2)
    found = await surroundings(desk(stage), REF, stage.clock.now(), number=first, resumes_at=ends)
    assert (found.open_requests, found.resumes_at) == ((second,), ends)


async def test_ten_looks_at_once_are_one_call_each(stage: Stage) -> None:
    desk(stage).aiven.shared.forget()
    before = len(stage.aiven.log)
    hold = stage.aiven.hold("GET", f"{MM2}/integration")
    looks = [asyncio.create_task(surroundings(desk(stage), REF, stage.clock.now())) for _ in range(10)]
    await hold.arrived.wait()
    looks[0].cancel()
    await asyncio.wait({looks[0]})
    hold.release()
    assert len({found.topics["kafka-eu"] for found in await asyncio.gather(*looks[1:])}) == 1
    paths = Counter(call.path.removeprefix(f"/v1/project/{PROJECT}/service/") for call in stage.aiven.log[before:])
    assert paths == Counter([
        "mm2-eu", "mm2-eu/integration", "mm2-eu/mirrormaker/replication-flows", "kafka-eu-prod", "kafka-us-prod",
        "kafka-eu-prod/topic",
    ])  # fmt: skip


async def test_a_fresh_look_shares_nothing(stage: Stage) -> None:
    await look(stage)
    stage.aiven.world.set_state(PROJECT, "mm2-eu", "POWEROFF")
    old = await surroundings(desk(stage), REF, stage.clock.now())
    new = await surroundings(desk(stage), REF, stage.clock.now(), fresh=True)
    assert old.mirror is not None
    assert new.mirror is not None
    assert (old.mirror.state, new.mirror.state) == ("RUNNING", "POWEROFF")


async def test_the_parts_are_read_at_the_same_time(stage: Stage) -> None:
    """Each is on its way while the first one is held up; only what depends on the clusters waits for them."""
    desk(stage).aiven.shared.forget()
    first = stage.aiven.hold("GET", "*/mm2-eu")
    topics = stage.aiven.hold("GET", "*/kafka-eu-prod/topic")
    target = stage.aiven.hold("GET", "*/kafka-us-prod")
    flows = stage.aiven.hold("GET", "*/replication-flows")
    looking = asyncio.create_task(surroundings(desk(stage), REF, stage.clock.now(), patience=LONG))
    async with asyncio.timeout(LONG / 2):
        for hold in (first, topics, target, flows):
            await hold.arrived.wait()
    for hold in (first, topics, target, flows):
        hold.release()
    assert (await looking).unread == ()


FAILS = [
    ("*/mm2-eu", "mirror",
     "I could not see the state of mm2-eu: Aiven does not let my token read the service mm2-eu: No."),
    (f"{MM2}/integration", "clusters",
     ("I could not see the clusters of mm2-eu, the topics of kafka-eu, the brokers of kafka-eu and the brokers of "
      "kafka-us: Aiven does not let my token list the integrations of mm2-eu: No.")),
    (f"{MM2}/mirrormaker/replication-flows", "flows",
     "I could not see the flows of mm2-eu: Aiven does not let my token list the flows of mm2-eu: No."),
    ("*/kafka-eu-prod/topic", "topics",
     "I could not see the topics of kafka-eu: Aiven does not let my token list the topics of kafka-eu-prod: No."),
    ("*/kafka-us-prod", "nodes",
     "I could not see the brokers of kafka-us: Aiven does not let my token read the service kafka-us-prod: No."),
]  # fmt: skip


@pytest.mark.parametrize(("path", "part", "said"), FAILS, ids=[part for _, part, _ in FAILS])
async def test_what_cannot_be_read_is_said_and_the_rest_is_there(stage: Stage, path: str, part: str, said: str) -> None:
    whole = await look(stage)
    stage.aiven.fail(method="GET", path=path, status=403, message="No", times=None)
    found = await look(stage)
    assert found.unread == (said,)
    for other in {"mirror", "flows", "clusters", "topics", "nodes"} - {part}:
        if part != "clusters" and not (part == "nodes" and other == "clusters"):
            assert getattr(found, other) == getattr(whole, other), other
    assert not getattr(found, part) or found.nodes == {"kafka-eu": 3}


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404}, {"status": 429}, {"status": 500}, {"status": 501}, {"drop": "before"}, {"truncated": True},
        {"html": True, "status": 200}, {"errors_in_200": True}, {"body": b"null"}, {"body": b"[" * 9_999},
        {"token_in_body": True},
    ],
    ids=str,
)  # fmt: skip
async def test_no_trouble_of_aivens_comes_through(stage: Stage, fault: dict[str, object]) -> None:
    stage.aiven.fail(times=None, **fault)  # type: ignore[arg-type]
    found = await look(stage)
    assert (found.mirror, found.clusters, found.flows, dict(found.topics)) == (None, None, None, {})
    assert found.unread
    assert stage.aiven.access.token not in "".join(found.unread)


async def test_what_is_wrong_with_everything_is_said_once(stage: Stage) -> None:
    stage.aiven.access.expire()
    (said,) = (await look(stage)).unread
    assert re.fullmatch(
        "I could not see the state of mm2-eu, the clusters of mm2-eu, the flows of mm2-eu, .+ and the brokers of "
        "kafka-us: Aiven does not take my token.+",
        said,
    )


async def test_a_slow_aiven_holds_nobody_up(stage: Stage) -> None:
    """What came in time is there, what did not is said, and no call is left behind."""
    hold = stage.aiven.hold("GET", "*/kafka-eu-prod/topic")
    found = await look(stage, patience=SHORT)
    assert hold.arrived.is_set()
    assert found.unread == ("I could not see the topics of kafka-eu: Aiven did not answer within 0.1 s.",)
    assert found.nodes == {"kafka-eu": 3, "kafka-us": 3}
    assert not desk(stage).aiven.shared._asked.keys() & {
        (desk(stage).aiven.list_topics, (PROJECT, "kafka-eu-prod"), ())
    }
    hold.release()


async def test_a_cluster_outside_aiven_is_said_to_be_one(stage: Stage) -> None:
    found = await look(stage, between("onprem", "kafka-us"))
    assert found.unread == (
        "onprem is no cluster of Aiven's; its topics cannot be seen from here.",
        "onprem is no cluster of Aiven's; its brokers cannot be counted from here.",
    )
    assert (dict(found.topics), found.nodes) == ({}, {"kafka-us": 3})
    found = await look(stage, between("kafka-eu", "onprem"))
    assert found.unread == ("onprem is no cluster of Aiven's; its brokers cannot be counted from here.",)
    assert len(found.topics["kafka-eu"]) == 8


async def test_an_alias_that_is_not_there_is_left_to_the_rules(stage: Stage) -> None:
    found = await look(stage, between("kafka-xx", "kafka-us"))
    assert (found.unread, dict(found.topics), found.nodes) == ((), {}, {"kafka-us": 3})
    stage.aiven.world.projects[PROJECT].integrations[0].user_config["cluster_alias"] = None
    said = (await look(stage)).unread
    assert said[0] == (
        "Aiven does not tell the alias of every cluster; if one of them is kafka-eu, its topics cannot be seen from "
        "here."
    )  # fmt: skip


async def test_a_cluster_that_is_not_enabled_is_seen_as_one(stage: Stage) -> None:
    stage.aiven.world.projects[PROJECT].integrations[0].enabled = False
    cluster = (await look(stage)).cluster("kafka-eu")
    assert cluster is not None
    assert (cluster.service, cluster.enabled) == ("kafka-eu-prod", False)


async def test_a_flow_from_a_cluster_to_itself_is_read_once(stage: Stage) -> None:
    found = await look(stage, between("kafka-eu", "kafka-eu"), target_topics=True)
    assert (set(found.topics), found.nodes) == ({"kafka-eu"}, {"kafka-eu": 3})
