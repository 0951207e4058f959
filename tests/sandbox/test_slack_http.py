"""Deliveries over HTTP as they arrive at the app, and what forged, stale and unanswered ones come to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSimulator, sign

App = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    """One person, one channel, and no patience."""
    async with SlackSimulator(ack_seconds=0.2, enterprise_id="E0BIG") as simulator:
        simulator.add_user("U0ANN", "ann")
        simulator.add_channel("C0OPS", "ops")
        yield simulator


@asynccontextmanager
async def served(sim: SlackSimulator, app: App) -> AsyncIterator[None]:
    """A bare app behind the request URL."""
    server = web.Application()
    server.router.add_post("/slack/events", app)
    runner = web.AppRunner(server, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sim.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()


def test_the_signature_is_the_one_in_slacks_documentation() -> None:
    """docs.slack.dev/authentication/verifying-requests-from-slack."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
        b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
        b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
        b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signed = sign("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, body)
    assert signed["X-Slack-Signature"] == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


async def test_a_command_is_a_signed_form(sim: SlackSimulator) -> None:
    seen = []

    async def app(request: web.Request) -> web.Response:
        body = await request.read()
        verifier = SignatureVerifier(sim.workspace.signing_secret)
        assert verifier.is_valid_request(body, dict(request.headers))
        assert request.content_type == "application/x-www-form-urlencoded"
        assert request.headers["User-Agent"].startswith("Slackbot 1.0")
        seen.append({key: value[0] for key, value in parse_qs(body.decode(), keep_blank_values=True).items()})
        return web.Response()

    async with served(sim, app):
        assert (await sim.command("U0ANN", "C0OPS", "/flow", channel_name=None, team_id="T0FORGED")).ok
    [form] = seen
    assert (form["text"], form["team_id"], form["enterprise_id"]) == ("", "T0FORGED", "E0BIG")
    assert form["is_enterprise_install"] == "false"
    assert "channel_name" not in form
    assert "thread_ts" not in form


async def test_an_event_is_signed_json_and_says_when_it_is_a_retry(sim: SlackSimulator) -> None:
    seen = []

    async def app(request: web.Request) -> web.Response:
        assert SignatureVerifier(sim.workspace.signing_secret).is_valid_request(
            await request.read(), dict(request.headers)
        )
        seen.append((await request.json(), request.headers.get("X-Slack-Retry-Num")))
        return web.Response()

    async with served(sim, app):
        first = await sim.mention("U0ANN", "C0OPS", "hi")
        await sim.repeat(first, retry_num=1, retry_reason="http_timeout")
    assert [retry for _, retry in seen] == [None, "1"]
    assert seen[0][0]["event_id"] == seen[1][0]["event_id"]


async def test_an_app_that_does_not_ack_in_time_shows_an_error(sim: SlackSimulator) -> None:
    never = asyncio.Event()

    async def app(_: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    async with served(sim, app):
        delivery = await sim.command("U0ANN", "C0OPS", "/flow")
    assert (delivery.ok, delivery.status, delivery.error) == (False, None, "operation_timeout")
    assert delivery.seconds >= 0.2


async def test_an_app_that_is_not_there_or_fails_shows_another(sim: SlackSimulator) -> None:
    async def app(_: web.Request) -> web.Response:
        return web.Response(status=500, text="oops")

    async with served(sim, app):
        failed = await sim.command("U0ANN", "C0OPS", "/flow")
    assert (failed.status, failed.error) == (500, "dispatch_failed")
    assert (await sim.command("U0ANN", "C0OPS", "/flow")).error == "dispatch_failed"
    assert sim.messages == [], "an error page is no answer"


@pytest.mark.parametrize(
    ("ack", "shown", "error"),
    [
        ("", [], None),
        ("plain", ["plain"], None),
        ('{"text": "json"}', ["json"], None),
        ('{"blocks": 1}', [], "invalid_blocks_format"),
    ],
)
async def test_the_body_of_an_ack_is_a_message(
    sim: SlackSimulator, ack: str, shown: list[str], error: str | None
) -> None:
    async def app(_: web.Request) -> web.Response:
        return web.Response(text=ack)

    async with served(sim, app):
        delivery = await sim.command("U0ANN", "C0OPS", "/flow")
    assert ([each.text for each in sim.ephemeral_to("U0ANN")], delivery.error) == (shown, error)


async def test_bolt_refuses_what_slack_did_not_sign(sim: SlackSimulator) -> None:
    """Forged, stale and unsigned requests get a 401; the same, rightly signed, is taken as often as it comes."""
    client = AsyncWebClient(token=sim.workspace.bot_token, base_url=sim.api_url)
    bolt = AsyncApp(client=client, signing_secret=sim.workspace.signing_secret, process_before_response=True)
    texts: list[str] = []

    @bolt.command("/flow")
    async def on_command(ack: Callable[[], Awaitable[None]], body: dict[str, str]) -> None:
        texts.append(body["text"])
        await ack()

    form = {"command": "/flow", "text": "x", "user_id": "U0ANN", "team_id": sim.workspace.team_id}
    async with served(sim, bolt.server().handle_post_requests):
        refused = [
            await sim.deliver(form, signature="v0=" + "0" * 64),
            await sim.deliver(form, timestamp=1),
            await sim.deliver(form, headers={"X-Slack-Signature": None}),
        ]
        assert [each.status for each in refused] == [401, 401, 401]
        assert texts == []
        assert [(await sim.deliver(form)).status for _ in range(2)] == [200, 200]
        challenge = json.dumps({"type": "url_verification", "challenge": "c"})
        answer = await sim.deliver(challenge, headers={"Content-Type": "application/json"})
    assert texts == ["x", "x"]
    assert answer.json == {"challenge": "c"}
