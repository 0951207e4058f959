"""While nobody decides: reminders, escalations to other people, and what they change about the quorum."""

from __future__ import annotations

from tests.scenarios.test_break_glass import posted
from tests.scenarios.test_policy import shown
from tests.stage import ADMIN, ANN, BOB, EVE, OPS, Stage

PAUSE = "pause kafka-eu -> kafka-us"
STEPS = f"""
[groups]
bosses = ["{ADMIN}"]
[[rules]]
name = "two or a boss"
quorum = 2
[[rules.steps]]
after = "30m"
mention = ["{BOB}"]
[[rules.steps]]
after = "1h"
mention = ["bosses"]
quorum = {{ any_of = 1, among = ["bosses"] }}
"""


async def test_who_is_named_is_reminded_then_the_quorum_of_the_step_holds(stage: Stage) -> None:
    await stage.put_policy(STEPS)
    number = await stage.ask(PAUSE)
    await stage.type(BOB, f"approve {number}", "It still takes 1 more.")
    await stage.advance(1800)
    reminder = await posted(stage, "waits since")
    assert f"⏰ *Request {number}: pause" in reminder.text
    assert f"It takes 1 more. cc <@{BOB}>" in reminder.text
    assert reminder.thread_ts == (await stage.card(number, "")).ts
    await stage.advance(1800)
    escalated = await posted(stage, "📣")
    assert f"It takes 1 more of bosses. cc <@{ADMIN}>" in escalated.text
    await stage.slack.wait_for(lambda: "Nobody decided in time; before, it took 2 approvals" in shown(stage, number))
    assert "It takes 1 approval of bosses (“two or a boss”)." in shown(stage, number)
    assert stage.writes() == []
    await stage.type(ADMIN, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")
    tags = await stage.tags()
    assert (tags.count("sluice:request:remind"), tags.count("sluice:request:escalate")) == (1, 1)


async def test_what_was_said_before_may_be_enough_for_the_step(stage: Stage) -> None:
    await stage.put_policy('[approval]\nquorum = 2\n[[approval.steps]]\nafter = "1h"\nquorum = 1\n')
    number = await stage.ask(PAUSE)
    await stage.type(BOB, f"approve {number}", "It still takes 1 more.")
    await stage.advance(3601)
    await stage.card(number, "applied and verified")
    assert len(stage.writes()) == 1


async def test_silence_is_no_approval(stage: Stage) -> None:
    await stage.put_policy('[approval]\nquorum = 2\n[[approval.steps]]\nafter = "1h"\nquorum = 1\n')
    number = await stage.ask(PAUSE)
    await stage.advance(7200)
    await posted(stage, "waits since")
    await stage.card(number, "waiting for approval")
    await stage.advance(24 * 3600)
    await stage.card(number, "expired")
    assert stage.writes() == []


async def test_steps_that_came_while_nobody_was_there_are_taken_once(stage: Stage) -> None:
    await stage.put_policy(STEPS)
    number = await stage.ask(PAUSE)
    await stage.kill()
    stage.clock.offset += 3 * 3600 * 1000
    await stage.start()
    await posted(stage, "📣")
    await posted(stage, "⏰")
    await stage.quiet()
    await stage.kill()
    stage.clock.offset += 3600 * 1000
    await stage.start()
    await stage.type(ANN, f"request {number}", "waiting for approval")
    assert len([each for each in stage.slack.in_channel(OPS) if "waits since" in each.text]) == 2


async def test_a_step_with_a_channel_calls_there(stage: Stage) -> None:
    stage.slack.add_channel("C0BOSS", "bosses")
    await stage.put_policy(f'[[approval.steps]]\nafter = "1h"\nchannel = "C0BOSS"\nmention = ["{EVE}"]\n')
    await stage.ask(PAUSE)
    await stage.advance(3600)
    message = await posted(stage, "waits since", "C0BOSS")
    assert f"cc <@{EVE}>" in message.text
    assert message.thread_ts is None
