"""Projects, services, integrations, topics, metrics and logs look as Aiven's public sources say."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from bot.sandbox.aiven import SECRET, AivenSimulator

PROJECT = "/project/acme-prod"
SERVICE = f"{PROJECT}/service/mm2-eu"
KAFKA = f"{PROJECT}/service/kafka-eu-prod"


async def test_me_names_the_user_and_the_roles(api: httpx.AsyncClient) -> None:
    """Who the token is and where it may do what."""
    user = (await api.get("/me")).json()["user"]
    assert user["user"] == "sluice@example.com"
    assert user["project_membership"] == {"acme-prod": "admin", "acme-lab": "admin"}
    assert user["project_memberships"] == {"acme-prod": ["admin"], "acme-lab": ["admin"]}


async def test_the_tours_services(api: httpx.AsyncClient) -> None:
    """One MirrorMaker service and three Kafka services, all running."""
    services = (await api.get(f"{PROJECT}/service")).json()["services"]
    assert [(service["service_name"], service["service_type"], service["state"]) for service in services] == [
        ("mm2-eu", "kafka_mirrormaker", "RUNNING"),
        ("kafka-eu-prod", "kafka", "RUNNING"),
        ("kafka-us-prod", "kafka", "RUNNING"),
        ("kafka-ap-prod", "kafka", "RUNNING"),
    ]


async def test_a_service_shows_its_state_and_nodes(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """State and node states can be set; details are laid over."""
    aiven.world.set_state("acme-prod", "mm2-eu", "REBUILDING", node_states=["running", "syncing_data"])
    aiven.world.service("acme-prod", "mm2-eu").details["plan"] = "business-8"
    service = (await api.get(SERVICE)).json()["service"]
    assert (service["state"], service["plan"], service["node_count"]) == ("REBUILDING", "business-8", 2)
    assert [(node["name"], node["state"]) for node in service["node_states"]] == [
        ("mm2-eu-1", "running"),
        ("mm2-eu-2", "syncing_data"),
    ]


async def test_services_and_endpoints_carry_secrets_as_on_aiven(api: httpx.AsyncClient) -> None:
    """A client that shows whole replies would leak; the tests of the bot look for this secret."""
    assert SECRET in (await api.get(SERVICE)).text
    assert SECRET in (await api.get(f"{PROJECT}/integration_endpoint")).text


async def test_integrations_map_aliases_to_clusters(api: httpx.AsyncClient) -> None:
    """Kafka services and the external endpoint are sources; the MirrorMaker service is the destination."""
    integrations = (await api.get(f"{SERVICE}/integration")).json()["service_integrations"]
    used = [item for item in integrations if item["enabled"]]
    assert {item["user_config"]["cluster_alias"]: item["source_service"] for item in used} == {
        "kafka-eu": "kafka-eu-prod",
        "kafka-us": "kafka-us-prod",
        "kafka-ap": "kafka-ap-prod",
        "onprem": None,
    }
    assert {item["dest_service"] for item in used} == {"mm2-eu"}
    (endpoint,) = (await api.get(f"{PROJECT}/integration_endpoint")).json()["service_integration_endpoints"]
    (external,) = (item for item in used if item["source_service"] is None)
    assert (external["source_endpoint_id"], external["source_endpoint"]) == (
        endpoint["endpoint_id"],
        endpoint["endpoint_name"],
    )


async def test_lists_of_integrations_hold_candidates(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """What is not integrated appears too, disabled and without an id, of the same type as the real ones."""
    aiven.world.add_service("acme-prod", "kafka-spare", "kafka")
    integrations = (await api.get(f"{SERVICE}/integration")).json()["service_integrations"]
    candidates = [item for item in integrations if item["service_integration_id"] is None]
    assert [(item["integration_type"], item["source_service"], item["enabled"]) for item in candidates] == [
        ("kafka_mirrormaker", "kafka-spare", False),
        ("metrics", "mm2-eu", False),
    ]


async def test_candidates_appear_even_where_all_is_attached(api: httpx.AsyncClient) -> None:
    """Each list has one that a client could mistake for a cluster of the service."""
    integrations = (await api.get(f"{SERVICE}/integration")).json()["service_integrations"]
    candidates = [item["integration_type"] for item in integrations if not item["enabled"]]
    assert candidates == ["kafka_mirrormaker", "metrics"]


async def test_an_integration_that_is_not_enabled_has_no_id(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """It is listed without an id and cannot be read alone."""
    first = aiven.world.projects["acme-prod"].integrations[0]
    first.enabled = False
    listed = (await api.get(f"{SERVICE}/integration")).json()["service_integrations"][0]
    assert (listed["user_config"]["cluster_alias"], listed["service_integration_id"]) == ("kafka-eu", None)
    assert (await api.get(f"{PROJECT}/integration/{first.id}")).status_code == 404


async def test_an_integration_can_be_out_of_order(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """Active, enabled and status are the world's to say."""
    aiven.world.add_integration(
        "acme-prod", source_service="kafka-eu-prod", dest_service="mm2-eu", alias="broken",
        active=False, status="failed",
    )  # fmt: skip
    integrations = (await api.get(f"{SERVICE}/integration")).json()["service_integrations"]
    (broken,) = (item for item in integrations if item["user_config"].get("cluster_alias") == "broken")
    assert broken["active"] is False
    assert broken["integration_status"]["state"]["status"] == "failed"


async def test_a_new_integration_becomes_active(api: httpx.AsyncClient) -> None:
    """The reply shows it starting, the next read running."""
    body = {
        "integration_type": "kafka_mirrormaker",
        "source_service": "kafka-eu-prod",
        "source_endpoint_id": None,
        "dest_service": "mm2-eu",
        "user_config": {"cluster_alias": "second"},
    }
    created = (await api.post(f"{PROJECT}/integration", json=body)).json()["service_integration"]
    assert created["active"] is False
    read = await api.get(f"{PROJECT}/integration/{created['service_integration_id']}")
    assert read.json()["service_integration"]["active"] is True
    assert (await api.post(f"{PROJECT}/integration", json=body)).status_code == 409


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"integration_type": "metrics"}, 400),
        ({"source_service": "mm2-eu"}, 400),
        ({"source_service": "nothing"}, 404),
        ({"dest_service": "kafka-eu-prod"}, 400),
        ({"source_endpoint_id": "nothing"}, 404),
        ({"user_config": {"cluster_alias": "with space"}}, 400),
        ({"user_config": []}, 200),
        ({"user_config": ["x"]}, 400),
    ],
)
async def test_new_integrations_are_checked(api: httpx.AsyncClient, change: dict[str, Any], status: int) -> None:
    """Type, ends and alias; without an alias one is derived."""
    body = {
        "integration_type": "kafka_mirrormaker",
        "source_service": "kafka-eu-prod",
        "dest_service": "mm2-eu",
    }
    assert (await api.post(f"{PROJECT}/integration", json=body | change)).status_code == status


async def test_an_update_merges_the_configuration(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """Tuning is merged, the alias stays and cannot be changed."""
    integration = aiven.world.projects["acme-prod"].integrations[0]
    path = f"{PROJECT}/integration/{integration.id}"
    await api.put(path, json={"user_config": {"kafka_mirrormaker": {"producer_linger_ms": 100}}})
    answer = await api.put(path, json={"user_config": {"kafka_mirrormaker": {"producer_batch_size": 5}}})
    assert answer.json()["service_integration"]["user_config"] == {
        "cluster_alias": "kafka-eu",
        "kafka_mirrormaker": {"producer_linger_ms": 100, "producer_batch_size": 5},
    }
    assert (await api.put(path, json={"user_config": {"cluster_alias": "other"}})).status_code == 400


async def test_topics_have_varied_retention(api: httpx.AsyncClient) -> None:
    """Hours, weeks and for ever; the tour's flow matches some of them."""
    topics = {topic["topic_name"]: topic for topic in (await api.get(f"{KAFKA}/topic")).json()["topics"]}
    assert len({topic["retention_hours"] for topic in topics.values()}) >= 4
    assert topics["customers.profile"]["retention_hours"] == -1
    assert [name for name in topics if re.fullmatch(r"payments\..*", name)] == [
        "payments.authorized",
        "payments.settled",
    ]


async def test_one_topic_lists_its_partitions(api: httpx.AsyncClient) -> None:
    """Read alone, `partitions` is a list."""
    topic = (await api.get(f"{KAFKA}/topic/orders.created")).json()["topic"]
    assert [partition["partition"] for partition in topic["partitions"]] == list(range(12))


async def test_both_access_control_lists(api: httpx.AsyncClient) -> None:
    """Aiven's own and Kafka's."""
    assert (await api.get(f"{KAFKA}/acl")).json()["acl"][0]["permission"] == "admin"
    assert (await api.get(f"{KAFKA}/kafka/acl")).json()["kafka_acl"][0]["resource_type"] == "Topic"


async def test_metrics_repeat_the_columns_in_the_first_row(api: httpx.AsyncClient) -> None:
    """A Google chart table with one column per node."""
    metrics = (await api.post(f"{SERVICE}/metrics", json={"period": "hour"})).json()["metrics"]
    table = metrics["cpu_usage"]["data"]
    assert table["rows"][0] == table["cols"]
    assert [column["label"] for column in table["cols"]] == ["time", "mm2-eu-1", "mm2-eu-2", "mm2-eu-3"]
    assert all(len(row) == 4 and isinstance(row[0], str) for row in table["rows"][1:])
    assert (await api.post(f"{SERVICE}/metrics", json={"period": "eternity"})).status_code == 400


async def test_logs_come_in_pages(api: httpx.AsyncClient) -> None:
    """`offset` leads to the next page; an empty page ends it."""
    offset: str | None = None
    seen: list[list[str]] = []
    for _ in range(3):
        body = {"limit": 2, "sort_order": "desc"} | ({"offset": offset} if offset else {})
        page = (await api.post(f"{SERVICE}/logs", json=body)).json()
        seen.append([line["msg"] for line in page["logs"]])
        offset = page["offset"]
    assert seen == [["Tasks started", "Group coordinator moved"], ["Kafka MirrorMaker starting"], []]


async def test_logs_can_be_filtered_by_severity(api: httpx.AsyncClient) -> None:
    """As bad as asked, or worse."""
    page = (await api.post(f"{SERVICE}/logs", json={"severity": "warning"})).json()
    assert [line["msg"] for line in page["logs"]] == ["Group coordinator moved"]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 0},
        {"limit": 501},
        {"limit": True},
        {"sort_order": "up"},
        {"severity": "bad"},
        {"offset": "x"},
    ],
)
async def test_impossible_pages_are_refused(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """Limits, order, severity and offset are checked."""
    assert (await api.post(f"{SERVICE}/logs", json=body)).status_code == 400


async def test_no_logs_no_offset(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """An empty log has no offset to continue from."""
    aiven.world.service("acme-prod", "mm2-eu").logs.clear()
    assert (await api.post(f"{SERVICE}/logs", json={})).json() == {
        "logs": [], "offset": None, "first_log_offset": None,
    }  # fmt: skip


async def test_alerts_are_the_worlds_to_raise(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """None at first."""
    assert (await api.get(f"{SERVICE}/alerts")).json() == {"alerts": []}
    aiven.world.service("acme-prod", "mm2-eu").alerts.append({"event": "cpu_high", "severity": "warning"})
    assert (await api.get(f"{SERVICE}/alerts")).json()["alerts"][0]["event"] == "cpu_high"


async def test_events_are_newest_first(api: httpx.AsyncClient) -> None:
    """`limit` cuts the oldest off."""
    events = (await api.get(f"{PROJECT}/events", params={"limit": 2})).json()["events"]
    assert [event["service_name"] for event in events] == ["kafka-ap-prod", "kafka-us-prod"]
