"""What Slack can do to a message: the work goes on, and the card catches up."""

from __future__ import annotations

from tests.stage import ANN, BOB, OPS, Stage

ON = "exactly-once on kafka-eu -> kafka-us"


async def test_a_busy_slack_is_waited_for_and_the_work_goes_on(stage: Stage) -> None:
    number = await stage.ask(ON)
    fault = stage.slack.fail("chat.update", status=429, error="ratelimited", retry_after=30, times=1)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.slack.wait_for(lambda: fault.times == 0)
    await stage.aiven.wait_for(lambda: bool(stage.aiven.writes()))
    await stage.advance(30)
    await stage.card(number, "applied and verified")


async def test_while_slack_is_down_changes_are_applied_and_the_card_catches_up(stage: Stage) -> None:
    await stage.type(BOB, "whoami", "You are")
    number = await stage.ask(ON)
    stage.slack.fail("*", status=503, times=None)
    await stage.slack.command(BOB, OPS, f"/flow approve {number}")
    await stage.aiven.wait_for(lambda: bool(stage.aiven.writes()))
    await stage.quiet()
    stage.slack.heal()
    await stage.advance(120)
    await stage.card(number, "applied and verified")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(BOB) if "You approved" in m.text])


async def test_a_channel_that_takes_no_card_is_replaced_by_the_requester_s_messages(stage: Stage) -> None:
    """And the card says why it is there, and what to do."""
    stage.slack.fail("chat.postMessage", error="channel_not_found", times=1)
    await stage.type(ANN, ON, "waits for approval")
    card = await stage.slack.wait_for(lambda: next((m for m in stage.slack.dms(ANN) if "Request 1:" in m.text), None))
    await stage.slack.wait_for(lambda: f"I may not post in <#{OPS}>; invite me there" in str(card.blocks))
    assert "`/flow approve 1`" in str(card.blocks)
    await stage.type(BOB, "approve 1", "You approved")
    await stage.slack.wait_for(lambda: "applied and verified" in card.text)


async def test_an_answer_of_slack_that_is_no_json_is_a_slack_that_is_away(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", body="<html>", times=1)
    await stage.type(ANN, ON, "waits for approval")
    await stage.quiet()
    await stage.advance(1)
    await stage.card(1, "waiting for approval")


async def test_a_post_whose_answer_names_no_channel_is_a_card_all_the_same(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", body='{"ok": true, "ts": "1.000001"}', times=1)
    await stage.type(ANN, ON, "waits for approval")
    await stage.slack.wait_for(lambda: stage.slack.calls_of("chat.postMessage"))
    await stage.quiet()
    await stage.type(ANN, "cancel 1", "You took back")
    call = (await stage.slack.wait_for(lambda: stage.slack.calls_of("chat.update")))[0]
    assert (call.arguments["channel"], call.arguments["ts"]) == (OPS, "1.000001")


async def test_a_card_that_was_deleted_is_posted_again(stage: Stage) -> None:
    number = await stage.ask(ON)
    card = stage.find_card(number)
    assert card is not None
    card.deleted = True
    await stage.type(BOB, f"approve {number}", "You approved")
    new = await stage.card(number, "applied and verified")
    assert new.ts != card.ts


async def test_an_expired_response_url_is_replaced_by_a_message_in_the_channel(stage: Stage) -> None:
    stage.slack.fail("response_url", status=404, error="expired_url", times=1)
    await stage.slack.command(ANN, OPS, "/flow list")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "Flows of" in m.text])
    assert stage.slack.calls_of("chat.postEphemeral")


async def test_an_answer_that_the_response_url_did_not_take_goes_another_way(stage: Stage) -> None:
    stage.slack.fail("response_url", drop="before", times=None)
    await stage.slack.command(ANN, OPS, "/flow list")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "Flows of" in m.text])


async def test_with_aiven_and_slack_away_a_command_is_tried_for_a_while_and_then_told(stage: Stage) -> None:
    stage.aiven.fail(method="GET", status=503, times=None)
    for method in ("response_url", "chat.postEphemeral", "chat.postMessage"):
        stage.slack.fail(method, status=503, times=None)
    await stage.slack.command(ANN, OPS, f"/flow {ON}")
    for tries in range(1, 8):
        await stage.aiven.wait_for(lambda: len(stage.aiven.calls("GET")) >= 3 * tries)  # noqa: B023 - awaited here
        await stage.quiet()
        await stage.advance(61)
    stage.slack.heal()
    await stage.advance(61)
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "Nothing was changed" in m.text])


async def test_an_answer_that_slack_did_not_take_is_sent_again(stage: Stage) -> None:
    for method in ("response_url", "chat.postEphemeral"):
        stage.slack.fail(method, drop="before", times=1)
    fault = stage.slack.fail("chat.postMessage", drop="before", times=1)
    await stage.slack.command(ANN, OPS, "/flow list")
    await stage.slack.wait_for(lambda: fault.times == 0)
    await stage.advance(5)
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "Flows of" in m.text])


async def test_a_burst_of_cards_keeps_to_slack_s_pace(stage: Stage) -> None:
    """Many requests at once: after the burst about one message a second, none lost."""
    topics = [f"t{number}" for number in range(9)]
    for topic in topics:
        await stage.type(ANN, f"update kafka-eu -> kafka-us topics+={topic}", "waits for approval")
    for _ in range(20):
        await stage.advance(1)
        await stage.type(ANN, "whoami", "You are")
    for number in range(1, len(topics) + 1):
        await stage.card(number, "waiting for approval")


async def test_the_result_is_told_once(stage: Stage) -> None:
    number = await stage.ask(ON)
    await stage.click(BOB, number, "approve")
    card = await stage.card(number, "applied and verified")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.in_channel(OPS) if m.thread_ts == card.ts])
    await stage.quiet()
    await stage.advance(60)
    await stage.type(ANN, "whoami", "You are")
    assert len([m for m in stage.slack.in_channel(OPS) if m.thread_ts == card.ts]) == 1


async def test_a_late_picture_never_lands_on_a_newer_one(stage: Stage) -> None:
    """While Slack takes its time for one repaint the request goes on; the finished card has no live button."""
    number = await stage.ask(ON)
    stage.slack.fail("chat.update", delay=0.4, times=1)
    await stage.click(BOB, number, "approve")
    await stage.aiven.wait_for(lambda: bool(stage.aiven.writes()))
    card = await stage.card(number, "applied and verified")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.in_channel(OPS) if m.thread_ts == card.ts])
    await stage.quiet()
    assert stage.find_card(number, "applied and verified") is card
    assert "'approve'" not in str(card.blocks)


async def test_a_request_that_ends_while_its_card_is_posted_has_one_card(stage: Stage) -> None:
    slow = stage.slack.fail("chat.postMessage", delay=0.4, times=1)
    await stage.slack.command(ANN, OPS, f"/flow {ON}")
    await stage.slack.wait_for(lambda: slow.times == 0)
    await stage.slack.command(ANN, OPS, "/flow cancel 1")
    await stage.card(1, "taken back")
    await stage.quiet()
    assert len([m for m in stage.slack.in_channel(OPS) if "Request 1:" in m.text and not m.thread_ts]) == 1


async def test_a_result_that_the_channel_does_not_take_is_told_to_the_requester(stage: Stage) -> None:
    number = await stage.ask(ON)
    stage.slack.fail("chat.update", error="is_archived", times=None)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.dms(ANN) if "Applied" in m.text])
    for _ in range(14):
        await stage.quiet()
        await stage.advance(61)
        await stage.type(ANN, "whoami", "You are")
    assert len([m for m in stage.slack.dms(ANN) if "Applied" in m.text]) == 1


async def test_a_card_survives_a_token_that_was_wrong_for_a_while(stage: Stage) -> None:
    await stage.type(BOB, "whoami", "You are")
    number = await stage.ask(ON)
    stage.slack.fail("*", error="invalid_auth", times=None)
    await stage.slack.command(BOB, OPS, f"/flow approve {number}")
    await stage.aiven.wait_for(lambda: bool(stage.aiven.writes()))
    for _ in range(20):
        tried = len(stage.slack.calls_of("chat.update"))
        await stage.advance(61)
        await stage.slack.wait_for(lambda: len(stage.slack.calls_of("chat.update")) > tried)  # noqa: B023 - awaited here
        await stage.quiet()
    stage.slack.heal()
    await stage.advance(61)
    await stage.card(number, "applied and verified")


async def test_slack_is_left_alone_for_as_long_as_it_asks(stage: Stage) -> None:
    """Nothing is painted while its Retry-After lasts, whatever happens to requests."""
    number = await stage.ask(ON)
    fault = stage.slack.fail("chat.update", retry_after=120, times=1)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.slack.wait_for(lambda: fault.times == 0)
    await stage.aiven.wait_for(lambda: bool(stage.aiven.writes()))
    await stage.quiet()
    calls = len(stage.slack.calls_of("chat.update"))
    await stage.advance(110)
    await stage.type(ANN, "pause kafka-eu -> kafka-us", "waits for approval")
    await stage.quiet()
    assert len(stage.slack.calls_of("chat.update")) == calls
    await stage.advance(11)
    await stage.card(number, "applied and verified")
