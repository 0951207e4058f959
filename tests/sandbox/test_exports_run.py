"""The lines that are exported are run: Aiven's own client, and what curl would send, do what Sluice would have done."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bot import export
from bot.aiven.client import AivenClient
from bot.core.flow import Create, Delete, FlowRef, Wire, holds
from bot.core.grammar import parse
from bot.core.intent import Format
from bot.core.plan import Plan, make_plan
from bot.sandbox.aiven import AivenSimulator, demo_world

Runs = Callable[[str], Awaitable[tuple[int, str]]]

CHANGES = [
    "pause kafka-eu -> kafka-us",
    "update kafka-eu -> kafka-us topics= factor=2 config-exclude=",
    r"""update kafka-eu -> kafka-us topics=["it's","a b","q\"q","\\.x$","ä`${HOME}`","!x"] exclude=__.*""",
    f"update kafka-eu -> kafka-us topics={','.join(f'a-rather-long-name-{n}' for n in range(40))}",
    "delete kafka-eu -> kafka-us",
    "create kafka-ap -> kafka-eu topics=orders.* enabled=off policy=identity exactly-once=on",
    "create -x -> kafka-eu",
]


@pytest.fixture
def shell(aiven: AivenSimulator, tmp_path: Path) -> Runs:
    """Runs a line in a shell, in an environment of its own."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AIVEN_CONFIG_DIR": str(tmp_path / "avn"),
        "AIVEN_WEB_URL": aiven.web_url,
        "AIVEN_AUTH_TOKEN": aiven.access.token,
        "AIVEN_TOKEN": aiven.access.token,
    }

    async def run(line: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_shell(line, env=environment, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
        return process.returncode or 0, out.decode()

    return run


async def planned(aiven: AivenSimulator, text: str) -> Plan:
    """The plan for a command, from the flow as the simulator has it."""
    asked = parse(text)
    ref = FlowRef(project="acme-prod", service="mm2-eu", source=asked.flow.source, target=asked.flow.target)  # type: ignore[union-attr]
    plan = make_plan(ref, asked, stored(aiven, ref))  # type: ignore[arg-type]
    assert isinstance(plan, Plan), plan
    return plan


def stored(aiven: AivenSimulator, ref: FlowRef) -> Wire | None:
    return aiven.world.flow(ref.project, ref.service, ref.source, ref.target)


def sent(aiven: AivenSimulator) -> list[tuple[str, str, object]]:
    return [(call.method, call.path, call.json) for call in aiven.writes()]


async def sent_by_sluice(plan: Plan) -> list[tuple[str, str, object]]:
    """What the bot's own client sends for the plan."""
    async with AivenSimulator(demo_world()) as other, AivenClient(other.web_url, other.access.token) as client:
        match plan.change:
            case Create(body=body):
                await client.create_flow(plan.ref, body)
            case Delete():
                await client.delete_flow(plan.ref)
            case change:
                await client.patch_flow(plan.ref, change.body)
        return sent(other)


@pytest.mark.parametrize("text", CHANGES, ids=lambda text: text[:40])
async def test_avn_does_what_is_planned(aiven: AivenSimulator, shell: Runs, text: str) -> None:
    plan = await planned(aiven, text)
    assert (await shell(export.of_plan(Format.AVN, plan)))[0] == 0
    assert sent(aiven) == await sent_by_sluice(plan)
    assert holds(stored(aiven, plan.ref), plan.change)


@pytest.mark.parametrize("text", CHANGES, ids=lambda text: text[:40])
async def test_curl_is_handed_what_is_sent(aiven: AivenSimulator, shell: Runs, text: str) -> None:
    """A function stands for curl, which not every machine has."""
    plan = await planned(aiven, text)
    line = export.of_plan(Format.CURL, plan)
    code, out = await shell(f"curl() {{ printf '%s\\0' \"$@\"; }}; {line}")
    _, _, method, url, *rest, _ = out.split("\0")
    given = dict(zip(rest[::2], rest[1::2], strict=True))
    headers = dict(word.split(": ") for flag, word in zip(rest[::2], rest[1::2], strict=True) if flag == "-H")
    async with httpx.AsyncClient() as client:
        reply = await client.request(method, url, headers=headers, content=given.get("--data-raw"))
    assert (code, reply.status_code) == (0, 200)
    assert sent(aiven) == await sent_by_sluice(plan)
    assert holds(stored(aiven, plan.ref), plan.change)


async def test_avn_makes_a_flow_again_as_it_was(aiven: AivenSimulator, shell: Runs) -> None:
    ref = FlowRef(project="acme-prod", service="mm2-eu", source="kafka-eu", target="kafka-us")
    before = stored(aiven, ref)
    assert before is not None
    line = export.of_flow(Format.AVN, ref, before)
    assert (await shell(export.of_plan(Format.AVN, await planned(aiven, "delete kafka-eu -> kafka-us"))))[0] == 0
    assert stored(aiven, ref) is None
    assert (await shell(line))[0] == 0
    assert stored(aiven, ref) == before
