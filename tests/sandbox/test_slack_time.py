"""What runs out and what may be used only so often: response_urls, triggers, views; with time as a value."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack import Message, SlackSimulator

MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [{"type": "divider"}]}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


class Clock:
    """Stands still until it is told."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Of the simulator."""
    return Clock()


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[SlackSimulator]:
    """A private channel without the bot, where a response_url works all the same."""
    async with SlackSimulator(clock=clock) as simulator:
        simulator.add_user("U0ANN", "ann")
        simulator.add_channel("G0OPS", "ops", private=True, bot_is_member=False)
        yield simulator


@pytest.fixture
def client(sim: SlackSimulator) -> AsyncWebClient:
    """Slack's client."""
    return AsyncWebClient(token=sim.workspace.bot_token, base_url=sim.api_url)


async def send(sim: SlackSimulator, url: str, **message: Any) -> tuple[int, str]:  # noqa: ANN401 - Slack's own
    """Posts to a response_url with Slack's client."""
    answer = await AsyncWebhookClient(url).send(**({"text": "x"} | message))
    assert sim.calls[-1].method == "response_url"
    return answer.status_code, answer.body


async def command_url(sim: SlackSimulator) -> str:
    """The response_url of a command; that nobody hears the command is beside the point."""
    return (await sim.command("U0ANN", "G0OPS", "/flow")).response_url or ""


async def clicked(sim: SlackSimulator, *, ephemeral: bool) -> tuple[Message, str]:
    """A message that was clicked in, and the response_url of the click."""
    message = sim.world.post(
        "G0OPS", sim.workspace.bot_user_id, "api", {"text": "card"}, "U0ANN" if ephemeral else None
    )
    return message, (await sim.forge_click("U0ANN", message, "go", "1")).response_url or ""


def refusal(caught: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(caught.value.response["error"])


async def test_timestamps_always_grow(sim: SlackSimulator) -> None:
    stamps = [sim.world.post("G0OPS", "U0ANN", "person", {"text": "x"}).ts for _ in range(20)]
    assert stamps == sorted(set(stamps))


async def test_a_response_url_works_five_times(sim: SlackSimulator) -> None:
    url = await command_url(sim)
    assert [await send(sim, url) for _ in range(5)] == [(200, "ok")] * 5
    assert await send(sim, url) == (404, '{"ok": false, "error": "used_url"}')
    assert len(sim.ephemeral_to("U0ANN")) == 5


async def test_a_response_url_works_for_half_an_hour(sim: SlackSimulator, clock: Clock) -> None:
    url = await command_url(sim)
    clock.now += 1800
    assert (await send(sim, url))[0] == 200
    clock.now += 1
    assert await send(sim, url) == (404, '{"ok": false, "error": "expired_url"}')


async def test_a_response_url_refuses_what_is_no_message(sim: SlackSimulator) -> None:
    url = await command_url(sim)
    assert await send(sim, url, text=None) == (400, '{"ok": false, "error": "no_text"}')
    status, body = await send(sim, url, blocks=[{"type": "section"}])
    assert (status, "invalid_blocks" in body, sim.messages) == (400, True, [])


async def test_the_answer_to_a_command_may_be_for_all(sim: SlackSimulator) -> None:
    await send(sim, await command_url(sim), text="all", response_type="in_channel", replace_original=True)
    assert [each.text for each in sim.in_channel("G0OPS")] == ["all"]


async def test_a_click_may_replace_or_delete_its_message(sim: SlackSimulator) -> None:
    message, url = await clicked(sim, ephemeral=False)
    await send(sim, url, text="changed", replace_original=True)
    assert [each.text for each in sim.in_channel("G0OPS")] == ["changed"]
    await send(sim, url, delete_original=True)
    assert message.deleted
    assert (await send(sim, url, replace_original=True))[0] == 400


async def test_an_ephemeral_message_stays_ephemeral(sim: SlackSimulator) -> None:
    _, url = await clicked(sim, ephemeral=True)
    await send(sim, url, text="changed", replace_original=True, response_type="in_channel")
    assert ([each.text for each in sim.ephemeral_to("U0ANN")], sim.in_channel("G0OPS")) == (["changed"], [])


async def test_a_trigger_works_once_and_for_three_seconds(
    sim: SlackSimulator, client: AsyncWebClient, clock: Clock
) -> None:
    first, second = [(await sim.command("U0ANN", "G0OPS", "/flow")).trigger_id or "" for _ in range(2)]
    clock.now += 3
    await client.views_open(trigger_id=first, view=MODAL)
    clock.now += 1
    for trigger, error in ((first, "exchanged"), (second, "expired"), ("1.2.3", "invalid")):
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=MODAL)
        assert refusal(caught) == f"{error}_trigger_id"


async def test_no_more_than_three_modals_are_stacked(sim: SlackSimulator, client: AsyncWebClient) -> None:
    trigger = sim.world.new_trigger("U0ANN")
    with pytest.raises(SlackApiError) as caught:
        await client.views_push(trigger_id=trigger, view=MODAL)
    assert refusal(caught) == "not_found", "there is nothing to push onto"
    await client.views_open(trigger_id=sim.world.new_trigger("U0ANN"), view=MODAL)
    for _ in range(2):
        await client.views_push(trigger_id=sim.world.new_trigger("U0ANN", sim.views["U0ANN"][-1]), view=MODAL)
    with pytest.raises(SlackApiError) as caught:
        await client.views_push(trigger_id=sim.world.new_trigger("U0ANN", sim.views["U0ANN"][-1]), view=MODAL)
    assert (refusal(caught), len(sim.views["U0ANN"])) == ("push_limit_reached", 3)


async def test_an_old_hash_cannot_change_a_view(sim: SlackSimulator, client: AsyncWebClient) -> None:
    opened = (await client.views_open(trigger_id=sim.world.new_trigger("U0ANN"), view=MODAL))["view"]
    await client.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    with pytest.raises(SlackApiError) as caught:
        await client.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert refusal(caught) == "hash_conflict"
    await sim.close(sim.views["U0ANN"][0])
    with pytest.raises(SlackApiError) as caught:
        await client.views_update(view_id=opened["id"], view=MODAL)
    assert refusal(caught) == "not_found"


async def test_a_home_tab_is_replaced_under_its_hash(sim: SlackSimulator, client: AsyncWebClient) -> None:
    first = (await client.views_publish(user_id="U0ANN", view=HOME))["view"]
    await client.views_publish(user_id="U0ANN", view=HOME, hash=first["hash"])
    with pytest.raises(SlackApiError) as caught:
        await client.views_publish(user_id="U0ANN", view=HOME, hash=first["hash"])
    assert (refusal(caught), sim.homes["U0ANN"].id) == ("hash_conflict", first["id"])
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.views_publish(user_id="U0ANN", view=MODAL)


async def test_what_is_typed_survives_an_update(sim: SlackSimulator, client: AsyncWebClient) -> None:
    """As long as block_id and action_id stay the same."""
    element = {"type": "plain_text_input", "action_id": "a"}
    block = {"type": "input", "block_id": "b", "label": MODAL["title"], "element": element}
    form = {**MODAL, "submit": MODAL["title"], "blocks": [block]}
    await client.views_open(trigger_id=sim.world.new_trigger("U0ANN"), view=form)
    [view] = sim.views["U0ANN"]
    await sim.submit(view, {"b": "typed"})
    await client.views_update(view_id=view.id, view=form)
    assert view.state["b"]["a"]["value"] == "typed"
    await client.views_update(view_id=view.id, view={**form, "blocks": [{**block, "block_id": "c"}]})
    assert view.state["c"]["a"]["value"] is None
