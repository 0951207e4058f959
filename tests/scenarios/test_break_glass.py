"""Break-glass: one person's word makes a change at once; everybody hears of it, and somebody else has to review it."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.model import Message
from tests.scenarios.test_policy import shown
from tests.stage import ADMIN, ANN, BOB, EVE, OPS, Stage

PAUSE = "pause kafka-eu -> kafka-us"
GLASS = f"{PAUSE} --break-glass the target is down"


async def told(stage: Stage, user: str, words: str) -> Message:
    """The direct message that holds these words."""
    channel = stage.slack.world.direct(user).id
    return await posted(stage, words, channel)


async def posted(stage: Stage, words: str, channel: str = OPS) -> Message:
    """The message in the channel that holds these words."""
    return await stage.slack.wait_for(
        lambda: next((each for each in stage.slack.in_channel(channel) if words in each.text), None)
    )


async def broken(stage: Stage, user: str = EVE, number: int = 1) -> int:
    """A request (the `number`th) whose glass was broken by a click."""
    await stage.grant(user, "responder")
    await stage.type(user, GLASS, f"Break the glass on request {number}?")
    await stage.slack.click(user, stage.slack.ephemeral_to(user)[-1], "break-glass")
    await stage.card(number, "applied and verified")
    return number


async def test_it_is_applied_at_once_everybody_hears_and_somebody_else_reviews_it(stage: Stage) -> None:
    number = await broken(stage)
    assert stage.writes() == ['PUT {"enabled": false} 200']
    for user in (BOB, ADMIN):
        message = await told(stage, user, "broke the glass")
        assert "the target is down" in message.text
    called = await posted(stage, "broke the glass")
    assert f"<@{BOB}>" in called.text
    assert "Glass broken" in shown(stage, number)
    assert "Somebody else has to review it." in shown(stage, number)
    await stage.type(BOB, "reviews", "Request 1: pause")
    await stage.type(EVE, f"review {number} fine", "somebody else has to review it")
    await stage.type(ANN, f"review {number} fine", "it takes the right to approve flow.operate")
    await stage.type(BOB, f"review {number}", "say what you found")
    await stage.type(BOB, f"review {number} it was needed", "You closed the review of")
    await stage.slack.wait_for(lambda: "It was reviewed." in shown(stage, number))
    assert "reviewed" in shown(stage, number)
    assert "it was needed" in shown(stage, number)
    assert "Close the review" not in shown(stage, number)
    await stage.type(BOB, f"review {number} again", "there is no review of it to be closed")
    await stage.type(BOB, "reviews", "None.")
    await stage.type(BOB, "history", "🔨 1 without their approvals, 0 to be reviewed")
    tags = await stage.tags()
    assert tags.index("button:request:break-glass") < tags.index("sluice:request:send")
    assert "command:request:review" in tags


async def test_a_review_is_closed_by_the_form_of_the_card(stage: Stage) -> None:
    number = await broken(stage)
    await stage.click(BOB, number, "review")
    (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
    assert view.title == f"Review request {number}"
    await stage.slack.submit(view, {"reason": "it was needed"}, user=BOB)
    await stage.slack.wait_for(lambda: "It was reviewed." in shown(stage, number))


async def test_a_review_is_reminded_of_until_it_is_closed(stage: Stage) -> None:
    await stage.put_policy('[break_glass]\nremind_every = "1h"\n')
    number = await broken(stage)
    await stage.advance(3600)
    reminder = await posted(stage, "nobody has reviewed it")
    assert f"<@{BOB}>" in reminder.text
    assert reminder.thread_ts == (await stage.card(number, "")).ts
    await stage.advance(3600)
    await stage.slack.wait_for(
        lambda: len([each for each in stage.slack.in_channel(OPS) if "nobody has reviewed" in each.text]) == 2
    )
    await stage.type(BOB, f"review {number} fine", "You closed")
    await stage.advance(36_000)
    await stage.type(BOB, "whoami")
    assert len([each for each in stage.slack.in_channel(OPS) if "nobody has reviewed" in each.text]) == 2
    assert (await stage.tags()).count("sluice:request:remind-review") == 2


async def test_without_the_right_nothing_is_asked_for(stage: Stage) -> None:
    for user in (ANN, BOB, ADMIN):
        await stage.type(user, GLASS, "it takes the right to bypass the approvals of flow.operate")
    number = await stage.ask(PAUSE)
    await stage.type(ANN, f"break-glass {number} now", "bypass the approvals of flow.operate")
    assert stage.writes() == []


async def test_a_word_alone_breaks_nothing_and_is_good_for_ten_minutes(stage: Stage) -> None:
    await stage.grant(EVE, "responder")
    number = await stage.ask(PAUSE)
    await stage.type(EVE, f"break-glass {number}", "say why first")
    await stage.type(EVE, f"break-glass {number} it burns", "Break the glass on request")
    await stage.grant(ADMIN, "responder")
    await stage.type(ADMIN, f"break-glass {number}", "say why first")
    await stage.advance(601)
    await stage.type(EVE, f"break-glass {number}", "say why first")
    assert stage.writes() == []
    await stage.type(EVE, f"break-glass {number} it burns", "Break the glass on request")
    await stage.type(EVE, f"break-glass {number}", "You broke the glass on")
    await stage.card(number, "applied and verified")
    assert "it burns" in shown(stage, number)
    await stage.type(ANN, f"review {number} mine", "you asked for it or broke the glass")


async def test_it_passes_a_freeze_and_is_asked_for_by_who_may_only_bypass(stage: Stage) -> None:
    await stage.type(ADMIN, "freeze acme-prod/* for 9h", "Nothing is applied")
    await broken(stage)
    assert len(stage.writes()) == 1


async def test_a_denial_of_the_policy_wins_over_break_glass(stage: Stage) -> None:
    await stage.put_policy(f'[[deny]]\nname = "eve not"\nwho = ["{EVE}"]\n')
    await stage.grant(EVE, "responder")
    await stage.type(EVE, GLASS, "the denial “eve not” of the policy forbids")


async def test_who_lost_the_right_before_the_write_breaks_nothing(stage: Stage) -> None:
    await stage.grant(EVE, "responder")
    number = await stage.ask(PAUSE)
    stage.aiven.fail(method="GET", status=503, times=50)
    await stage.type(EVE, f"break-glass {number} it burns", "Break the glass")
    await stage.type(EVE, f"break-glass {number}", "You broke the glass on")
    await stage.slack.wait_for(lambda: "I try again" in shown(stage, number))
    await stage.type(ADMIN, "role revoke @eve responder on acme-prod/*", "no longer")
    stage.aiven.heal()
    await stage.advance(120)
    await stage.slack.wait_for(lambda: "may not bypass its approvals any more" in shown(stage, number))
    assert stage.writes() == []
    await stage.card(number, "waiting for approval")


async def test_an_approver_can_still_stop_it(stage: Stage) -> None:
    await stage.grant(EVE, "responder")
    number = await stage.ask(PAUSE)
    stage.aiven.fail(method="GET", status=503, times=50)
    await stage.type(EVE, f"break-glass {number} it burns", "Break the glass")
    await stage.type(EVE, f"break-glass {number}", "You broke the glass on")
    await stage.type(BOB, f"deny {number} it does not", "You denied")
    await stage.card(number, "denied")
    assert stage.writes() == []


async def test_the_glass_survives_a_kill_between_the_word_and_the_write(stage: Stage) -> None:
    await stage.grant(EVE, "responder")
    number = await stage.ask(PAUSE)
    stage.aiven.fail(method="GET", status=503, times=50)
    await stage.type(EVE, f"break-glass {number} it burns", "Break the glass")
    await stage.type(EVE, f"break-glass {number}", "You broke the glass on")
    await stage.kill()
    stage.aiven.heal()
    await stage.start()
    await stage.advance(120)
    await stage.card(number, "applied and verified")
    await told(stage, BOB, "broke the glass")
    assert len(stage.writes()) == 1


@pytest.mark.parametrize("text", [f"{PAUSE} --break-glass", f"{PAUSE} --break-glass --public"])
async def test_a_reason_must_be_given(stage: Stage, text: str) -> None:
    await stage.type(EVE, text, "takes the reason why it cannot wait")
