"""The whole way under Sentinels with a failover in the middle, and on Debian's redis-server with TLS and a user."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.store.connecting import connect
from bot.store.redis import Store
from tests.servers import free_port, server, started, watched
from tests.stage import ANN, BOB, Stage

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]
ON = "exactly-once on kafka-eu -> kafka-us"
DEBIAN = shutil.which("redis-server")
needs_debian = pytest.mark.skipif(DEBIAN is None, reason="needs redis-server: apt-get install redis-server")


async def the_whole_way(url: str) -> None:
    async with Stage(url, "TSERVER") as stage:
        number = await stage.ask(ON)
        await stage.click(BOB, number, "approve")
        await stage.card(number, "applied and verified")
        await stage.type(ANN, "history", "Request 1")
        await stage.tags()


async def test_a_failover_between_the_question_and_the_approval(tmp_path: Path) -> None:
    """Sentinels find a new primary; what the old one had confirmed, and its replica had taken, goes on."""
    async with watched(tmp_path) as servers, Stage(servers.url, "TSENTINEL") as stage:
        number = await stage.ask(ON)
        await stage.quiet()
        servers.primary.kill()
        await promoted(servers.replica)
        stage.store = Store(connect(servers.url), stage.team, clock=stage.clock)
        async with asyncio.timeout(40):
            while "You approved" not in await said(stage, f"approve {number}"):
                await asyncio.sleep(0.5)
        await stage.card(number, "applied and verified")
        assert len(stage.aiven.writes()) == 1
        await stage.tags()
        await stage.store.redis.aclose()


async def said(stage: Stage, text: str) -> str:
    """What somebody is told at once or soon; a store in the middle of a failover takes nothing."""
    seen = len(stage.slack.ephemeral_to(BOB))
    await stage.slack.command(BOB, "C0OPS", f"/flow {text}")
    told = await stage.slack.wait_for(lambda: stage.slack.ephemeral_to(BOB)[seen:], 30)
    return told[0].text


async def promoted(port: int) -> None:
    """The replica has become the primary."""
    async with asyncio.timeout(40), Redis(port=port) as copy:
        while True:
            try:
                if (await copy.info("replication"))["role"] == "master":
                    return
            except RedisError:
                pass
            await asyncio.sleep(0.1)


@needs_debian
async def test_debian_s_redis(tmp_path: Path) -> None:
    async with server(tmp_path, "--appendonly", "yes", binary=DEBIAN) as port:
        await the_whole_way(f"redis://127.0.0.1:{port}/0")


@needs_debian
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
async def test_tls_and_a_user_who_may_do_no_more_than_docs_reliability_says(tmp_path: Path) -> None:
    key, cert, port = tmp_path / "key.pem", tmp_path / "cert.pem", free_port()
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*make, *more], check=True, capture_output=True)
    files = ["--tls-cert-file", str(cert), "--tls-key-file", str(key), "--tls-ca-cert-file", str(cert)]
    options = ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no", *files, "--dir", str(tmp_path)]
    async with started(DEBIAN, *options, "--save", "", "--appendonly", "yes", *_user()):
        async with asyncio.timeout(10):
            while not await _tls_answers(port, cert):
                await asyncio.sleep(0.05)
        await the_whole_way(f"rediss://sluice:secret@127.0.0.1:{port}/0?ssl_ca_certs={cert}")


def _user() -> list[str]:
    """The ACL of docs/reliability.md."""
    text = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
    line = next(line for line in text.splitlines() if line.strip().startswith("user sluice "))
    return ["--user", *line.replace("PASSWORD", "secret").split()[1:]]


async def _tls_answers(port: int, cert: Path) -> bool:
    client = connect(f"rediss://sluice:secret@127.0.0.1:{port}/0?ssl_ca_certs={cert}")
    try:
        await client.ping()
    except RedisError:
        return False
    finally:
        await client.aclose()
    return True
