"""Bad input gets a short clear answer, to that person only; nothing is lost and nothing half done."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.sandbox.slack.delivery import sign
from tests.stage import ADMIN, ANN, BOB, EVE, OPS, Stage


@pytest.mark.parametrize(("text", "words"), [
    ("exctly-once on kafka-eu -> kafka-us", "Did you mean `exactly-once`?"),
    ("update kafka-eu -> kafka-us exactly-onec=on", "/flow update kafka-eu -> kafka-us exactly-once=on"),
    ("update kafka-eu -> kafka-us exactly-once=perhaps", "exactly-once takes on or off, not “perhaps”"),
    ("update kafka-eu -> kafka-us", "What should change?"),
    ("exactly-once on kafka-eu -> kafka-uz", "Did you mean kafka-eu -> kafka-us?"),
    ("create kafka-eu -> kafka-aq", "Did you mean `kafka-ap`?"),
    ("create kafka-eu-prod -> kafka-us", "flows name its alias, which is `kafka-eu`"),
    ("create kafka-eu -> kafka-us", "exists already"),
    ("show kafka-eu -> kafka-us --service mm2-ue", "Did you mean mm2-eu?"),
    ("show kafka-eu -> kafka-us --service kafka-eu-prod", "is a kafka service"),
    ("list nothing/at-all", "I cannot show nothing/at-all"),
    ("role grant @bob owner on acme-prod/*", "There is no role owner"),
    ("role grant @bob admin on *", "I cannot grant admin on *"),
    ("role revoke @bob approver on acme-prod/*", "I cannot revoke approver"),
    ("show \x07 -> b", "U+0007"),
    ("create a -> b topics=" + "x" * 100_000, "100,024 characters"),
], ids=lambda text: text[:40])  # fmt: skip
async def test_a_mistake_is_answered_kindly(stage: Stage, text: str, words: str) -> None:
    posted = len(stage.slack.in_channel(OPS))
    await stage.type(ANN, text, words)
    assert len(stage.slack.in_channel(OPS)) == posted
    assert stage.aiven.writes() == []
    await stage.type(ANN, "requests", "None.")


async def test_who_holds_no_role_sees_nothing(stage: Stage) -> None:
    read = len(stage.aiven.calls("GET"))
    for text in (
        "list",
        "show kafka-eu -> kafka-us",
        "exactly-once on kafka-eu -> kafka-us",
        "create a -> b",
        "use acme-prod/mm2-eu",
    ):
        answer = await stage.type(EVE, text, "you hold no role")
        assert "orders" not in answer
    assert len(stage.aiven.calls("GET")) == read


async def test_a_flow_on_two_services_asks_which(stage: Stage) -> None:
    """Without a default service the flow is looked up; two that match are both named, with what to add."""
    stage.aiven.world.add_service("acme-prod", "mm2-two")
    stage.aiven.world.add_flow(
        "acme-prod", "mm2-two", {"source_cluster": "kafka-eu", "target_cluster": "kafka-us", "enabled": True}
    )
    stage.slack.add_channel("C0NEW", "new")
    answer = await stage.type(ANN, "show kafka-eu -> kafka-us --project acme-prod", "is on 2 services", channel="C0NEW")
    assert "acme-prod/mm2-eu/" in answer
    assert "acme-prod/mm2-two/" in answer
    await stage.type(ANN, "show kafka-us -> kafka-ap --project acme-prod", "kafka-us -> kafka-ap", channel="C0NEW")
    await stage.type(ANN, "show kafka-us -> kafka-eu --project acme-prod", "No service in", channel="C0NEW")
    await stage.type(ANN, "show kafka-us -> kafka-eu", "which project", channel="C0NEW")


async def test_a_forged_signature_is_refused_and_nothing_is_stored(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    body = {
        "command": "/flow",
        "text": "pause kafka-eu -> kafka-us",
        "user_id": ADMIN,
        "team_id": stage.team,
        "channel_id": OPS,
    }
    delivery = await stage.slack.deliver(body, signature="v0=" + "0" * 64)
    assert delivery.status == 401
    unsigned = await stage.slack.deliver(body, headers={"X-Slack-Signature": None, "X-Slack-Request-Timestamp": None})
    assert unsigned.status == 401
    assert "pause" not in caplog.text
    await stage.type(ADMIN, "requests", "None.")


async def test_a_stale_signature_is_refused(stage: Stage) -> None:
    body = {"command": "/flow", "text": "list", "user_id": ADMIN, "team_id": stage.team, "channel_id": OPS}
    assert (await stage.slack.deliver(body, timestamp=int(time.time()) - 301)).status == 401
    assert (await stage.slack.deliver(body, timestamp=int(time.time()) + 310)).status == 401


async def test_a_repeated_delivery_is_known_and_not_done_twice(stage: Stage) -> None:
    """The same body with the same signature, as a proxy or somebody who listened would send it again."""
    body = {
        "command": "/flow", "text": "pause kafka-eu -> kafka-us", "user_id": ANN, "team_id": stage.team,
        "channel_id": OPS, "trigger_id": "1.2.3",
    }  # fmt: skip
    now = int(time.time())
    signature = sign(stage.slack.workspace.signing_secret, now, urlencode(body).encode())["X-Slack-Signature"]
    sent = [await stage.slack.deliver(body, timestamp=now, signature=signature) for _ in range(4)]
    assert all(each.status == 200 for each in sent)
    assert sent[0].text == ""
    assert all("already" in each.text for each in sent[1:])
    await stage.card(1, "waiting for approval")
    await stage.quiet()
    answer = await stage.type(ANN, "requests", "Request 1")
    assert answer.count("• Request") == 1


async def test_a_repeated_click_is_acknowledged_and_counted_once(stage: Stage) -> None:
    number = await stage.ask("pause kafka-eu -> kafka-us")
    first = await stage.click(BOB, number, "approve")
    assert first.parcel is not None
    raw, now = first.parcel.body(), int(time.time())
    signature = sign(stage.slack.workspace.signing_secret, now, raw)["X-Slack-Signature"]
    again = [await stage.slack.deliver(raw, timestamp=now, signature=signature) for _ in range(3)]
    assert [each.status for each in again] == [200, 200, 200]
    await stage.card(number, "applied and verified")
    assert (await stage.tags()).count("button:request:approve") == 1


async def test_a_foreign_workspace_gets_nothing_and_the_audit_log_knows(stage: Stage) -> None:
    number = await stage.ask("pause kafka-eu -> kafka-us")
    seen = len(stage.slack.ephemeral_to(BOB))
    await stage.slack.command(BOB, OPS, f"/flow approve {number}", team_id="T0OTHER")
    answers = await stage.slack.wait_for(lambda: stage.slack.ephemeral_to(BOB)[seen:])
    assert "not of my workspace" in answers[0].text
    await stage.click(BOB, number, "approve", user={"id": BOB, "username": "bob", "team_id": "T0OTHER"})
    await stage.slack.wait_for(lambda: len(stage.slack.ephemeral_to(BOB)) == seen + 2)
    assert stage.aiven.writes() == []
    assert (await stage.tags()).count("command:team:enter.refused") == 1
    assert (await stage.tags()).count("button:team:enter.refused") == 1


async def test_a_button_with_a_value_that_is_no_number_does_nothing_and_says_so(stage: Stage) -> None:
    number = await stage.ask("pause kafka-eu -> kafka-us")
    card = stage.find_card(number)
    assert card is not None
    values = ("", "x", "1; approve 2", "-1", "9" * 40, "１")
    for value in values:
        assert (await stage.slack.forge_click(BOB, card, "approve", value)).ok
    await stage.slack.wait_for(
        lambda: len([m for m in stage.slack.ephemeral_to(BOB) if "no request 0" in m.text]) == len(values)
    )
    await stage.type(BOB, "requests", "waiting for approval")
    assert stage.aiven.writes() == []


async def test_a_click_on_another_message_does_not_make_it_a_card(stage: Stage) -> None:
    """Only a message with the buttons of this very request is painted over."""
    first = await stage.ask("pause kafka-eu -> kafka-us")
    second = await stage.ask("pause kafka-us -> kafka-ap")
    other = stage.find_card(second)
    assert other is not None
    assert (await stage.slack.forge_click(BOB, other, "approve", str(first))).ok
    await stage.card(first, "applied and verified")
    await stage.quiet()
    assert f"Request {second}:" in other.text
    assert not [call for call in stage.slack.calls_of("chat.update")
                if call.arguments["ts"] == other.ts and f"Request {first}:" in call.arguments["text"]]  # fmt: skip


async def test_half_a_character_is_refused_kindly_and_holds_nobody_up(stage: Stage) -> None:
    number = await stage.ask("pause kafka-eu -> kafka-us")
    await stage.click(BOB, number, "deny")
    (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
    sent = await stage.slack.submit(view, {"reason": "no \ud800 way"}, user=BOB)
    assert "broken character" in sent.text
    await stage.type(BOB, f"deny {number} no way", "You denied")


async def test_events_and_probes_of_slack_are_acknowledged(stage: Stage) -> None:
    event = {"type": "event_callback", "team_id": stage.team, "event": {"type": "app_mention", "user": ANN}}
    as_json = {"Content-Type": "application/json"}
    assert (await stage.slack.deliver(json.dumps(event), headers=as_json)).status == 200
    assert (await stage.slack.deliver({"ssl_check": "1", "token": "x"})).status == 200
    async with aiohttp.ClientSession() as session, session.get(f"{stage.events_url}?ssl_check=1") as answer:
        assert answer.status == 200


@pytest.mark.parametrize("timestamp", ["", "soon", "1.5", "-1", "１"])
async def test_a_timestamp_that_is_no_number_is_no_signature(stage: Stage, timestamp: str) -> None:
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": "v0=" + "0" * 64}
    assert (await stage.slack.deliver(b"command=/flow&text=list", headers=headers)).status == 401


@pytest.mark.parametrize("body", [
    b"", b"\xff\xfe", b"payload=", b"payload={", b"payload=[]", b"payload=null", b"payload=1", b"{}", b"[]", b"=&=&%zz",
    b"command=/flow", b"command=/flow&text=list", b'payload={"type":"block_actions"}',
    b'payload={"type":"block_actions","actions":[{"action_id":"approve"}]}',
    b'payload={"type":"view_submission","view":{"type":"modal","callback_id":"deny_form"}}',
    b'payload={"type":"view_submission","user":{"id":"U1"},"view":{"callback_id":"deny_form"}}',
    b'payload={"type":"view_submission","team":{"id":"T1"},"view":7}', b'payload={"type":"block_actions","actions":7}',
    b'payload={"type":"block_actions","actions":[]}',
    b'payload={"type":"block_suggestion","action_id":"x"}', b'payload={"type":"shortcut"}', b"payload={}",
    b'payload={"type":7,"view":{}}', b'{"command":"/flow","text":7}', b'{"command":"/flow","text":["list"]}',
    b'{"command":"/flow","text":"list","user_id":7}',
], ids=repr)  # fmt: skip
async def test_a_signed_but_senseless_body_is_no_server_error(stage: Stage, body: bytes) -> None:
    delivery = await stage.slack.deliver(body)
    assert delivery.status is not None
    assert delivery.status < 500, delivery.text
    await stage.type(ANN, "requests", "None.")


async def test_hostile_values_do_not_come_alive(stage: Stage) -> None:
    """Mentions, links and formatting out of reasons and aliases are shown, not interpreted."""
    number = await stage.ask("pause kafka-eu -> kafka-us --reason <!channel> `x` & <https://evil|ok> <@U0EVE>")
    card = stage.find_card(number)
    assert card is not None
    shown = str(card.blocks)
    assert "<!channel>" not in shown
    assert "<https://evil" not in shown
    assert f"<@{EVE}>" not in shown.replace(f"<@{ANN}>", "")
