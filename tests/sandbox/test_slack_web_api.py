"""The simulator's Web API, called by Slack's own Python client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSimulator

HEADER = {"type": "header", "text": {"type": "plain_text", "text": "Hello"}}
TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "c"}]]}


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    """Three people and one channel of each kind."""
    async with SlackSimulator() as simulator:
        simulator.add_user("U0ANN", "ann", real_name="Ann", tz="Europe/Helsinki", tz_offset=7200)
        simulator.add_user("U0BOB", "bob", is_restricted=True)
        simulator.add_user("U0GONE", "gone", deleted=True)
        simulator.add_channel("C0OPS", "ops")
        simulator.add_channel("C0ELSE", "else", bot_is_member=False)
        simulator.add_channel("C0OLD", "old", archived=True)
        simulator.add_channel("G0SECRET", "secret", private=True, bot_is_member=False)
        simulator.add_usergroup("S0ONCALL", "oncall", ["U0ANN"])
        yield simulator


@pytest.fixture
def client(sim: SlackSimulator) -> AsyncWebClient:
    """Slack's client, which tries once."""
    return AsyncWebClient(token=sim.workspace.bot_token, base_url=sim.api_url, retry_handlers=[])


async def refusal(client: AsyncWebClient, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - Slack's own
    """The answer to a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=arguments)
    return dict(caught.value.response.data)


async def test_the_token_says_who_the_app_is(sim: SlackSimulator, client: AsyncWebClient) -> None:
    own = await client.auth_test()
    assert (own["team_id"], own["user_id"]) == (sim.workspace.team_id, sim.workspace.bot_user_id)
    assert own["is_enterprise_install"] is False


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", "xoxb-other", "invalid_auth"),
        ("auth.test", "", "not_authed"),
        ("auth.test", "xapp-simulator", "not_allowed_token_type"),
        ("apps.connections.open", "xoxb-simulator", "not_allowed_token_type"),
        ("no.such", "xoxb-simulator", "unknown_method"),
    ],
)
async def test_a_wrong_token_or_method_is_refused(sim: SlackSimulator, method: str, token: str, error: str) -> None:
    client = AsyncWebClient(token=token, base_url=sim.api_url)
    assert (await refusal(client, method))["error"] == error
    assert [(call.method, call.ok, call.error) for call in sim.calls] == [(method, False, error)]


async def test_blocks_may_come_as_json_or_as_a_string_in_a_form(sim: SlackSimulator, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="C0OPS", text="as JSON", blocks=[HEADER])
    await client.api_call(
        "chat.postMessage", params={"channel": "C0OPS", "text": "form", "blocks": json.dumps([HEADER])}
    )
    assert [message.blocks[0]["text"] for message in sim.in_channel("C0OPS")] == [HEADER["text"]] * 2
    assert all(message.blocks[0]["block_id"] for message in sim.messages), "Slack invents missing ids"


async def test_the_token_may_come_in_a_form_but_is_never_logged(sim: SlackSimulator) -> None:
    form = {"token": sim.workspace.bot_token, "user": "U0ANN"}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{sim.api_url}users.info", data=form) as answer:
            assert (await answer.json())["user"]["name"] == "ann"
        async with session.post(f"{sim.api_url}users.info", json=form) as answer:
            assert (await answer.json())["error"] == "not_authed", "in JSON it does not count"
    assert [call.arguments for call in sim.calls] == [{"user": "U0ANN"}] * 2


async def test_a_message_is_posted_changed_and_deleted(sim: SlackSimulator, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0OPS", text="one", blocks=[HEADER])
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    await client.chat_update(**where, text="two")
    [message] = sim.in_channel("C0OPS")
    assert (message.text, message.blocks, message.edits) == ("two", [], 1), "an update without blocks removes them"
    await client.chat_delete(**where)
    assert sim.in_channel("C0OPS") == []
    assert (await refusal(client, "chat.update", **where, text="three"))["error"] == "message_not_found"


async def test_a_post_to_a_user_opens_the_direct_message(sim: SlackSimulator, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="U0ANN", text="psst")
    opened = await client.conversations_open(users="U0ANN")
    assert posted["channel"] == opened["channel"]["id"] == sim.dms("U0ANN")[0].channel
    assert posted["channel"].startswith("D")
    wrong = await refusal(client, "chat.update", channel="U0ANN", ts=posted["ts"], text="x")
    assert wrong["error"] == "channel_not_found", "an update wants the D… id"


async def test_threads_hang_on_their_parent(sim: SlackSimulator, client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel="C0OPS", text="parent"))["ts"]
    reply = await client.chat_postMessage(channel="C0OPS", text="reply", thread_ts=parent)
    assert sim.messages[1].thread_ts == reply["message"]["thread_ts"] == parent
    wrong = await refusal(client, "chat.postMessage", channel="C0OPS", text="x", thread_ts=reply["ts"])
    assert wrong["error"] == "thread_not_found"
    link = await client.chat_getPermalink(channel="C0OPS", message_ts=reply["ts"])
    assert f"archives/C0OPS/p{reply['ts'].replace('.', '')}?thread_ts={parent}" in link["permalink"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ({"channel": "G0SECRET", "text": "x"}, "channel_not_found"),
        ({"channel": "C0ELSE", "text": "x"}, "not_in_channel"),
        ({"channel": "C0OLD", "text": "x"}, "is_archived"),
        ({"channel": "U0GONE", "text": "x"}, "user_disabled"),
        ({"channel": "C0OPS"}, "no_text"),
        ({"channel": "C0OPS", "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": "C0OPS", "blocks": [TABLE, TABLE]}, "invalid_attachments"),
        ({"channel": "C0OPS", "blocks": [HEADER], "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": "C0OPS", "blocks": [{"type": "markdown", "text": "m" * 11_999}, HEADER]}, "msg_blocks_too_long"),
    ],
)
async def test_posts_are_refused_as_slack_refuses_them(
    client: AsyncWebClient, sim: SlackSimulator, arguments: dict[str, Any], error: str
) -> None:
    assert (await refusal(client, "chat.postMessage", **arguments))["error"] == error
    assert sim.messages == []


async def test_invalid_blocks_come_with_details(client: AsyncWebClient) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}]
    answer = await refusal(client, "chat.postMessage", channel="C0OPS", text="x", blocks=blocks)
    detail = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert answer["error"] == "invalid_blocks"
    assert detail in answer["errors"]
    assert f"[ERROR] {detail}" in answer["response_metadata"]["messages"]


async def test_a_long_text_is_cut_in_a_post_and_refused_in_an_update(
    sim: SlackSimulator, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0OPS", text="x" * 40_001)
    assert len(sim.messages[0].text) == 40_000
    update = {"channel": "C0OPS", "ts": posted["ts"]}
    await client.chat_update(**update, text="y" * 4000)
    assert (await refusal(client, "chat.update", **update, text="y" * 4001))["error"] == "msg_too_long"


async def test_only_own_messages_can_be_changed(sim: SlackSimulator, client: AsyncWebClient) -> None:
    theirs = {"channel": "C0OPS", "ts": sim.world.post("C0OPS", "U0ANN", "person", {"text": "mine"}).ts}
    assert (await refusal(client, "chat.update", **theirs, text="x"))["error"] == "cant_update_message"
    assert (await refusal(client, "chat.delete", **theirs))["error"] == "cant_delete_message"


async def test_an_ephemeral_message_reaches_only_members_and_cannot_be_changed(
    sim: SlackSimulator, client: AsyncWebClient
) -> None:
    shown = await client.chat_postEphemeral(channel="C0OPS", user="U0ANN", text="you only")
    assert [each.text for each in sim.ephemeral_to("U0ANN")] == ["you only"]
    assert sim.in_channel("C0OPS") == []
    wrong = await refusal(client, "chat.update", channel="C0OPS", ts=shown["message_ts"], text="x")
    assert wrong["error"] == "message_not_found"
    sim.add_user("U0LATE", "late")
    for user in ("U0NOBODY", "U0GONE", "U0LATE"):
        wrong = await refusal(client, "chat.postEphemeral", channel="C0OPS", user=user, text="x")
        assert wrong["error"] == "user_not_in_channel"


async def test_people_have_flags(sim: SlackSimulator, client: AsyncWebClient) -> None:
    sim.add_user("U0EVE", "eve", team_id="T0OTHER", is_stranger=True)
    users = {name: (await client.users_info(user=name))["user"] for name in ("U0ANN", "U0BOB", "U0GONE", "U0EVE")}
    assert users["U0ANN"]["tz"] == "Europe/Helsinki"
    assert users["U0BOB"]["is_restricted"]
    assert users["U0GONE"]["deleted"]
    assert "is_restricted" not in users["U0GONE"], "of those who left Slack tells less"
    assert (users["U0EVE"]["team_id"], users["U0EVE"]["is_stranger"]) == ("T0OTHER", True)
    assert "is_stranger" not in users["U0ANN"]
    assert (await client.users_info(user="USLACKBOT"))["user"]["is_bot"] is False, "as in the real Slack"
    assert (await refusal(client, "users.info", user="U0NOBODY"))["error"] == "user_not_found"


async def test_channels_and_their_members_page_by_page(sim: SlackSimulator, client: AsyncWebClient) -> None:
    sim.add_channel("C0WIDE", "wide", members=["U0ANN", "U0BOB"], is_ext_shared=True)
    channel = (await client.conversations_info(channel="C0WIDE", include_num_members=True))["channel"]
    assert (channel["is_ext_shared"], channel["is_member"], channel["num_members"]) == (True, True, 3)
    pages = [page["members"] async for page in await client.conversations_members(channel="C0WIDE", limit=2)]
    assert [len(page) for page in pages] == [2, 1]
    assert {name for page in pages for name in page} == {"U0ANN", "U0BOB", sim.workspace.bot_user_id}
    assert (await refusal(client, "conversations.info", channel="G0SECRET"))["error"] == "channel_not_found"


async def test_groups_have_handles_and_members(client: AsyncWebClient) -> None:
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    assert [(group["id"], group["handle"], group["users"]) for group in groups] == [("S0ONCALL", "oncall", ["U0ANN"])]
    assert (await client.usergroups_users_list(usergroup="S0ONCALL"))["users"] == ["U0ANN"]
    assert (await refusal(client, "usergroups.users.list", usergroup="S0NONE"))["error"] == "no_such_subteam"


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("", "users_list_not_supplied"),
        ("U0NOBODY", "user_not_found"),
        ("U0GONE", "user_disabled"),
        ("USLACKBOT", "cannot_dm_bot"),
        (",".join(["U0ANN"] * 9), "too_many_users"),
    ],
)
async def test_direct_messages_are_for_living_people(client: AsyncWebClient, users: str, error: str) -> None:
    assert (await refusal(client, "conversations.open", users=users))["error"] == error


async def test_a_message_in_an_archived_channel_stays_as_it_is(sim: SlackSimulator, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="C0OPS", text="x")
    sim.world.channels["C0OPS"].archived = True
    assert (await refusal(client, "chat.update", channel="C0OPS", ts=posted["ts"], text="y"))["error"] == "is_inactive"


async def test_the_scope_to_post_anywhere_spares_membership_of_public_channels() -> None:
    async with SlackSimulator(posts_anywhere=True) as sim:
        client = AsyncWebClient(token=sim.workspace.bot_token, base_url=sim.api_url)
        sim.add_channel("C0ELSE", "else", bot_is_member=False)
        sim.add_channel("G0SECRET", "secret", private=True, bot_is_member=False)
        assert (await client.chat_postMessage(channel="C0ELSE", text="x"))["ok"]
        assert (await refusal(client, "chat.postMessage", channel="G0SECRET", text="x"))["error"] == "channel_not_found"
