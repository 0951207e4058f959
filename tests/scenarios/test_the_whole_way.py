"""From the slash command to the verified change, as people see it."""

from __future__ import annotations

from tests.stage import ADMIN, ANN, BOB, OPS, Stage


async def test_exactly_once_is_turned_on_after_somebody_else_approves(stage: Stage) -> None:
    """One PUT with exactly the key that changes, after the approval and not before; the card and the requester hear."""
    number = await stage.ask("exactly-once on kafka-eu -> kafka-us --reason go live")
    assert stage.aiven.writes() == []
    await stage.click(BOB, number, "approve")
    card = await stage.card(number, "applied and verified")
    (write,) = stage.aiven.writes()
    assert write.method == "PUT"
    assert write.path.endswith("/mirrormaker/replication-flows/kafka-eu/kafka-us")
    assert write.json == {"exactly_once_delivery_enabled": True}
    assert card.find("approve") == []
    told = await stage.slack.wait_for(lambda: [m for m in stage.slack.in_channel(OPS) if m.thread_ts == card.ts])
    assert f"<@{ANN}>" in told[0].text
    assert [tag for tag in await stage.tags() if ":request:" in tag] == [
        "command:request:ask", "button:request:approve", "sluice:request:send", "sluice:request:outcome",
    ]  # fmt: skip


async def test_a_flow_is_created_with_what_was_asked_for_and_enabled(stage: Stage) -> None:
    number = await stage.ask("create kafka-us -> kafka-eu exactly-once=on")
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied and verified")
    (write,) = stage.aiven.writes()
    assert (write.method, write.json) == ("POST", {
        "source_cluster": "kafka-us", "target_cluster": "kafka-eu", "enabled": True,
        "exactly_once_delivery_enabled": True,
    })  # fmt: skip


async def test_nobody_approves_their_own_request(stage: Stage) -> None:
    await stage.grant(ANN, "admin", "*")
    number = await stage.ask("pause kafka-eu -> kafka-us")
    await stage.click(ANN, number, "approve")
    refused = await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "⛔" in m.text])
    assert "you asked for it yourself" in refused[0].text
    assert stage.aiven.writes() == []
    assert "button:request:approve.refused" in await stage.tags()
    await stage.type(ADMIN, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")
