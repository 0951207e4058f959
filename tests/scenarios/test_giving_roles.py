"""Giving a role is a request where a rule speaks of it; roles end by themselves, and their holders hear of it."""

from __future__ import annotations

from tests.scenarios.test_break_glass import posted, told
from tests.scenarios.test_policy import shown
from tests.stage import ADMIN, ANN, BOB, EVE, OPS, Stage

RULE = '[[rules]]\nname = "power"\nrights = ["access.manage"]\nscopes = ["acme-prod/*"]\n'
GIVE = "role grant @eve editor on acme-prod/*"


async def test_under_a_rule_a_role_is_given_once_somebody_else_approves(stage: Stage) -> None:
    await stage.grant(BOB, "admin", "*")
    await stage.put_policy(RULE)
    number = await stage.ask(f"{GIVE} for 8h --reason she is on call", ADMIN)
    card = shown(stage, number)
    assert f"*Gets it*\\n<@{EVE}>" in card
    assert "*How long*\\nfor 8h" in card
    assert "+ request flow.edit" in card
    assert "she is on call" in card
    await stage.type(EVE, "list", "I cannot show")
    await stage.click(ADMIN, number, "approve")
    await stage.type(ADMIN, f"approve {number}", "you asked for it yourself")
    await stage.type(ANN, f"approve {number}", "it takes the right to approve access.manage")
    await stage.type(EVE, f"approve {number}", "it takes the right to approve access.manage")
    await stage.type(ANN, f"request {number}", "I cannot show request")
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied and verified")
    await stage.type(EVE, "list", "Flows of")
    assert "sluice:request:grant" in await stage.tags()


async def test_a_wider_scope_is_no_way_around_the_rule(stage: Stage) -> None:
    await stage.put_policy(RULE)
    for scope in ("*", "acme*", "*/mm2-eu/*", "acme-prod/mm2-eu/a->b"):
        await stage.ask(f"role grant @eve viewer on {scope}", ADMIN)
    await stage.type(ADMIN, "role grant @eve viewer on other/*", "is now")
    await stage.type(EVE, "list", "I cannot show")


async def test_a_role_that_gives_more_by_now_is_not_given(stage: Stage) -> None:
    await stage.grant(BOB, "admin", "*")
    await stage.put_policy(RULE + '[roles.helper]\nrequest = ["flow.read"]\n')
    number = await stage.ask("role grant @eve helper on acme-prod/*", ADMIN)
    await stage.put_policy(RULE + '[roles.helper]\nrequest = ["flow.read", "flow.delete"]\n')
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.card(number, "stale")
    await stage.type(EVE, "list", "I cannot show")


async def test_what_would_leave_no_admin_by_now_is_not_given(stage: Stage) -> None:
    await stage.grant(BOB, "admin", "*")
    await stage.type(ADMIN, "role grant @eve admin on * for 8h", "is now")
    await stage.put_policy(RULE)
    number = await stage.ask("role grant @admin admin on * for 1h", ADMIN)
    await stage.type(ADMIN, "role revoke @bob admin on *", "no longer")
    await stage.type(EVE, f"approve {number}", "You approved")
    await stage.card(number, "nobody who manages access for good")


async def test_who_lost_the_right_to_give_gives_nothing(stage: Stage) -> None:
    await stage.grant(BOB, "admin", "*")
    await stage.grant(ANN, "admin", "acme-prod/*")
    await stage.put_policy(RULE)
    number = await stage.ask(GIVE, ANN)
    await stage.type(BOB, "role revoke @ann admin on acme-prod/*", "no longer")
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.card(number, "denied")
    await stage.type(EVE, "list", "I cannot show")


async def test_taking_a_role_never_waits(stage: Stage) -> None:
    await stage.grant(EVE, "editor")
    await stage.put_policy(RULE)
    await stage.type(ADMIN, "role revoke @eve editor on acme-prod/*", "no longer")
    await stage.type(EVE, "list", "I cannot show")


async def test_the_last_admin_stays_also_in_time(stage: Stage) -> None:
    await stage.type(ADMIN, "role grant @admin admin on * for 1h", "it is the last admin")
    await stage.type(ADMIN, "role grant @bob admin on * for 1h", "is now")
    await stage.type(ADMIN, "role revoke @admin admin on *", "it is the last admin")
    await stage.grant(BOB, "admin", "*")
    await stage.type(ADMIN, "role revoke @admin admin on *", "no longer")


async def test_a_role_that_ends_is_told_of_before_and_after_and_is_gone(stage: Stage) -> None:
    await stage.type(ADMIN, f"{GIVE} for 8h", "until")
    await stage.type(ADMIN, "role list ending", "editor on acme-prod/*")
    await stage.advance(7 * 3600 - 60)
    await stage.type(EVE, "list", "Flows of")
    await stage.advance(120)
    await told(stage, EVE, "the role `editor on acme-prod/*` ends")
    await stage.advance(3600)
    await told(stage, EVE, "the role `editor on acme-prod/*` ended")
    await stage.type(ADMIN, "role list ending", "None.")
    await stage.type(EVE, "list", "I cannot show")
    assert (await stage.tags()).count("sluice:role:end") == 1


async def test_a_role_that_was_given_anew_does_not_end_with_the_first(stage: Stage) -> None:
    await stage.type(ADMIN, f"{GIVE} for 1h", "until")
    await stage.type(ADMIN, GIVE, "is now")
    await stage.advance(7200)
    await stage.type(EVE, "list", "Flows of")
    assert "sluice:role:end" not in await stage.tags()


async def test_the_newest_hash_is_posted_on_schedule(stage: Stage) -> None:
    await stage.put_policy(f'[audit]\nchannel = "{OPS}"\nevery = "1h"\n')
    await stage.advance(0)
    await posted(stage, "The audit log has")
    await stage.type(ANN, "whoami")
    for times in (2, 3):
        await stage.advance(3600)
        await stage.slack.wait_for(
            lambda: len([m for m in stage.slack.in_channel(OPS) if "The audit log has" in m.text]) == times  # noqa: B023
        )
    newest = [m for m in stage.slack.in_channel(OPS) if "The audit log has" in m.text][-1]
    assert (await stage.store.newest_head()).hash in newest.text
