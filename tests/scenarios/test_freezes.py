"""A freeze holds up what was approved, says so, and lets it through when it ends."""

from __future__ import annotations

from tests.stage import ADMIN, ANN, BOB, EVE, Stage

ON = "exactly-once on kafka-eu -> kafka-us"


async def test_nothing_is_applied_in_a_freeze_and_it_goes_on_after_it(stage: Stage) -> None:
    await stage.type(ADMIN, "freeze acme-prod/* for 2h the sale is on", "Nothing is applied on")
    number = await stage.ask(ON)
    card = stage.find_card(number)
    assert card is not None
    assert "waits for a freeze of acme-prod/* by" in str(card.blocks)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.slack.wait_for(lambda: "It waits for a freeze" in str(card.blocks))
    assert "the sale is on" in str(card.blocks)
    assert stage.aiven.writes() == []
    await stage.advance(2 * 3600 - 120)
    await stage.type(ANN, "freezes", "acme-prod/*")
    assert stage.aiven.writes() == []
    await stage.advance(300)
    await stage.card(number, "applied and verified")
    await stage.type(ANN, "freezes", "None.")


async def test_a_freeze_that_is_ended_early_lets_it_through(stage: Stage) -> None:
    await stage.type(ADMIN, "freeze acme-prod/* for 9h", "Nothing is applied on")
    number = await stage.ask(ON)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.slack.wait_for(lambda: "It waits for" in str((c := stage.find_card(number)) and c.blocks))
    await stage.type(ADMIN, "unfreeze acme-prod/*", "no longer frozen")
    await stage.advance(61)
    await stage.card(number, "applied and verified")
    tags = await stage.tags()
    assert "command:freeze:freeze" in tags
    assert "command:freeze:unfreeze" in tags
    assert "sluice:request:freeze" in tags


async def test_only_who_manages_freezes_of_all_of_it_may_freeze(stage: Stage) -> None:
    for user in (ANN, BOB, EVE):
        await stage.type(user, "freeze acme-prod/* for 1h", "I cannot freeze acme-prod/*")
        await stage.type(user, "unfreeze acme-prod/*", "I cannot unfreeze acme-prod/*")
    await stage.grant(EVE, "admin", "acme-prod/mm2-eu/*")
    await stage.type(EVE, "freeze acme-prod/* for 1h", "I cannot freeze acme-prod/*")
    await stage.type(EVE, "freeze acme-prod/mm2-eu/* for 1h", "Nothing is applied on")


async def test_times_that_make_no_sense_are_refused(stage: Stage) -> None:
    await stage.type(ADMIN, "freeze acme-prod/* until soon", "I cannot read “soon” as a time")
    await stage.type(ADMIN, "freeze acme-prod/* until 2020-01-01", "That is over")
    await stage.type(ADMIN, "freeze acme-prod/* until 2999-01-01", "more than 90 days away")
    await stage.type(ADMIN, "freeze acme-prod/*", "Until when?")
    await stage.type(ADMIN, "unfreeze acme-prod/*", "Nobody froze")


async def test_a_window_of_the_policy_freezes_too(stage: Stage) -> None:
    await stage.put_policy('[[freezes]]\nname = "always"\ndaily = "00:00 - 00:00"\nbecause = "we moved"\n')
    number = await stage.ask(ON)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.slack.wait_for(
        lambda: "It waits for the freeze “always”" in str((c := stage.find_card(number)) and c.blocks)
    )
    await stage.type(ANN, "freezes", "always")
    await stage.type(ANN, f"cancel {number}", "You took back")
    assert stage.aiven.writes() == []
