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
    stage.advance(30)
    await stage.card(number, "applied and verified")


async def test_while_slack_is_down_changes_are_applied_and_the_card_catches_up(stage: Stage) -> None:
    number = await stage.ask(ON)
    stage.slack.fail("*", status=503, times=None)
    await stage.slack.command(BOB, OPS, f"/flow approve {number}")
    await stage.aiven.wait_for(lambda: bool(stage.aiven.writes()))
    stage.slack.heal()
    stage.advance(120)
    await stage.card(number, "applied and verified")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(BOB) if "You approved" in m.text])


async def test_a_channel_that_takes_no_card_is_replaced_by_the_requester_s_messages(stage: Stage) -> None:
    stage.slack.fail("chat.postMessage", error="channel_not_found", times=1)
    await stage.type(ANN, ON, "waits for approval")
    card = await stage.slack.wait_for(lambda: next((m for m in stage.slack.dms(ANN) if "Request 1:" in m.text), None))
    await stage.type(BOB, "approve 1", "You approved")
    await stage.slack.wait_for(lambda: "applied and verified" in card.text)


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


async def test_an_answer_that_slack_did_not_take_is_sent_again(stage: Stage) -> None:
    fault = stage.slack.fail("response_url", drop="before", times=1)
    await stage.slack.command(ANN, OPS, "/flow list")
    await stage.slack.wait_for(lambda: fault.times == 0)
    stage.advance(5)
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "Flows of" in m.text])


async def test_a_burst_of_cards_keeps_to_slack_s_pace(stage: Stage) -> None:
    """Many requests at once: after the burst about one message a second, none lost."""
    topics = [f"t{number}" for number in range(9)]
    for topic in topics:
        await stage.type(ANN, f"update kafka-eu -> kafka-us topics+={topic}", "waits for approval")
    for _ in range(20):
        stage.advance(1)
        await stage.type(ANN, "whoami", "You are")
    for number in range(1, len(topics) + 1):
        await stage.card(number, "waiting for approval")


async def test_the_result_is_told_once(stage: Stage) -> None:
    number = await stage.ask(ON)
    await stage.click(BOB, number, "approve")
    card = await stage.card(number, "applied and verified")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.in_channel(OPS) if m.thread_ts == card.ts])
    await stage.quiet()
    stage.advance(60)
    await stage.type(ANN, "whoami", "You are")
    assert len([m for m in stage.slack.in_channel(OPS) if m.thread_ts == card.ts]) == 1
