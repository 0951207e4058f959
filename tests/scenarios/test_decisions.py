"""Approve, deny, cancel: by button, form and command; every one judged by the server."""

from __future__ import annotations

from bot.core.policy import Policy
from bot.core.policy.rules import Approval
from bot.store import access as grants
from bot.store.access import AccessStore
from bot.store.commit import Commit
from tests.stage import ADMIN, ANN, BOB, EVE, OPS, Stage

PAUSE = "pause kafka-eu -> kafka-us"


async def refusal(stage: Stage, user: str) -> str:
    """The last no that this person got."""
    found = await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(user) if "⛔" in m.text])
    return found[-1].text


async def quorum(stage: Stage, number: int) -> None:
    """Puts a policy with this quorum in force."""
    known, _ = await AccessStore(stage.store).load()
    commit = Commit()
    grants.set_policy(commit, known, Policy(approval=Approval(quorum=number)), now=stage.clock.now())
    await stage.store.commit(commit)


async def test_deny_asks_for_the_reason_and_the_card_shows_it(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.click(BOB, number, "deny")
    (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
    assert view.title == f"Deny request {number}"
    delivery = await stage.slack.submit(view, {"reason": "Not during the <!channel> sale & co"}, user=BOB)
    assert delivery.ok
    card = await stage.card(number, "denied")
    assert "Not during the &lt;!channel&gt; sale &amp; co" in str(card.blocks)
    assert card.find("approve") == card.find("deny") == card.find("cancel") == []
    assert stage.aiven.writes() == []
    assert "form:request:deny" in await stage.tags()


async def test_deny_by_command_needs_a_reason_too(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.type(BOB, f"deny {number}", "needs a reason")
    await stage.type(BOB, f"deny {number} it's too early", "You denied")
    await stage.card(number, "Denied: it's too early")


async def test_a_form_that_cannot_be_opened_is_replaced_by_a_line_to_type(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    stage.slack.fail("views.open", error="expired_trigger_id")
    await stage.click(BOB, number, "deny")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(BOB) if f"/flow deny {number}" in m.text])


async def test_only_the_requester_cancels(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.click(BOB, number, "cancel")
    assert "only the person who asked" in await refusal(stage, BOB)
    await stage.click(ANN, number, "cancel")
    await stage.card(number, "taken back")


async def test_who_holds_no_role_decides_nothing_and_the_audit_log_knows(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.click(EVE, number, "approve")
    assert "you hold no role" in await refusal(stage, EVE)
    await stage.click(EVE, number, "deny")
    await stage.slack.wait_for(lambda: len([m for m in stage.slack.ephemeral_to(EVE) if "⛔" in m.text]) == 2)
    assert stage.slack.views.get(EVE) is None
    assert {"button:request:approve.refused", "button:request:deny.refused"} <= set(await stage.tags())
    assert stage.aiven.writes() == []


async def test_a_double_click_counts_once_and_applies_once(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.click(BOB, number, "approve")
    card = stage.find_card(number)
    assert card is not None
    await stage.slack.forge_click(BOB, card, "approve", str(number))
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1
    assert (await stage.tags()).count("button:request:approve") == 1


async def test_a_click_on_a_finished_request_is_answered_and_changes_nothing(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.click(ANN, number, "cancel")
    card = await stage.card(number, "taken back")
    await stage.slack.forge_click(BOB, card, "approve", str(number))
    assert "it is cancelled" in await refusal(stage, BOB)
    assert stage.aiven.writes() == []


async def test_a_request_that_does_not_exist_is_said_so(stage: Stage) -> None:
    await stage.type(BOB, "approve 999", "There is no request 999")
    await stage.type(BOB, "request 999", "There is no request 999")
    assert "command:request:approve.refused" in await stage.tags()


async def test_two_people_are_needed_when_the_policy_says_so(stage: Stage) -> None:
    await quorum(stage, 2)
    number = await stage.ask(PAUSE)
    await stage.click(BOB, number, "approve")
    await stage.type(BOB, f"approve {number}", "counted already")
    assert stage.aiven.writes() == []
    await stage.type(ADMIN, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")


async def test_approvals_are_judged_again_just_before_the_write(stage: Stage) -> None:
    """An approver who loses the role while Aiven is being read no longer counts; nothing is sent."""
    number = await stage.ask(PAUSE)
    hold = stage.aiven.hold("GET", "kafka-eu/kafka-us")
    await stage.click(BOB, number, "approve")
    await hold.arrived.wait()
    await stage.type(ADMIN, "role revoke @bob approver on acme-prod/*", "no longer")
    hold.release()
    card = await stage.slack.wait_for(lambda: stage.find_card(number, "waiting for approval"))
    await stage.slack.wait_for(lambda: "No longer counted" in str(card.blocks))
    assert stage.aiven.writes() == []
    await stage.type(ADMIN, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")


async def test_a_requester_who_lost_the_right_gets_nothing_applied(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.type(ADMIN, "role revoke @ann editor on acme-prod/*", "no longer")
    await stage.click(BOB, number, "approve")
    card = await stage.card(number, "denied")
    assert "may no longer ask for this" in str(card.blocks)
    assert stage.aiven.writes() == []


async def test_without_enough_approvals_it_expires_and_the_requester_hears(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.advance(24 * 3600 + 1)
    card = await stage.card(number, "expired")
    assert card.find("approve") == []
    await stage.slack.wait_for(lambda: [m for m in stage.slack.in_channel(OPS) if m.thread_ts == card.ts])
    await stage.type(BOB, f"approve {number}", "it is expired")


async def test_a_click_on_a_message_that_we_lost_track_of_adopts_it(stage: Stage) -> None:
    """A card posted twice (a crash between post and record): a click on the other one counts, its buttons go too."""
    number = await stage.ask(PAUSE)
    card = stage.find_card(number)
    assert card is not None
    twin = stage.slack.world.post(
        OPS, stage.slack.workspace.bot_user_id, "api", {"text": "twin", "blocks": card.blocks}
    )
    await stage.slack.click(BOB, twin, "approve")
    await stage.card(number, "applied and verified")
    await stage.slack.wait_for(lambda: twin.find("approve") == [] and "applied" in twin.text)


async def test_the_same_change_asked_twice_is_one_request(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    await stage.type(ANN, PAUSE, f"request *{number}* asks for already")
    await stage.type(ANN, "requests", f"Request {number}")
    await stage.type(ANN, f"request {number}", "waiting for approval")


async def test_a_card_that_shows_buttons_again_is_painted_again_when_one_is_clicked(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    card = await stage.card(number, "waiting for approval")
    old = (card.text, card.blocks)
    await stage.type(ANN, f"cancel {number}", "You took back")
    await stage.card(number, "taken back")
    card.text, card.blocks = old
    await stage.click(BOB, number, "approve")
    assert "it is cancelled" in await refusal(stage, BOB)
    card = await stage.card(number, "taken back")
    assert card.find("approve") == []
