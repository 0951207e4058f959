"""An Enterprise Grid: people of other workspaces of our organisation come in, those of another organisation do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.stage import ANN, BOB, OPS, Stage

OURS, OTHERS, SIBLING = "E0ACME", "E0OTHER", "T0SIBLING"


def seen_in(enterprise: str | None) -> dict[str, Any]:
    """What a click or form says about where it was: `team` is null in an app of the whole organisation."""
    return {"team": None, "enterprise": {"id": enterprise, "name": "acme"} if enterprise else None}


@pytest.fixture
async def stage(valkey: str, team: str) -> AsyncIterator[Stage]:
    """ANN and BOB are of another workspace than the app."""
    async with Stage(valkey, team, enterprise=OURS) as made:
        for user in (ANN, BOB):
            made.slack.world.users[user].team_id = SIBLING
            made.slack.world.users[user].enterprise_id = OURS
        await made.quiet()
        await made.advance(61)
        yield made


async def test_somebody_of_another_workspace_of_ours_asks_and_decides(stage: Stage) -> None:
    asked = await stage.slack.command(ANN, OPS, "/flow pause kafka-eu -> kafka-us", team_id=SIBLING)
    assert asked.ok
    await stage.card(1, "waiting for approval")
    await stage.click(BOB, 1, "approve", **seen_in(OURS))
    await stage.card(1, "applied and verified")


async def test_somebody_of_another_workspace_of_ours_denies_with_a_reason(stage: Stage) -> None:
    number = await stage.ask("pause kafka-eu -> kafka-us")
    await stage.click(BOB, number, "deny", **seen_in(OURS))
    (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
    assert (await stage.slack.submit(view, {"reason": "later"}, **seen_in(OURS))).ok
    await stage.card(number, "Denied: later")


@pytest.mark.parametrize("enterprise", [OTHERS, None])
async def test_somebody_of_another_organisation_stays_out(stage: Stage, enterprise: str | None) -> None:
    number = await stage.ask("pause kafka-eu -> kafka-us")
    await stage.click(BOB, number, "deny", **seen_in(OURS))
    (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
    seen = len(stage.slack.ephemeral_to(BOB))
    await stage.slack.command(BOB, OPS, f"/flow approve {number}", team_id=SIBLING, enterprise_id=enterprise)
    await stage.click(BOB, number, "approve", **seen_in(enterprise))
    await stage.slack.submit(view, {"reason": "later"}, **seen_in(enterprise))
    answers = await stage.slack.wait_for(lambda: len(got := stage.slack.ephemeral_to(BOB)[seen:]) == 3 and got)
    assert all("not of my workspace" in each.text for each in answers)
    await stage.card(number, "waiting for approval")


async def test_a_stranger_whose_click_names_our_organisation_stays_out(stage: Stage) -> None:
    """In a shared channel the payload tells where the app is installed, not where the person comes from."""
    number = await stage.ask("pause kafka-eu -> kafka-us")
    await stage.quiet()
    bob = stage.slack.world.users[BOB]
    bob.enterprise_id, bob.is_stranger = None, True
    await stage.click(BOB, number, "approve", **seen_in(OURS))
    refused = await stage.slack.wait_for(lambda: stage.slack.ephemeral_to(BOB))
    assert "not of my workspace" in refused[-1].text
    assert stage.aiven.writes() == []


async def test_a_second_account_of_the_requester_does_not_approve(stage: Stage) -> None:
    for user in (ANN, BOB):
        stage.slack.world.users[user].account_of = "W0ONE"
    number = await stage.ask("pause kafka-eu -> kafka-us")
    await stage.type(BOB, f"approve {number}", "you asked for it yourself")
    assert stage.aiven.writes() == []
