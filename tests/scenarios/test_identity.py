"""Who may hold a right at all, and which user groups somebody is in: asked of Slack, never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stage import ADMIN, BOB, OPS, Stage

ON = "exactly-once on kafka-eu -> kafka-us"
SRE = "S0SRE01"


@pytest.mark.parametrize(("flags", "why"), [
    ({"is_restricted": True}, "guests hold no right"),
    ({"is_ultra_restricted": True}, "guests hold no right"),
    ({"deleted": True}, "this account is deactivated"),
    ({"is_bot": True}, "bots hold no right"),
    ({"is_stranger": True, "team_id": "T0OTHER"}, "you are not of my workspace"),
    ({"team_id": "T0OTHER"}, "you are not of my workspace"),
], ids=str)  # fmt: skip
async def test_who_is_barred_does_nothing_by_command_or_click_whatever_they_hold(
    stage: Stage, flags: dict[str, object], why: str
) -> None:
    await stage.grant(BOB, "admin", "*")
    number = await stage.ask(ON)
    await stage.quiet()
    await stage.advance(61)
    for name, value in flags.items():
        setattr(stage.slack.world.users[BOB], name, value)
    body = {"command": "/flow", "user_id": BOB, "team_id": stage.team, "channel_id": OPS}
    for text in (f"approve {number}", ON, "role grant U0EVE admin on *"):
        told = len(stage.slack.calls_of("chat.postEphemeral"))
        assert (await stage.slack.deliver(body | {"text": text})).status == 200
        await stage.slack.wait_for(lambda: len(stage.slack.calls_of("chat.postEphemeral")) > told)  # noqa: B023
        assert why in stage.slack.calls_of("chat.postEphemeral")[-1].arguments["text"]
    assert stage.aiven.writes() == []
    assert (await stage.tags()).count("command:user:enter.refused") == 3


async def test_an_approver_who_became_a_guest_does_not_count_when_it_is_sent(stage: Stage) -> None:
    """Approved while the service was busy; when its turn comes the approver is a guest."""
    stage.aiven.fail(method="PUT", wait_text_seconds=90)
    number = await stage.ask(ON)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.slack.wait_for(lambda: "I try again" in str((c := stage.find_card(number)) and c.blocks))
    stage.slack.world.users[BOB].is_restricted = True
    await stage.advance(90)
    card = await stage.card(number, "waiting for approval")
    assert "guests hold no right" in str(card.blocks)
    assert len(stage.aiven.writes()) == 1


async def test_the_members_of_a_user_group_hold_what_it_holds(stage: Stage) -> None:
    stage.slack.add_usergroup(SRE, "sre", [BOB])
    stage.slack.add_user("U0CAT", "cat")
    await stage.type(ADMIN, f"role grant <!subteam^{SRE}|@sre> editor on acme-prod/*", "is now")
    await stage.type("U0CAT", ON, "I cannot ask for a change")
    stage.slack.world.groups[SRE].users.append("U0CAT")
    await stage.type("U0CAT", ON, "I cannot ask for a change")
    await stage.quiet()
    await stage.advance(61)
    await stage.ask(ON, user="U0CAT")


async def test_a_group_that_cannot_be_read_gives_nothing_and_is_named(stage: Stage) -> None:
    stage.slack.add_usergroup(SRE, "sre", ["U0CAT"])
    stage.slack.add_user("U0CAT", "cat")
    await stage.type(ADMIN, f"role grant {SRE} editor on acme-prod/*", "is now")
    stage.slack.fail("usergroups.users.list", status=503, times=None)
    await stage.type("U0CAT", ON, "I could not read who is in")
    stage.slack.heal()
    await stage.ask(ON, user="U0CAT")


async def test_a_quorum_of_a_group_whose_members_cannot_be_read_is_not_met(stage: Stage) -> None:
    stage.slack.add_usergroup(SRE, "sre", [BOB])
    await stage.put_policy(f'[approval]\nquorum = {{ all_of = ["{SRE}"] }}\n')
    number = await stage.ask(ON)
    await stage.quiet()
    await stage.advance(61)
    stage.slack.fail("usergroups.users.list", status=503, times=None)
    await stage.type(BOB, f"approve {number}", "It still takes 1 of")
    assert stage.aiven.writes() == []


async def test_while_slack_cannot_tell_who_somebody_is_nothing_is_decided_and_nothing_lost(stage: Stage) -> None:
    number = await stage.ask(ON)
    await stage.quiet()
    await stage.advance(61)
    fault = stage.slack.fail("users.info", status=503, times=1)
    await stage.slack.command(BOB, OPS, f"/flow approve {number}")
    await stage.slack.wait_for(lambda: fault.times == 0)
    await stage.quiet()
    assert stage.aiven.writes() == []
    await stage.advance(5)
    await stage.card(number, "applied and verified")


@pytest.mark.parametrize(
    "fault", [{"error": "missing_scope"}, {"error": "unknown_method"}, {"status": 404}, {"status": 501}]
)
async def test_where_people_cannot_be_looked_up_the_ids_of_the_delivery_must_do(
    stage: Stage, fault: dict[str, Any]
) -> None:
    stage.slack.fail("users.info", times=None, **fault)
    await stage.quiet()
    await stage.advance(61)
    number = await stage.ask(ON)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")
