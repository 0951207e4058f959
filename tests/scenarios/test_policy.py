"""What a policy asks for, from the command to the card: by rules, groups, reasons, denials and typed names."""

from __future__ import annotations

from bot.core.policy import parse_policy
from tests.stage import ADMIN, ANN, BOB, EVE, OPS, Stage

ON = "exactly-once on kafka-eu -> kafka-us"
PAUSE = "pause kafka-eu -> kafka-us"
DELETE = "delete kafka-eu -> kafka-us"


def shown(stage: Stage, number: int) -> str:
    card = stage.find_card(number)
    assert card is not None
    return str(card.blocks)


async def test_a_rule_without_approval_applies_at_once_and_says_so(stage: Stage) -> None:
    await stage.put_policy('[[rules]]\nname = "sandbox"\nscopes = ["acme-prod/*"]\nquorum = 0\n')
    await stage.type(ANN, ON, "needs no approval and is applied now")
    await stage.card(1, "applied and verified")
    assert "It takes no approval (“sandbox”)." in shown(stage, 1)
    assert len(stage.aiven.writes()) == 1
    await stage.type(EVE, PAUSE, "I cannot ask for a change")


async def test_two_people_one_of_a_group(stage: Stage) -> None:
    await stage.put_policy(
        f"""
[groups]
security = ["{EVE}"]
[[rules]]
name = "two people"
quorum = {{ any_of = 2, all_of = ["security"] }}
""",
    )
    for user in (EVE, ADMIN):
        await stage.grant(user, "approver")
    number = await stage.ask(ON)
    assert "waiting for approval: 1 of security, 1 more" in shown(stage, number)
    await stage.type(BOB, f"approve {number}", "It still takes 1 of security.")
    await stage.type(ADMIN, f"approve {number}", "It still takes 1 of security.")
    assert stage.aiven.writes() == []
    await stage.type(EVE, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")


async def test_a_delete_takes_the_typed_name_by_click_and_by_command(stage: Stage) -> None:
    await stage.put_policy('[[rules]]\nname = "deletes"\nrights = ["flow.delete"]\ntype_flow = true\n')
    number = await stage.ask(DELETE)
    await stage.click(BOB, number, "approve")
    (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
    assert view.title == f"Approve request {number}"
    seen = len(stage.slack.ephemeral_to(BOB))
    await stage.slack.submit(view, {"flow": "kafka-eu"}, user=BOB)
    (told,) = await stage.slack.wait_for(lambda: stage.slack.ephemeral_to(BOB)[seen:])
    assert f"approve {number} kafka-eu -&gt; kafka-us" in told.text
    await stage.type(BOB, f"approve {number} kafka-us -> kafka-eu", "type the flow")
    assert stage.aiven.writes() == []
    await stage.type(BOB, f"approve {number} kafka-eu -> kafka-us", "You approved")
    await stage.card(number, "applied and verified")


async def test_the_name_is_typed_into_the_form_that_a_click_opens(stage: Stage) -> None:
    await stage.put_policy("[approval]\ntype_flow = true\n")
    number = await stage.ask(ON)
    await stage.click(ANN, number, "approve")
    await stage.slack.wait_for(
        lambda: [m for m in stage.slack.ephemeral_to(ANN) if "you asked for it yourself" in m.text]
    )
    assert not stage.slack.views.get(ANN)
    await stage.click(BOB, number, "approve")
    (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
    assert (await stage.slack.submit(view, {"flow": "kafka-eu -> kafka-us"}, user=BOB)).ok
    await stage.card(number, "applied and verified")


async def test_a_reason_is_asked_for_before_there_is_a_request(stage: Stage) -> None:
    await stage.put_policy('[approval]\nreason_min_length = 5\nreason_pattern = "INC-[0-9]+"\n')
    await stage.type(ANN, ON, "a reason of at least 5 characters")
    await stage.type(ANN, f"{ON} --reason because", "the reason must hold INC-[0-9]+")
    await stage.ask(f"{ON} --reason INC-42 is open")


async def test_a_policy_that_changes_meanwhile_is_shown_with_what_it_was(stage: Stage) -> None:
    number = await stage.ask(ON)
    await stage.put_policy("[approval]\nquorum = 2\n")
    await stage.type(BOB, f"approve {number}", "It still takes 1 more.")
    await stage.slack.wait_for(lambda: "The policy has changed" in shown(stage, number))
    assert "It takes 2 approvals (by default)." in shown(stage, number)
    assert "when it was asked for it took 1 approval (by default)." in shown(stage, number)
    assert stage.aiven.writes() == []


async def test_a_denial_of_the_policy_wins_over_a_role(stage: Stage) -> None:
    await stage.put_policy('[[deny]]\nname = "no deletes"\nrights = ["flow.delete"]\nbecause = "ask the owners"\n')
    await stage.type(ANN, DELETE, "the denial “no deletes” of the policy forbids flow.delete")
    await stage.type(ADMIN, DELETE, "ask the owners")
    await stage.ask(ON)


async def test_the_card_goes_where_the_rule_says_and_calls_whom_it_names(stage: Stage) -> None:
    stage.slack.add_channel("C0APPROVALS", "approvals")
    await stage.put_policy(f'[approval]\nchannel = "C0APPROVALS"\nmention = ["{BOB}"]\n')
    await stage.type(ANN, ON, "waits for approval")
    card = await stage.card(1, "waiting for approval", channel="C0APPROVALS")
    assert f"cc <@{BOB}>" in str(card.blocks)
    assert stage.find_card(1, channel=OPS) is None


async def test_the_policy_and_its_reasons_can_be_asked_for_in_chat(stage: Stage) -> None:
    await stage.put_policy(
        """
[[rules]]
name = "deletes"
rights = ["flow.delete"]
quorum = 2
[[deny]]
name = "no topics"
rights = ["flow.edit"]
because = "ask the owners"
""",
    )
    said = await stage.type(ANN, "policy show", "deletes")
    assert "2 approvals" in said
    assert "By default" in said
    assert "ask the owners" in said
    await stage.type(EVE, "policy show", "you hold no role")
    said = await stage.type(ANN, "policy explain @ann delete kafka-eu -> kafka-us", "may ask for that")
    assert "It takes 2 approvals." in said
    assert "editor on acme-prod/* gives flow.delete" in said
    said = await stage.type(ADMIN, "policy explain @eve pause kafka-eu -> kafka-us", "may not ask for that")
    assert "the role operator on acme-prod/mm2-eu/kafka-eu->kafka-us" in said
    await stage.type(ANN, "policy explain @ann update kafka-eu -> kafka-us topics+=x", "ask the owners")
    await stage.type(ANN, "policy explain @bob delete kafka-eu -> kafka-us", "I cannot explain what others may do")
    await stage.type(ANN, "policy explain @ann list", "is no change of a flow")


async def test_a_refusal_names_who_could_and_the_card_names_the_policy(stage: Stage) -> None:
    await stage.grant(EVE, "viewer")
    told = await stage.type(EVE, ON, "I cannot ask to turn exactly-once on")
    assert f"<@{ANN}>" in told
    assert f"<@{BOB}>" not in told
    number = await stage.ask(ON)
    assert parse_policy("[approval]\nquorum = 1\n").digest[:12] in shown(stage, number)
