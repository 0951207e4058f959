"""What bots of this kind are known to get wrong, each as a test named for it."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.slack.model import Message
from bot.store import requests
from tests.stage import ADMIN, ANN, BOB, EU_US, EVE, OPS, Stage

ON = "exactly-once on kafka-eu -> kafka-us"
PAUSE = "pause kafka-eu -> kafka-us"
FLOW = "replication-flows/kafka-eu/kafka-us"
SRE = "S0SRE"


async def test_an_approval_that_is_not_bound_to_the_plan(stage: Stage) -> None:
    """It was given for one change of one state of the flow; neither another change nor another state may use it."""
    await stage.put_policy("[approval]\nquorum = 2\n")
    await stage.grant(EVE, "approver")
    number = await stage.ask(ON)
    await stage.type(BOB, f"approve {number}", "You approved")
    stage.aiven.world.change_flow(*EU_US, {"topics": ["everything"]})
    await stage.type(EVE, f"approve {number}", "You approved")
    await stage.card(number, "stale")
    again = await stage.ask(ON)
    request = await requests.load(stage.store, again)
    assert request is not None
    assert request.decisions == ()
    assert stage.writes() == []


@pytest.mark.parametrize("text", [ON, PAUSE, "list", "show kafka-eu -> kafka-us", "freeze acme-prod/* for 1h",
                                  f"role grant @{EVE} admin on *", f"{PAUSE} --break-glass now"])  # fmt: skip
async def test_role_checks_that_allow_by_default_when_nothing_is_configured(stage: Stage, text: str) -> None:
    await stage.redis.delete(stage.store.keys("access"))
    for user in (ADMIN, ANN, EVE):
        await stage.type(user, text, "you hold no role")
    assert await requests.open_numbers(stage.store) == []
    assert stage.aiven.writes() == []


async def test_approvals_that_fail_open_when_the_group_lookup_fails(stage: Stage) -> None:
    """Neither does an approval count then, nor is one that was counted before believed at the write."""
    stage.slack.add_usergroup(SRE, "sre", [BOB, EVE])
    await stage.put_policy(f'[approval]\nquorum = {{ any_of = 2, among = ["{SRE}"] }}\n')
    await stage.grant(EVE, "approver")
    number = await stage.ask(ON)
    await stage.type(BOB, f"approve {number}", "It still takes 1 more")
    await stage.quiet()
    await stage.advance(61)
    stage.slack.fail("usergroups.users.list", status=503, times=None)
    await stage.type(EVE, f"approve {number}", "It still takes 2 more")
    await stage.advance(3600)
    await stage.card(number, "waiting for approval")
    assert stage.aiven.writes() == []


async def test_deliveries_told_apart_by_the_team_alone(stage: Stage) -> None:
    """Two people of one workspace type the same at the same moment, and one of them twice: three commands."""
    texts = [(ANN, PAUSE), (ADMIN, "pause kafka-us -> kafka-ap"), (ANN, "pause kafka-us -> kafka-ap")]
    done = await asyncio.gather(*(stage.slack.command(user, OPS, f"/flow {text}") for user, text in texts))
    assert all(each.ok for each in done)
    await stage.slack.wait_for(lambda: len(asked(stage)) == len(texts))
    assert len(await requests.open_numbers(stage.store)) == 2, "the same plan is not asked for twice"


def asked(stage: Stage) -> list[Message]:
    """The answers to the two who ask for changes."""
    return [
        each for user in (ANN, ADMIN) for each in stage.slack.ephemeral_to(user) if "equest *" in each.text
    ]  # fmt: skip


async def test_zombie_buttons(stage: Stage) -> None:
    """A card from before, with its buttons, does nothing once the request has ended, and loses them."""
    number = await stage.ask(ON)
    card = stage.find_card(number)
    assert card is not None
    buttons = list(card.blocks)
    await stage.type(ANN, f"cancel {number}", "You took back")
    await stage.card(number, "taken back")
    card.blocks = buttons
    await stage.click(BOB, number, "approve")
    await stage.slack.wait_for(
        lambda: [each for each in stage.slack.ephemeral_to(BOB) if "it is cancelled" in each.text]
    )
    await stage.slack.wait_for(lambda: "actions" not in [block["type"] for block in card.blocks])
    assert stage.aiven.writes() == []


async def test_granted_is_posted_before_the_call(stage: Stage) -> None:
    """While the call is under way, and when it fails, nothing says that it was made."""
    number = await stage.ask(ON)
    hold = stage.aiven.hold("PUT")
    await stage.type(BOB, f"approve {number}", "You approved")
    await hold.arrived.wait()
    await stage.slack.wait_for(lambda: "being applied" in str((c := stage.find_card(number)) and c.text))
    assert not [each.text for each in stage.slack.messages if "pplied" in each.text and "being" not in each.text]
    stage.aiven.fail(method="PUT", path=FLOW, status=403)
    hold.release()
    await stage.slack.wait_for(lambda: "being applied" not in str((c := stage.find_card(number)) and c.text))


async def test_an_audit_entry_that_is_written_after_the_effect(stage: Stage) -> None:
    """What is about to happen is in the log before it does; who approved it, too."""
    number = await stage.ask(ON)
    hold = stage.aiven.hold("PUT")
    await stage.type(BOB, f"approve {number}", "You approved")
    await hold.arrived.wait()
    tags = await stage.tags()
    assert tags[-1] == "sluice:request:send"
    assert tags.index("command:request:approve") < tags.index("sluice:request:send")
    hold.release()
    await stage.card(number, "applied and verified")
    assert (await stage.tags())[-1] == "sluice:request:outcome"


async def test_two_updates_that_race_and_strip_the_deciders_name(stage: Stage) -> None:
    await stage.put_policy("[approval]\nquorum = 2\n")
    await stage.grant(EVE, "approver")
    number = await stage.ask(ON)
    await asyncio.gather(*(stage.click(user, number, "approve") for user in (BOB, EVE)))
    card = await stage.card(number, "applied and verified")
    assert f"approved by <@{BOB}>" in str(card.blocks)
    assert f"approved by <@{EVE}>" in str(card.blocks)
    entries = [tag for tag in await stage.tags() if tag == "button:request:approve"]
    assert len(entries) == 2
    assert len(stage.aiven.writes()) == 1
