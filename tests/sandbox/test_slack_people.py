"""People and a real Bolt app: what they do reaches its listeners, and what it answers reaches their screens.

Everything runs twice, over signed HTTP and over Socket Mode.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ImpossibleError, SlackSimulator

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(action_id: str, value: str, block_id: str = "row") -> Json:
    element = {"type": "button", "action_id": action_id, "text": plain(action_id), "value": value}
    return {"type": "actions", "block_id": block_id, "elements": [element]}


def field(block_id: str, element: Json, *, optional: bool = False) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, "optional": optional}


WORDS = {"type": "plain_text_input", "action_id": "words", "max_length": 5}
COLOUR = {
    "type": "static_select",
    "action_id": "colour",
    "options": [{"text": plain(each), "value": each} for each in ("red", "blue")],
}
FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Form"),
    "submit": plain("Go"),
    "notify_on_close": True,
    "blocks": [field("why", WORDS), field("which", COLOUR, optional=True), button("more", "1")],
}


class Heard(list[Json]):
    """What the app's listeners got."""

    @property
    def last(self) -> Json:
        """The latest body."""
        return self[-1]


def make_app(sim: SlackSimulator, heard: Heard) -> AsyncApp:  # noqa: C901 - one small listener after the other
    """A Bolt app that answers each kind of thing in the plainest way."""
    client = AsyncWebClient(token=sim.workspace.bot_token, base_url=sim.api_url)
    app = AsyncApp(client=client, signing_secret=sim.workspace.signing_secret, process_before_response=True)

    @app.command("/flow")
    async def on_command(ack: Any, body: Json, respond: Any) -> None:  # noqa: ANN401
        heard.append(body)
        match body["text"]:
            case "form":
                await client.views_open(trigger_id=body["trigger_id"], view=FORM)
                await ack()
            case "public":
                await ack(text="for all", response_type="in_channel")
            case "later":
                await respond(text="by url", blocks=[button("approve", "42")])
                await ack()
            case _:
                await ack(f"heard {body['text']}")

    @app.action("approve")
    async def on_approve(ack: Any, body: Json, respond: Any) -> None:  # noqa: ANN401
        heard.append(body)
        await respond(text="approved", replace_original=True)
        await ack()

    @app.action("more")
    async def on_more(ack: Any, body: Json) -> None:  # noqa: ANN401
        heard.append(body)
        await client.views_push(trigger_id=body["trigger_id"], view={**FORM, "callback_id": "second"})
        await ack()

    @app.view("form")
    async def on_submit(ack: Any, body: Json) -> None:  # noqa: ANN401
        heard.append(body)
        if body["view"]["state"]["values"]["why"]["words"]["value"] == "bad":
            await ack(response_action="errors", errors={"why": "Not that."})
        else:
            await ack()

    @app.view_closed("form")
    @app.event("app_mention")
    @app.event("message")
    async def on_other(ack: Any, body: Json) -> None:  # noqa: ANN401
        heard.append(body)
        await ack()

    @app.event("app_home_opened")
    async def on_home(body: Json) -> None:
        await client.views_publish(
            user_id=body["event"]["user"], view={"type": "home", "blocks": [button("more", "1")]}
        )

    @app.options("find")
    async def on_options(ack: Any, body: Json) -> None:  # noqa: ANN401
        await ack(options=[{"text": plain(body["value"]), "value": body["value"]}])

    return app


@asynccontextmanager
async def over_http(sim: SlackSimulator, app: AsyncApp) -> AsyncIterator[None]:
    """The app behind a request URL, with signatures checked."""
    runner = web.AppRunner(app.web_app(path="/slack/events", port=0))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sim.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def over_socket(sim: SlackSimulator, app: AsyncApp) -> AsyncIterator[None]:
    """The app on a websocket."""
    handler = AsyncSocketModeHandler(app, sim.workspace.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await sim.wait_for(lambda: sim.connections)
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
def heard() -> Heard:
    """Filled by the app."""
    return Heard()


@pytest.fixture(params=[over_http, over_socket])
async def sim(request: pytest.FixtureRequest, heard: Heard) -> AsyncIterator[SlackSimulator]:
    """A workspace with the app in it."""
    async with SlackSimulator() as simulator:
        simulator.add_user("U0ANN", "ann")
        simulator.add_user("U0BOB", "bob", team_id="T0OTHER", is_stranger=True)
        simulator.add_channel("C0OPS", "ops")
        async with request.param(simulator, make_app(simulator, heard)):
            yield simulator


async def test_a_command_arrives_escaped_and_its_ack_is_ephemeral(sim: SlackSimulator, heard: Heard) -> None:
    delivery = await sim.command("U0ANN", "C0OPS", "/flow give @bob #ops a -> b")
    expected = {"command": "/flow", "text": "give <@U0BOB> <#C0OPS|ops> a -&gt; b", "user_id": "U0ANN"}
    assert expected.items() <= heard.last.items()
    assert (delivery.status, delivery.ok, delivery.response_url) == (200, True, heard.last["response_url"])
    [shown] = sim.ephemeral_to("U0ANN")
    assert (shown.text, shown.via, sim.in_channel("C0OPS")) == (f"heard {expected['text']}", "ack", [])


async def test_an_ack_for_the_channel_shows_the_command_too(sim: SlackSimulator) -> None:
    await sim.command("U0ANN", "C0OPS", "/flow public")
    assert [(each.user, each.text) for each in sim.in_channel("C0OPS")] == [
        (sim.workspace.bot_user_id, "for all"),
        ("U0ANN", "/flow public"),
    ]


async def test_a_click_in_an_ephemeral_answer_replaces_it(sim: SlackSimulator, heard: Heard) -> None:
    await sim.command("U0ANN", "C0OPS", "/flow later")
    [answer] = sim.ephemeral_to("U0ANN")
    assert answer.via == "response_url"
    await sim.click("U0ANN", answer, "approve")
    assert heard.last["container"] == {
        "type": "message", "message_ts": answer.ts, "channel_id": "C0OPS", "is_ephemeral": True,
    }  # fmt: skip
    assert "message" not in heard.last
    assert [(each.text, each.edits) for each in sim.ephemeral_to("U0ANN")] == [("approved", 1)]
    with pytest.raises(ImpossibleError, match="0 elements are approve"):
        await sim.click("U0ANN", answer, "approve")


async def test_a_click_carries_who_where_and_what(sim: SlackSimulator, heard: Heard) -> None:
    message = sim.world.post("C0OPS", sim.workspace.bot_user_id, "api", {"blocks": [button("approve", "42")]})
    await sim.click("U0BOB", message, "approve", team={"id": "T0FORGED"})
    body = heard.last
    assert body["user"] == {"id": "U0BOB", "username": "bob", "name": "bob", "team_id": "T0OTHER"}
    assert (body["message"]["ts"], body["channel"]["id"], body["team"]["id"]) == (message.ts, "C0OPS", "T0FORGED")
    [action] = body["actions"]
    assert {"action_id": "approve", "block_id": "row", "value": "42", "type": "button"}.items() <= action.items()


async def test_a_forged_click_needs_no_button(sim: SlackSimulator, heard: Heard) -> None:
    message = sim.world.post("C0OPS", sim.workspace.bot_user_id, "api", {"text": "done, no buttons"})
    assert (await sim.forge_click("U0ANN", message, "approve", "42")).ok
    assert heard.last["actions"][0]["value"] == "42"


async def test_nobody_clicks_what_they_do_not_see(sim: SlackSimulator, heard: Heard) -> None:
    await sim.command("U0ANN", "C0OPS", "/flow later")
    with pytest.raises(ImpossibleError, match="U0BOB does not see"):
        await sim.click("U0BOB", sim.ephemeral_to("U0ANN")[0], "approve")
    assert [body.get("command") for body in heard] == ["/flow"]


async def test_a_form_is_opened_filled_refused_and_accepted(sim: SlackSimulator, heard: Heard) -> None:
    await sim.command("U0ANN", "C0OPS", "/flow form")
    [form] = sim.views["U0ANN"]
    refused = await sim.submit(form, {"why": "bad", "colour": "blue"})
    assert refused.json == {"response_action": "errors", "errors": {"why": "Not that."}}
    values = heard.last["view"]["state"]["values"]
    assert values["which"]["colour"]["selected_option"]["value"] == "blue"
    assert sim.views == {"U0ANN": [form]}, "it stays open, with what was typed"
    await sim.submit(form, {"words": "good"})
    assert heard.last["view"]["state"]["values"]["which"] == values["which"]
    assert sim.views == {}


@pytest.mark.parametrize("values", [{}, {"why": "too long"}, {"why": "ok", "which": "green"}, {"why": "ok", "no": "x"}])
async def test_a_form_cannot_be_filled_wrongly(sim: SlackSimulator, heard: Heard, values: Json) -> None:
    """Slack's client checks before it sends."""
    await sim.command("U0ANN", "C0OPS", "/flow form")
    with pytest.raises(ImpossibleError):
        await sim.submit(sim.views["U0ANN"][0], values)
    assert len(heard) == 1


async def test_forms_are_stacked_and_closed(sim: SlackSimulator, heard: Heard) -> None:
    await sim.command("U0ANN", "C0OPS", "/flow form")
    await sim.click("U0ANN", sim.views["U0ANN"][0], "more")
    first, second = sim.views["U0ANN"]
    assert (second.previous_id, second.root_id) == (first.id, first.id)
    assert "response_url" not in heard.last
    with pytest.raises(ImpossibleError):
        await sim.submit(first, {"why": "x"})
    sim.world.close(second)
    await sim.close(first)
    assert (heard.last["type"], heard.last["is_cleared"], sim.views) == ("view_closed", False, {})


async def test_opening_the_home_tab_lets_the_app_fill_it(sim: SlackSimulator) -> None:
    assert (await sim.open_home("U0ANN")).ok
    assert sim.homes["U0ANN"].find("more")


async def test_messages_and_mentions_are_heard(sim: SlackSimulator, heard: Heard) -> None:
    await sim.mention("U0ANN", "C0OPS", "show a -> b")
    assert heard.last["event"]["text"] == f"<@{sim.workspace.bot_user_id}> show a -&gt; b"
    sent = await sim.say("U0ANN", sim.world.direct("U0ANN").id, "hello")
    assert (heard.last["event"]["channel_type"], heard.last["event"]["text"]) == ("im", "hello")
    await sim.repeat(sent, retry_num=1, retry_reason="http_timeout")
    assert heard[-1]["event_id"] == heard[-2]["event_id"], "a retry is the same event"


async def test_suggestions_come_from_the_app(sim: SlackSimulator) -> None:
    select = {"type": "external_select", "action_id": "find"}
    message = sim.world.post(
        "C0OPS", sim.workspace.bot_user_id, "api", {"blocks": [{"type": "actions", "elements": [select]}]}
    )
    delivery = await sim.suggest("U0ANN", message, "find", "kafka")
    assert delivery.json == {"options": [{"text": plain("kafka"), "value": "kafka"}]}
    assert (await sim.suggest("U0ANN", message, "find", "k" * 76)).error == "invalid_options"
