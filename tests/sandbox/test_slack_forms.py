"""What the app's acks do to forms, and what choosing, typing and shortcuts send; the app only repeats one answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox.slack import ImpossibleError, Message, SlackSimulator, View

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


OPTIONS = [{"text": plain(each), "value": each} for each in ("red", "blue")]
WHY = {"type": "input", "block_id": "why", "label": plain("Why"), "element": {"type": "plain_text_input"}}
FORM = {"type": "modal", "title": plain("One"), "submit": plain("Go"), "blocks": [WHY]}
TWO = {**FORM, "title": plain("Two")}
CHOICES = [
    {"type": "static_select", "action_id": "static", "options": OPTIONS},
    {"type": "static_select", "action_id": "grouped", "option_groups": [{"label": plain("g"), "options": OPTIONS}]},
    {"type": "radio_buttons", "action_id": "radio", "options": OPTIONS},
    {"type": "checkboxes", "action_id": "boxes", "options": OPTIONS},
    {"type": "users_select", "action_id": "who"},
    {"type": "overflow", "action_id": "more", "options": OPTIONS},
    {"type": "button", "action_id": "vote", "text": plain("yes"), "value": "yes"},
]


class App:
    """Answers everything with `answer` and keeps what it got."""

    answer: Json | None = None
    got: Json

    async def __call__(self, request: web.Request) -> web.Response:
        """One request."""
        self.got = json.loads(str((await request.post())["payload"]))
        return web.json_response(self.answer) if self.answer else web.Response()


@pytest.fixture
def app() -> App:
    """Acks with nothing unless told otherwise."""
    return App()


@pytest.fixture
async def sim(app: App) -> AsyncIterator[SlackSimulator]:
    """A workspace of an enterprise, with the app behind a URL."""
    server = web.Application()
    server.router.add_post("/", app.__call__)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with SlackSimulator(events_url=url, enterprise_id="E0BIG") as simulator:
        simulator.add_user("U0ANN", "ann")
        simulator.add_channel("C0OPS", "ops")
        yield simulator
    await runner.cleanup()


@pytest.fixture
def form(sim: SlackSimulator) -> View:
    """An open modal."""
    sim._views.open({"trigger_id": sim.world.new_trigger("U0ANN"), "view": FORM})
    return sim.views["U0ANN"][0]


@pytest.fixture
def card(sim: SlackSimulator) -> Message:
    """A message with one of each choice."""
    blocks = [{"type": "actions", "block_id": "row", "elements": CHOICES}]
    return sim.world.post("C0OPS", sim.workspace.bot_user_id, "api", {"text": "card", "blocks": blocks})


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (None, ([], None)),
        ({"response_action": "clear"}, ([], None)),
        ({"response_action": "update", "view": TWO}, (["Two"], None)),
        ({"response_action": "push", "view": TWO}, (["One", "Two"], None)),
        ({"response_action": "errors", "errors": {"why": "No."}}, (["One"], None)),
        ({"response_action": "errors", "errors": {"other": "No."}}, (["One"], "invalid_errors")),
        ({"response_action": "update", "view": {}}, (["One"], "invalid_arguments")),
        ({"response_action": "explode"}, (["One"], "invalid_response_action")),
    ],
)
async def test_the_ack_of_a_submission_says_what_becomes_of_the_form(
    sim: SlackSimulator, app: App, form: View, answer: Json | None, outcome: tuple[list[str], str | None]
) -> None:
    app.answer = answer
    delivery = await sim.submit(form, {"why": "because"})
    assert ([view.title for view in sim.views.get("U0ANN", [])], delivery.error) == outcome
    assert (app.got["type"], app.got["enterprise"]["id"]) == ("view_submission", "E0BIG")


async def test_clear_closes_the_whole_stack(sim: SlackSimulator, app: App, form: View) -> None:
    app.answer = {"response_action": "push", "view": TWO}
    await sim.submit(form, {"why": "x"})
    app.answer = {"response_action": "clear"}
    await sim.submit(sim.views["U0ANN"][-1], {"why": "x"})
    assert sim.views == {}


async def test_an_empty_field_stops_the_submission(sim: SlackSimulator, form: View) -> None:
    with pytest.raises(ImpossibleError, match="wants why"):
        await sim.submit(form)


async def test_a_form_that_does_not_ask_for_it_closes_silently(sim: SlackSimulator, form: View) -> None:
    assert await sim.close(form) is None
    assert sim.views == {}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (("static", "blue"), {"selected_option": OPTIONS[1]}),
        (("grouped", "red"), {"selected_option": OPTIONS[0]}),
        (("radio", "red"), {"selected_option": OPTIONS[0]}),
        (("boxes", ["red", "blue"]), {"selected_options": OPTIONS}),
        (("who", "U0ANN"), {"selected_user": "U0ANN"}),
    ],
)
async def test_a_choice_is_sent_and_stays(
    sim: SlackSimulator, app: App, card: Message, choice: tuple[str, str | list[str]], sent: Json
) -> None:
    action_id, value = choice
    await sim.click("U0ANN", card, action_id, value)
    assert sent.items() <= app.got["actions"][0].items()
    await sim.click("U0ANN", card, "vote")
    assert sent.items() <= app.got["state"]["values"]["row"][action_id].items()


async def test_an_overflow_menu_sends_its_option_and_keeps_nothing(
    sim: SlackSimulator, app: App, card: Message
) -> None:
    await sim.click("U0ANN", card, "more", "red")
    assert app.got["actions"][0]["selected_option"] == OPTIONS[0]
    assert "more" not in app.got["state"]["values"]["row"]


@pytest.mark.parametrize(("action_id", "value"), [("static", "green"), ("vote", "no"), ("gone", None)])
async def test_what_is_not_offered_cannot_be_chosen(
    sim: SlackSimulator, card: Message, action_id: str, value: str | None
) -> None:
    with pytest.raises(ImpossibleError):
        await sim.click("U0ANN", card, action_id, value)


async def test_shortcuts_know_their_message_or_none(sim: SlackSimulator, app: App, card: Message) -> None:
    await sim.shortcut("U0ANN", "ask")
    assert (app.got["type"], app.got["callback_id"], "response_url" in app.got) == ("shortcut", "ask", False)
    delivery = await sim.shortcut("U0ANN", "ask", card)
    assert (app.got["type"], app.got["message"]["ts"]) == ("message_action", card.ts)
    assert app.got["response_url"] == delivery.response_url


async def test_unknown_people_and_places_do_nothing(sim: SlackSimulator) -> None:
    with pytest.raises(ImpossibleError, match="no user U0NOBODY"):
        await sim.command("U0NOBODY", "C0OPS", "/flow")
    with pytest.raises(ImpossibleError, match="no channel C0NONE"):
        await sim.command("U0ANN", "C0NONE", "/flow")


async def test_a_deleted_message_has_no_buttons(sim: SlackSimulator, card: Message) -> None:
    card.deleted = True
    with pytest.raises(ImpossibleError, match="does not see"):
        await sim.click("U0ANN", card, "vote")
