"""`sluice serve` as people run it: a process, its environment, its probes, its end, and kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.sandbox.aiven.demo import demo_world
from bot.sandbox.aiven.simulator import AivenSimulator
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.simulator import SlackSimulator
from bot.store.connecting import connect
from bot.store.embedded import open_embedded

ROOT = Path(__file__).resolve().parents[2]
OPS, ADMIN, BOB = "C0OPS", "U0ADMIN", "U0BOB"
FLOW = "replication-flows/kafka-eu/kafka-us"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """The simulators, and a bot that is a process of its own with an embedded store."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.slack = SlackSimulator(posts_anywhere=True, events_url=f"http://127.0.0.1:{self.port}/slack/events")
        self.aiven = AivenSimulator(demo_world())
        self.folder = folder
        self.process: Process | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "SLACK_BOT_TOKEN": self.slack.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.workspace.signing_secret, "SLACK_API_URL": self.slack.api_url,
            "AIVEN_TOKEN": self.aiven.access.token, "AIVEN_WEB_URL": self.aiven.web_url, "SLUICE_PORT": str(self.port),
            "SLUICE_HOST": "127.0.0.1", "SLUICE_DATA_DIR": str(self.folder), "SLUICE_ADMINS": f"{ADMIN},{BOB}",
            "SLUICE_PROJECT": "acme-prod", "SLUICE_SERVICE": "mm2-eu",
        }  # fmt: skip

    async def start(self) -> None:
        self.process = await run(self.environment)
        await self.until_ready_says("ok")

    async def until_ready_says(self, words: str) -> None:
        async with asyncio.timeout(20):
            while words not in (await self.probe("readyz"))[1]:
                await asyncio.sleep(0.02)

    async def probe(self, name: str) -> tuple[int, str]:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                reply = await client.get(f"http://127.0.0.1:{self.port}/{name}")
                return reply.status_code, reply.text
        except httpx.TransportError:
            return 0, ""

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    async def command(self, user: str, text: str) -> None:
        delivery = await self.slack.command(user, OPS, f"/flow {text}")
        assert delivery.ok, delivery

    async def card(self, expect: str) -> Message:
        found = await self.slack.wait_for(
            lambda: [each for each in self.slack.in_channel(OPS) if not each.thread_ts and expect in each.text],
            timeout=30,
        )
        return found[0]


async def run(environment: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Served]:
    served = Served(folder)
    async with served.slack, served.aiven:
        for user in (ADMIN, BOB):
            served.slack.add_user(user, user.lower())
        served.slack.add_channel(OPS, "ops")
        yield served
        if served.process is not None and served.process.returncode is None:
            await served.terminate()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as made:
        yield made


@pytest.mark.parametrize("after", [False, True], ids=["before it takes effect", "after it took effect"])
async def test_killed_in_the_middle_of_a_write_it_goes_on_and_ends_right(served: Served, after: bool) -> None:
    await served.start()
    await served.command(ADMIN, "exactly-once on kafka-eu -> kafka-us")
    card = await served.card("waiting for approval")
    hold = served.aiven.hold("PUT", FLOW, after=after)
    await served.slack.click(BOB, card, "approve")
    await hold.arrived.wait()
    await served.kill()
    hold.release()
    await served.start()
    ended = await served.card("applied and verified")
    assert {action["action_id"] for _, action in ended.elements()} == {"undo"}
    assert [call.applied for call in served.aiven.writes()].count(True) == 1
    assert (served.aiven.world.flow("acme-prod", "mm2-eu", "kafka-eu", "kafka-us") or {})[
        "exactly_once_delivery_enabled"
    ] is True


async def test_killed_right_after_the_acknowledgement_the_command_is_still_answered(served: Served) -> None:
    await served.start()
    await served.command(ADMIN, "pause kafka-eu -> kafka-us")
    await served.kill()
    await served.start()
    await served.card("waiting for approval")
    await served.slack.wait_for(lambda: [each for each in served.slack.ephemeral_to(ADMIN) if "waits for" in each.text])


async def _server(redis: Redis) -> int | None:
    try:
        return int((await redis.info("server"))["process_id"])
    except RedisError:
        return None


async def test_its_embedded_valkey_killed_it_starts_another_and_goes_on(served: Served) -> None:
    await served.start()
    await served.command(ADMIN, "exactly-once on kafka-eu -> kafka-us")
    await served.card("waiting for approval")
    share = await open_embedded(served.folder)
    redis = connect(share.url)
    server = await _server(redis)
    assert server is not None
    os.kill(server, signal.SIGKILL)
    async with asyncio.timeout(20):
        while await _server(redis) in (server, None):
            await asyncio.sleep(0.02)
    await served.command(BOB, "approve 1")
    await served.card("applied and verified")
    await redis.aclose()
    await share.close()
    assert await served.terminate() == 0


async def test_asked_to_stop_it_ends_well_and_quickly(served: Served) -> None:
    await served.start()
    assert await served.probe("healthz") == (200, "ok")
    assert await served.terminate() == 0
    assert served.process is not None
    assert served.process.stderr is not None
    assert b"Traceback" not in await served.process.stderr.read()


async def test_the_log_tells_nothing_of_what_was_sent(served: Served) -> None:
    """A forged body, a text, a response_url: whoever reads the log need not know them."""
    await served.start()
    forged = await served.slack.deliver(b"command=/flow&text=confidential", signature="v0=forged")
    assert forged.status == 401
    await served.slack.deliver({"payload": '{"type": "message_action", "callback_id": "confidential"}'})
    await served.command(ADMIN, "show confidential -> kafka-us")
    assert await served.terminate() == 0
    assert served.process is not None
    assert served.process.stderr is not None
    log = await served.process.stderr.read()
    assert b"ready" in log
    for word in (b"confidential", b"/actions/", b"xoxb", served.aiven.access.token.encode()):
        assert word not in log


async def test_until_slack_answers_it_lives_but_is_not_ready(served: Served) -> None:
    served.slack.fail("auth.test", times=None, status=503)
    served.process = await run(served.environment)
    await served.until_ready_says("Slack does not answer")
    assert await served.probe("healthz") == (200, "ok")
    assert (await served.probe("readyz"))[0] == 503
    assert (await served.slack.command(ADMIN, OPS, "/flow list")).status == 503
    served.slack.heal()
    await served.until_ready_says("ok")


async def refused(environment: dict[str, str]) -> list[str]:
    """What a start that was refused says, line by line."""
    process = await run(environment)
    out, errors = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    return [line for line in errors.decode().splitlines() if line.startswith("sluice: ")]


async def test_without_any_setting_it_names_each_that_is_missing() -> None:
    lines = await refused({"PATH": os.environ["PATH"]})
    assert [line.split()[1] for line in lines] == ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "AIVEN_TOKEN"]


WRONG = [
    ({"SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET or SLACK_APP_TOKEN is missing"),
    ({"SLUICE_PORT": "http"}, "SLUICE_PORT is wrong"),
    ({"AIVEN_WEB_URL": "api.aiven.io"}, "AIVEN_WEB_URL is wrong"),
    ({"REDIS_URL": "http://secret@host"}, "REDIS_URL is wrong: must begin with redis://"),
    ({"REDIS_URL": "redis://user:secret@host:port/0"}, "REDIS_URL is wrong: it cannot be read"),
    ({"AIVEN_WEB_URL": "https://api.aiven.io/v1/"}, "AIVEN_WEB_URL is wrong: must not end with /v1"),
    ({"SLUICE_ADMINS": "ann"}, "SLUICE_ADMINS is wrong: “ann” is no Slack user id"),
    ({"SLUICE_POLICY": "/nowhere/policy.toml"}, "SLUICE_POLICY /nowhere/policy.toml cannot be read: No such file"),
    ({"SLUICE_DATA_DIR": "/dev/null"}, "SLUICE_DATA_DIR /dev/null cannot be used"),
    ({"SLACK_BOT_TOKEN": "xoxb-other"}, "Slack does not take SLACK_BOT_TOKEN: invalid_auth"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
async def test_a_wrong_setting_gets_one_clear_line(served: Served, change: dict[str, str], said: str) -> None:
    lines = await refused(served.environment | change)
    assert len(lines) == 1
    assert said in lines[0]
    assert "secret" not in lines[0].replace("SLACK_SIGNING_SECRET", "").replace("signing secret", "")


async def test_a_policy_with_an_unknown_key_is_refused(served: Served, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[approval]\nquorumm = 2\n")
    (line,) = await refused(served.environment | {"SLUICE_POLICY": str(policy)})
    assert "quorumm" in line
