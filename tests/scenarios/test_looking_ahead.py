"""What a look ahead finds stands on the card; what it stops nobody approves, but a broken glass may overrule it."""

from __future__ import annotations

import pytest

from bot.core.fields import IDENTITY_POLICY
from bot.sandbox.slack.model import Message
from bot.store import requests
from tests.stage import ADMIN, ANN, BOB, EU_US, EVE, Stage

BACK = "create kafka-us -> kafka-eu topics=orders.* policy=identity"


def shown(card: Message) -> str:
    """Everything on a card, as one text."""
    return str(card.blocks)


async def closing_a_loop(stage: Stage) -> int:
    """A request that would let records go round for ever."""
    stage.aiven.world.change_flow(*EU_US, {"replication_policy_class": IDENTITY_POLICY})
    await stage.type(ANN, BACK, "waits for approval")
    await stage.card(1, "waiting for approval")
    return 1


async def test_a_stop_stands_on_a_card_that_cannot_be_approved(stage: Stage) -> None:
    number = await closing_a_loop(stage)
    card = await stage.card(number, "waiting for approval")
    assert "🛑 kafka-us → kafka-eu → kafka-us is a circle" in shown(card)
    assert '"approve"' not in shown(card).replace("'", '"')
    assert '"deny"' in shown(card).replace("'", '"')
    await stage.type(BOB, f"approve {number}", "only breaking the glass can overrule that")
    request = await requests.load(stage.store, number)
    assert request is not None
    assert request.decisions == ()
    assert stage.aiven.writes() == []


async def test_who_breaks_the_glass_overrules_a_stop(stage: Stage) -> None:
    await stage.grant(EVE, "responder")
    number = await closing_a_loop(stage)
    await stage.type(EVE, f"break-glass {number} we shall filter it", "Break the glass on request 1?")
    await stage.type(EVE, f"break-glass {number}", "You broke the glass")
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


async def test_where_no_approval_is_needed_a_stop_still_stops(stage: Stage) -> None:
    await stage.put_policy('[[rules]]\nname = "free"\nquorum = 0\n')
    number = await closing_a_loop(stage)
    await stage.quiet()
    assert "breaks the glass" in shown(await stage.card(number, "waiting for approval"))
    await stage.advance(120)
    await stage.type(ADMIN, "requests", f"Request {number}")
    assert stage.aiven.writes() == []


@pytest.mark.parametrize(("text", "words"), [
    ("create kafka-ue -> kafka-us topics=orders.*", "Try: `/flow create kafka-eu -> kafka-us topics=orders.*`"),
    ("create kafka-eu-prod -> kafka-ap topics=orders.*", "Try: `/flow create kafka-eu -> kafka-ap topics=orders.*`"),
])  # fmt: skip
async def test_a_wrong_alias_is_corrected_and_nothing_is_asked_for(stage: Stage, text: str, words: str) -> None:
    await stage.type(ANN, text, words)
    await stage.type(ANN, "requests", "None.")


async def test_a_routine_change_gets_a_few_short_lines(stage: Stage) -> None:
    """No more than a tired person reads."""
    number = await stage.ask("exactly-once on kafka-eu -> kafka-us")
    request = await requests.load(stage.store, number)
    assert request is not None
    assert [each.rule for each in request.findings] == ["read-committed", "restart"]
    assert "isolation.level=read_committed" in shown(await stage.card(number, "waiting"))


async def test_a_pause_says_until_when_to_resume(stage: Stage) -> None:
    number = await stage.ask("pause kafka-eu -> kafka-us")
    assert "before" in shown(await stage.card(number, "waiting"))
    request = await requests.load(stage.store, number)
    assert request is not None
    assert [each.rule for each in request.findings] == ["outlasts-retention"]


async def test_a_second_request_for_the_same_flow_is_told_on_its_card(stage: Stage) -> None:
    first = await stage.ask("exactly-once on kafka-eu -> kafka-us")
    second = await stage.ask("pause kafka-eu -> kafka-us")
    assert f"{first}" in " ".join(
        each.text
        for each in (await requests.load(stage.store, second)).findings
        if each.rule == "open-request"  # type: ignore[union-attr]
    )


async def test_what_aiven_does_not_tell_in_time_holds_up_nobody(stage: Stage) -> None:
    """The flow itself can be read; the look around it gives up, and the card says what was not seen."""
    stage.aiven.fail(method="GET", path="/topic", status=503, times=None)
    number = await stage.ask("pause kafka-eu -> kafka-us")
    assert "I could not see the topics of kafka-eu" in shown(await stage.card(number, "waiting"))
