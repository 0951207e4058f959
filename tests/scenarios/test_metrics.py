"""What is seen from outside, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.scenarios.test_break_glass import broken
from tests.stage import ANN, BOB, Stage

ROOT = Path(__file__).resolve().parents[2]
PAUSE = "pause kafka-eu -> kafka-us"


@pytest.fixture
async def stage(valkey: str, team: str) -> AsyncIterator[Stage]:
    async with Stage(valkey, team, metrics_port=0) as made:
        yield made


async def read(stage: Stage) -> dict[str, float]:
    """Every sample, as `name{label=value}`."""
    assert stage.sluice is not None
    async with httpx.AsyncClient() as client:
        reply = await client.get(f"http://127.0.0.1:{stage.sluice.metrics_port}/metrics")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        sample.name + "".join(f"{{{name}={value}}}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


async def test_requests_reviews_and_calls_are_counted_and_break_glass_apart(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    assert (await read(stage))["sluice_open_requests"] == 1
    await stage.type(ANN, f"cancel {number}", "You took back")
    await stage.quiet()
    await broken(stage, number=2)
    await stage.quiet()
    seen = await read(stage)
    assert seen["sluice_store_up"] == 1
    assert seen["sluice_open_requests"] == 0
    assert seen["sluice_open_reviews"] == 1
    assert seen["sluice_ended_requests_total{glass=no}{state=cancelled}"] == 1
    assert seen["sluice_ended_requests_total{glass=yes}{state=applied}"] == 1
    assert seen["sluice_audit_entries_total"] == (await stage.store.newest_head()).seq
    assert seen["sluice_aiven_calls_total{method=PUT}{status=200}"] == 1
    assert seen["sluice_sent_writes_total"] == 1
    assert seen["sluice_waits_total"] == 0
    assert seen["sluice_outbox_lag_seconds"] < 10
    assert seen["sluice_slack_calls_total{method=chat.postMessage}{result=ok}"] >= 2
    assert seen["sluice_looks_total{end=done}{kind=work}"] >= 1
    assert seen["sluice_ack_seconds_count"] >= 4


async def test_what_piles_up_and_what_fails_is_seen(stage: Stage) -> None:
    fault = stage.slack.fail("chat.postMessage", status=503, times=1)
    await stage.type(ANN, PAUSE, "waits for approval")
    await stage.slack.wait_for(lambda: fault.times == 0)
    stage.slack.fail("chat.postMessage", status=503, times=None)
    await stage.quiet()
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    stage.sluice._worker._stopping = True
    stage.clock.offset += 90_000
    seen = await read(stage)
    assert seen["sluice_overdue_items{kind=card}"] == 1
    assert seen["sluice_oldest_overdue_seconds{kind=card}"] > 60
    assert seen["sluice_due_items{kind=card}"] == 1
    assert seen["sluice_outbox_lag_seconds"] >= 90
    assert seen["sluice_slack_calls_total{method=chat.postMessage}{result=away}"] >= 1


async def test_a_call_that_gets_no_answer_is_counted_too(stage: Stage) -> None:
    stage.aiven.fail(method="PUT", path="replication-flows/kafka-eu/kafka-us", drop="before")
    number = await stage.ask(PAUSE)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.aiven.wait_for(lambda: len(stage.aiven.writes()) > 0)
    await stage.quiet()
    assert (await read(stage))["sluice_aiven_calls_total{method=PUT}{status=none}"] == 1


async def test_every_metric_is_documented(stage: Stage) -> None:
    await stage.ask(PAUSE)
    names = {name.partition("{")[0] for name in await read(stage)}
    families = {name.removesuffix("_created") for name in names if not name.endswith(("_bucket", "_sum", "_count"))}
    text = (ROOT / "docs" / "reliability.md").read_text()
    assert [name for name in sorted(families) if name not in text] == []
