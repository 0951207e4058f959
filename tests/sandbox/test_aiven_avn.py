"""Aiven's own command line client works against the simulator, so the simulator speaks Aiven's language."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from bot.core.flow import Wire
from bot.sandbox.aiven import AivenSimulator

AVN: Final = Path(sys.executable).parent / "avn"
FLOWS: Final = "/v1/project/acme-prod/service/mm2-eu/mirrormaker/replication-flows"
FLOW: Final = ("mirrormaker", "replication-flow")
EU_TO_US: Final = ("-s", "kafka-eu", "-t", "kafka-us")
AP_TO_EU: Final = ("-s", "kafka-ap", "-t", "kafka-eu")


@dataclass(frozen=True)
class Result:
    """What a run of the client left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was printed
        """What it printed, as JSON."""
        return json.loads(self.out)


Avn = Callable[..., Awaitable[Result]]


@pytest.fixture
def avn(aiven: AivenSimulator, tmp_path: Path) -> Avn:
    """Runs `avn` with these arguments, in an environment of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AIVEN_CONFIG_DIR": str(tmp_path / "avn"),
        "AIVEN_WEB_URL": aiven.web_url,
        "AIVEN_AUTH_TOKEN": aiven.access.token,
        "AIVEN_PROJECT": "acme-prod",
    }

    async def run(*arguments: str) -> Result:
        process = await asyncio.create_subprocess_exec(
            AVN, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        return Result(process.returncode or 0, out.decode(), err.decode())

    return run


async def test_list(avn: Avn, aiven: AivenSimulator) -> None:
    """The flows are printed as JSON; the request has no query and an odd content type."""
    result = await avn(*FLOW, "list", "mm2-eu")
    assert result.code == 0
    assert [flow["target_cluster"] for flow in result.json] == ["kafka-us", "kafka-ap"]
    (call,) = aiven.log
    assert (call.method, call.path, call.query, call.text) == ("GET", FLOWS, {}, "")
    assert call.authorization == "aivenv1 ***"
    assert call.user_agent.startswith("aiven-client/")


async def test_get(avn: Avn, aiven: AivenSimulator) -> None:
    """One flow is printed with its progress."""
    result = await avn(*FLOW, "get", "mm2-eu", *EU_TO_US)
    assert result.code == 0
    stored = aiven.world.flow("acme-prod", "mm2-eu", "kafka-eu", "kafka-us") or {}
    assert result.json == stored | {"replication_progress": 0.98}


async def test_create(avn: Avn, aiven: AivenSimulator) -> None:
    """Nothing is printed; the pair is put into the body after what was typed."""
    config = {"enabled": True, "topics": [r"orders\..*"]}
    result = await avn(*FLOW, "create", "mm2-eu", *AP_TO_EU, json.dumps(config))
    assert (result.code, result.out) == (0, "")
    (call,) = aiven.writes()
    sent = config | {"source_cluster": "kafka-ap", "target_cluster": "kafka-eu"}
    assert (call.method, call.path, call.json) == ("POST", FLOWS, sent)
    stored = aiven.world.flow("acme-prod", "mm2-eu", "kafka-ap", "kafka-eu")
    assert stored == sent | {"follower_fetching_enabled": True}


async def test_update(avn: Avn, aiven: AivenSimulator, tmp_path: Path) -> None:
    """What was typed, or stands in a file, is the body; the whole flow is printed."""
    patch = tmp_path / "patch.json"
    patch.write_text('{"topics": []}')
    typed = await avn(*FLOW, "update", "mm2-eu", *EU_TO_US, '{"enabled": false}')
    from_file = await avn(*FLOW, "update", "mm2-eu", *EU_TO_US, f"@{patch}")
    assert (typed.code, typed.json["enabled"]) == (0, False)
    assert from_file.code == 0
    assert "topics" not in from_file.json
    assert [str(call) for call in aiven.writes()] == [
        f'PUT {FLOWS}/kafka-eu/kafka-us {{"enabled": false}} -> 200',
        f'PUT {FLOWS}/kafka-eu/kafka-us {{"topics": []}} -> 200',
    ]


async def test_delete(avn: Avn, aiven: AivenSimulator) -> None:
    """Nothing is asked, nothing is printed."""
    result = await avn(*FLOW, "delete", "mm2-eu", *EU_TO_US)
    assert (result.code, result.out) == (0, "")
    assert str(aiven.log[0]) == f"DELETE {FLOWS}/kafka-eu/kafka-us -> 200"
    assert aiven.world.flow("acme-prod", "mm2-eu", "kafka-eu", "kafka-us") is None


async def test_refusals_reach_the_terminal(avn: Avn) -> None:
    """Exit status 1, with the message and the status on standard error."""
    result = await avn(*FLOW, "create", "mm2-eu", *EU_TO_US, '{"enabled": true}')
    assert (result.code, result.out) == (1, "")
    assert "Replication flow kafka-eu -> kafka-us already exists (status 409)" in result.err


async def test_odd_aliases_arrive_as_typed(avn: Avn, aiven: AivenSimulator) -> None:
    """The client percent-encodes each segment."""
    odd: Wire = {"source_cluster": "a/b", "target_cluster": "c d", "enabled": False}
    aiven.world.add_flow("acme-prod", "mm2-eu", odd)
    result = await avn(*FLOW, "get", "mm2-eu", "-s", "a/b", "-t", "c d")
    assert (result.code, result.json) == (0, odd)


async def test_user_and_projects(avn: Avn) -> None:
    """The token's user and its projects are shown as tables."""
    user = await avn("user", "info")
    projects = await avn("project", "list", "--json")
    assert (user.code, projects.code) == (0, 0)
    assert "sluice@example.com" in user.out
    assert [project["project_name"] for project in projects.json] == ["acme-prod", "acme-lab"]


async def test_services(avn: Avn) -> None:
    """The list, as a table and with all keys, and one service."""
    assert "mm2-eu" in (await avn("service", "list")).out
    assert (await avn("service", "list", "-v")).code == 0
    assert (await avn("service", "get", "kafka-eu-prod", "-v")).code == 0
    assert (await avn("service", "wait", "mm2-eu")).code == 0


async def test_integrations(avn: Avn, aiven: AivenSimulator) -> None:
    """Listed with the candidates; created, both ways of giving the alias; updated."""
    listed = await avn("service", "integration-list", "mm2-eu", "-v")
    assert listed.code == 0
    assert "(integration not enabled)" in listed.out
    create = (
        "service",
        "integration-create",
        "-t",
        "kafka_mirrormaker",
        "-s",
        "kafka-eu-prod",
        "-d",
        "mm2-eu",
    )
    assert (await avn(*create, "--user-config-json", '{"cluster_alias": "x1"}')).code == 0
    assert (await avn(*create, "-c", "cluster_alias=x2")).code == 0
    first, second = aiven.world.projects["acme-prod"].integrations[-2:]
    assert (first.alias, second.alias) == ("x1", "x2")
    update = ("service", "integration-update", first.id, "--user-config-json")
    assert (await avn(*update, '{"kafka_mirrormaker": {"producer_linger_ms": 100}}')).code == 0
    assert first.user_config["kafka_mirrormaker"] == {"producer_linger_ms": 100}


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("service", "integration-endpoint-list"), "datacenter-kafka"),
        (("service", "integration-types-list"), "kafka_mirrormaker"),
        (("service", "topic-list", "kafka-eu-prod"), "orders.created"),
        (("service", "topic-get", "kafka-eu-prod", "orders.created"), "reporting"),
        (("service", "kafka-acl-list", "kafka-eu-prod"), "User:mirrormaker"),
        (("service", "acl-list", "kafka-eu-prod"), "avnadmin"),
        (("service", "metrics", "--period", "hour", "mm2-eu"), "cpu_usage"),
        (("service", "logs", "-S", "desc", "-n", "10", "mm2-eu"), "Tasks started"),
        (("events", "-n", "5"), "service_create"),
    ],
    ids=lambda part: " ".join(part[:2]) if isinstance(part, tuple) else part,
)
async def test_other_reads(avn: Avn, arguments: tuple[str, ...], shown: str) -> None:
    """The client finds every key that it needs."""
    result = await avn(*arguments)
    assert (result.code, result.err) == (0, "")
    assert shown in result.out
