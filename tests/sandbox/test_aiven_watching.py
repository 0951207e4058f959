"""What a watcher sees: integrations that fail, progress that moves, log lines, events, very many topics."""

from __future__ import annotations

from typing import Any

import httpx

from bot.sandbox.aiven import SECRET, AivenSimulator

PROJECT = "/project/acme-prod"
SERVICE = f"{PROJECT}/service/mm2-eu"
KAFKA = f"{PROJECT}/service/kafka-eu-prod"
EU_US = ("acme-prod", "mm2-eu", "kafka-eu", "kafka-us")


async def integration(api: httpx.AsyncClient, alias: str) -> dict[str, Any]:
    found = (await api.get(f"{SERVICE}/integration")).json()["service_integrations"]
    return next(item for item in found if item["user_config"].get("cluster_alias") == alias)


async def progress(api: httpx.AsyncClient) -> float:
    flow = (await api.get(f"{SERVICE}/mirrormaker/replication-flows/kafka-eu/kafka-us")).json()["replication_flow"]
    return float(flow["replication_progress"])


async def test_an_integration_fails_with_a_cause_and_recovers(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """The flows that use it have no progress meanwhile."""
    aiven.world.set_integration("acme-prod", "mm2-eu", "kafka-us", "failed", cause="source", errors=["no brokers"])
    failed = await integration(api, "kafka-us")
    assert (failed["active"], failed["enabled"]) == (False, True)
    assert failed["integration_status"] == {
        "status_user_desc": "Integration is failed",
        "state": {"status": "failed", "likely_error_cause": "source", "errors": ["no brokers"], "nodes": {}},
    }
    flows = (await api.get(f"{SERVICE}/mirrormaker/replication-flows")).json()["replication_flows"]
    assert not any("replication_progress" in flow for flow in flows)
    assert (await integration(api, "kafka-eu"))["integration_status"]["state"]["status"] == "running"
    aiven.world.set_integration("acme-prod", "mm2-eu", "kafka-us", "running")
    back = await integration(api, "kafka-us")
    assert back["active"]
    assert back["integration_status"]["state"]["errors"] == []
    assert await progress(api) == 0.98


async def test_progress_moves_read_by_read_and_then_stays(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    aiven.world.set_progress(*EU_US, 0.1, 0.5, 1.0)
    assert [await progress(api) for _ in range(4)] == [0.1, 0.5, 1.0, 1.0]
    aiven.world.set_progress(*EU_US, 0.3)
    assert [await progress(api) for _ in range(2)] == [0.3, 0.3]


async def test_a_log_line_may_hold_a_secret_as_on_aiven(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """Aiven's documents warn of that; whoever shows lines has to scrub them."""
    aiven.world.add_log("acme-prod", "mm2-eu", f"password={SECRET}", "crit", "2026-11-23T10:00:00Z")
    (line,) = (await api.post(f"{SERVICE}/logs", json={"limit": 1, "sort_order": "desc"})).json()["logs"]
    assert line == {
        "time": "2026-11-23T10:00:00Z", "hostname": "mm2-eu-1", "unit": "mm2-eu.service", "severity": "crit",
        "msg": f"password={SECRET}",
    }  # fmt: skip


async def test_somebody_does_something(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    aiven.world.add_event("acme-prod", "service_update", "mm2-eu", "Updated service 'mm2-eu'", actor="ops@example.com")
    newest = (await api.get(f"{PROJECT}/events", params={"limit": 1})).json()["events"][0]
    assert newest.pop("id")
    assert newest == {
        "time": "2026-01-05T09:00:00Z", "actor": "ops@example.com", "event_type": "service_update",
        "service_name": "mm2-eu", "event_desc": "Updated service 'mm2-eu'",
    }  # fmt: skip


async def test_very_many_topics_with_limits_of_their_own(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    aiven.world.add_topics("acme-prod", "kafka-eu-prod", *(f"t{number}" for number in range(5_000)), retention_bytes=7)
    aiven.world.service("acme-prod", "kafka-eu-prod").topics["t1"].state = "DELETING"
    topics = {topic["topic_name"]: topic for topic in (await api.get(f"{KAFKA}/topic")).json()["topics"]}
    assert len(topics) == 5_008
    assert topics["t0"]["retention_bytes"] == 7
    assert topics["orders.created"]["retention_bytes"] == -1
    assert (topics["t0"]["state"], topics["t1"]["state"]) == ("ACTIVE", "DELETING")
