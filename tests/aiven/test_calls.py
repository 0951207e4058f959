"""What is read of services, clusters, topics, logs and events, and how little of it has to be as it should."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.aiven.client import AivenClient
from bot.aiven.errors import ForbiddenError
from bot.aiven.models import topic
from bot.core.preflight.surroundings import Topic
from bot.sandbox.aiven import SECRET, AivenSimulator, demo_world

PROJECT = "acme-prod"
KAFKA = "kafka-eu-prod"


@pytest.fixture
async def aiven() -> AsyncIterator[AivenSimulator]:
    async with AivenSimulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
async def client(aiven: AivenSimulator) -> AsyncIterator[AivenClient]:
    async with AivenClient(aiven.web_url, aiven.access.token) as made:
        yield made


def saying(value: object) -> AivenClient:
    """A client whose server always answers with this JSON."""
    answer = httpx.Response(200, content=json.dumps(value))
    return AivenClient("https://aiven.test", "token", transport=httpx.MockTransport(lambda _: answer))


async def test_topics_come_by_name_with_their_limits(aiven: AivenSimulator, client: AivenClient) -> None:
    world = aiven.world
    world.service(PROJECT, KAFKA).topics.clear()
    world.add_topics(PROJECT, KAFKA, "b", retention_hours=24, retention_bytes=1_000, partitions=6)
    world.add_topics(PROJECT, KAFKA, "a", retention_hours=-1, cleanup_policy="compact")
    world.add_topics(PROJECT, KAFKA, "going")
    world.service(PROJECT, KAFKA).topics["going"].state = "DELETING"
    assert await client.list_topics(PROJECT, KAFKA) == [
        Topic(name="a", partitions=3, replication=3, cleanup_policy="compact"),
        Topic(name="b", retention_hours=24, retention_bytes=1_000, partitions=6, replication=3,
              cleanup_policy="delete"),
    ]  # fmt: skip
    assert aiven.log[-1].path == f"/v1/project/{PROJECT}/service/{KAFKA}/topic"


async def test_five_thousand_topics_are_read(aiven: AivenSimulator, client: AivenClient) -> None:
    aiven.world.add_topics(PROJECT, KAFKA, *(f"t{number:04}" for number in range(5_000)))
    assert len(await client.list_topics(PROJECT, KAFKA)) == 5_008


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ({}, Topic(name="t")),
        ({"retention_hours": None, "retention_bytes": None, "partitions": None, "replication": None}, Topic(name="t")),
        ({"retention_hours": "many", "partitions": "6", "cleanup_policy": 7}, Topic(name="t")),
        ({"retention_hours": 24.0, "partitions": 6.0}, Topic(name="t", retention_hours=24, partitions=6)),
        ({"retention_hours": True, "partitions": True}, Topic(name="t")),
        ({"retention_hours": 0}, Topic(name="t", retention_hours=0)),
        ({"state": "DELETING"}, None),
        ({"topic_name": None}, None),
        ({"topic_name": ""}, None),
    ],
)
def test_what_a_topic_does_not_tell_it_does_not_tell(given_: dict[str, Any], read: Topic | None) -> None:
    assert topic({"topic_name": "t"} | given_) == read


async def test_a_token_that_may_not_write_may_not_list_topics(aiven: AivenSimulator, client: AivenClient) -> None:
    aiven.world.projects[PROJECT].role = "read_only"
    with pytest.raises(ForbiddenError, match="list the topics of kafka-eu-prod"):
        await client.list_topics(PROJECT, KAFKA)


DETAILS: dict[str, Any] = {
    "update_time": "2026-11-23T10:00:00Z",
    "maintenance": {"dow": "sunday", "updates": [
        {"description": "Security patches", "deadline": "2026-12-01T00:00:00Z", "start_at": None, "impact": None},
        {"description": f"Rotate password={SECRET}", "start_at": "2026-11-30T03:00:00Z"},
    ]},
    "service_notifications": [
        {"level": "warning", "type": "service_end_of_life", "message": "Kafka 3.9 ends on 2027-01-31", "metadata": {}},
    ],
}  # fmt: skip


async def test_a_service_tells_its_state_and_what_waits_for_it(aiven: AivenSimulator, client: AivenClient) -> None:
    service = aiven.world.service(PROJECT, "mm2-eu")
    aiven.world.set_state(PROJECT, "mm2-eu", "REBUILDING", node_states=["running", "syncing_data"])
    service.details = DETAILS
    read = await client.get_service(PROJECT, "mm2-eu")
    assert (read.state, read.nodes, read.update_time) == ("REBUILDING", 2, datetime(2026, 11, 23, 10, tzinfo=UTC))
    assert {node.name: node.state for node in read.node_states} == {"mm2-eu-1": "running", "mm2-eu-2": "syncing_data"}
    assert [(each.description, each.deadline, each.start_at) for each in read.maintenance.updates] == [
        ("Security patches", "2026-12-01T00:00:00Z", ""),
        ("Rotate password=***", "", "2026-11-30T03:00:00Z"),
    ]
    assert read.service_notifications == ("Kafka 3.9 ends on 2027-01-31",)


async def test_no_secret_of_a_reply_is_kept(aiven: AivenSimulator, client: AivenClient) -> None:
    service = await client.get_service(PROJECT, KAFKA)
    integrations = await client.list_integrations(PROJECT, "mm2-eu", disabled=True)
    kept = service.model_dump_json() + repr(integrations) + "".join(each.model_dump_json() for each in integrations)
    assert SECRET not in kept
    assert SECRET in json.dumps(aiven.world.projects[PROJECT].endpoints["datacenter-kafka"].user_config)


@pytest.mark.parametrize(
    ("changes", "nodes"),
    [
        ({}, 3),
        ({"node_count": None}, 3),
        ({"node_count": "three", "node_states": None}, None),
        ({"node_count": None, "node_states": []}, None),
        ({"node_states": [None, 7, {"name": None, "state": 4}]}, 3),
        ({"maintenance": None, "service_notifications": None}, 3),
        ({"maintenance": [], "service_notifications": "text"}, 3),
        ({"maintenance": {"updates": {"a": 1}}, "service_notifications": [None, 7, {"message": 7}, {}]}, 3),
        ({"update_time": "yesterday", "state": None, "service_type": 7}, 3),
    ],
)
async def test_a_service_of_odd_shape_is_a_service(
    aiven: AivenSimulator, client: AivenClient, changes: dict[str, Any], nodes: int | None
) -> None:
    aiven.world.service(PROJECT, KAFKA).details = changes
    read = await client.get_service(PROJECT, KAFKA)
    assert (read.service_name, read.nodes) == (KAFKA, nodes)
    assert (read.maintenance.updates, read.service_notifications) == ((), ())


async def test_clusters_tell_how_they_are(aiven: AivenSimulator, client: AivenClient) -> None:
    aiven.world.set_integration(
        PROJECT, "mm2-eu", "kafka-us", "failed", cause="source", errors=["no brokers", f"password={SECRET}"]
    )
    found = {each.alias: each for each in await client.list_integrations(PROJECT, "mm2-eu")}
    failed = found["kafka-us"].integration_status
    assert (failed.state.status, failed.state.likely_error_cause) == ("failed", "source")
    assert failed.state.errors == ("no brokers", "password=***")
    assert failed.status_user_desc == "Integration is failed"
    assert not found["kafka-us"].active
    assert found["kafka-eu"].integration_status.state.status == "running"
    assert (found["onprem"].source_service, found["onprem"].source_endpoint) == (None, "datacenter-kafka")


async def test_clusters_that_are_not_enabled_are_listed_when_asked(aiven: AivenSimulator, client: AivenClient) -> None:
    """Candidates, which nobody has set up, have no alias and never count."""
    aiven.world.projects[PROJECT].integrations[0].enabled = False
    assert {each.alias for each in await client.list_integrations(PROJECT, "mm2-eu")} == {
        "kafka-us", "kafka-ap", "onprem",
    }  # fmt: skip
    assert {each.alias for each in await client.list_integrations(PROJECT, "mm2-eu", disabled=True)} == {
        "kafka-eu", "kafka-us", "kafka-ap", "onprem",
    }  # fmt: skip


INTEGRATION: dict[str, Any] = {
    "integration_type": "kafka_mirrormaker", "dest_service": "mm2-eu", "enabled": True, "active": True,
    "source_service": "k", "user_config": {"cluster_alias": "a"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "alias"),
    [
        ({}, "a"),
        ({"user_config": None}, None),
        ({"user_config": {"cluster_alias": 7}}, None),
        ({"user_config": "text"}, None),
        ({"integration_status": None}, "a"),
        ({"integration_status": {"state": None, "status_user_desc": None}}, "a"),
        ({"integration_status": {"state": {"status": None, "likely_error_cause": 7, "errors": None}}}, "a"),
        ({"integration_status": []}, "a"),
        ({"source_service": 7, "source_endpoint": {}, "source_project": None, "service_integration_id": 7}, "a"),
    ],
)
async def test_a_cluster_of_odd_shape_is_a_cluster(changes: dict[str, Any], alias: str | None) -> None:
    (read,) = await saying({"service_integrations": [INTEGRATION | changes]}).list_integrations("p", "mm2-eu")
    assert read.alias == alias
    assert read.integration_status.state.errors == ()


async def test_the_log_is_read_newest_first_without_secrets(aiven: AivenSimulator, client: AivenClient) -> None:
    world = aiven.world
    world.add_log(PROJECT, "mm2-eu", f'sasl.jaas.config=x required password="{SECRET} {SECRET}";', time="2026-11-23")
    world.add_log(PROJECT, "mm2-eu", "all is well", "info")
    world.add_log(PROJECT, "mm2-eu", "Topic authorization failed", "crit", "2026-11-23T10:00:00.5Z")
    lines = await client.list_logs(PROJECT, "mm2-eu")
    assert [(line.severity, line.msg) for line in lines] == [
        ("crit", "Topic authorization failed"),
        ("err", "sasl.jaas.config=x required password=***;"),
        ("warning", "Group coordinator moved"),
    ]
    assert lines[0].time == datetime(2026, 11, 23, 10, 0, 0, 500_000, tzinfo=UTC)
    assert lines[1].time == datetime(2026, 11, 23, tzinfo=UTC)
    assert lines[0].hostname == "mm2-eu-1"
    call = aiven.log[-1]
    assert (call.method, call.json) == ("POST", {"limit": 20, "sort_order": "desc", "severity": "warning"})


@pytest.mark.parametrize(("limit", "sent"), [(-3, 1), (0, 1), (5, 5), (10_000, 500)])
async def test_no_more_of_the_log_is_asked_for_than_aiven_gives(
    aiven: AivenSimulator, client: AivenClient, limit: int, sent: int
) -> None:
    await client.list_logs(PROJECT, "mm2-eu", limit, "err")
    assert aiven.log[-1].json == {"limit": sent, "sort_order": "desc", "severity": "err"}


async def test_lines_less_severe_than_asked_are_left_out_whoever_sends_them() -> None:
    """Severity is new in Aiven's replies; a line that tells none may be the one that is looked for."""
    logs = [{"msg": "a", "severity": "info"}, {"msg": "b"}, {"msg": "c", "severity": "err"}, {"msg": None}, None, 7]
    assert [line.msg for line in await saying({"logs": logs, "offset": None}).list_logs("p", "s")] == ["b", "c"]


async def test_the_log_is_read_again_as_any_read_although_it_is_a_post(
    aiven: AivenSimulator, client: AivenClient
) -> None:
    aiven.fail(method="POST", retry_after_header=0)
    assert await client.list_logs(PROJECT, "mm2-eu")
    assert [call.status for call in aiven.calls("POST")] == [429, 200]


async def test_reading_the_log_forgets_nothing_that_is_shared(aiven: AivenSimulator, client: AivenClient) -> None:
    await client.shared.ask(client.list_services, PROJECT)
    await client.list_logs(PROJECT, "mm2-eu")
    await client.shared.ask(client.list_services, PROJECT)
    assert len(aiven.calls("GET")) == 1


async def test_events_are_read_newest_first(aiven: AivenSimulator, client: AivenClient) -> None:
    aiven.world.add_event(PROJECT, "service_update", "mm2-eu", f"set password={SECRET}", time="2026-11-23T10:00:00Z")
    newest, created = await client.list_events(PROJECT, 2)
    assert (newest.actor, newest.event_type, newest.service_name) == (
        "somebody@example.com", "service_update", "mm2-eu",
    )  # fmt: skip
    assert newest.event_desc == "set password=***"
    assert newest.time == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert created.event_type == "service_create"
    assert (aiven.log[-1].path, aiven.log[-1].query) == (f"/v1/project/{PROJECT}/events", {"limit": "2"})
