"""What Aiven can do to a change: nothing is lost, nothing happens twice, and what cannot be told is said."""

from __future__ import annotations

from typing import Any

import pytest

from bot.aiven.client import Patience
from bot.core.outcome import GIVE_UP, LONGEST_WAIT, SETTLE
from tests.stage import ADMIN, ANN, BOB, EU_US, Stage

ON = "exactly-once on kafka-eu -> kafka-us"
FLOW = "replication-flows/kafka-eu/kafka-us"


async def approved(stage: Stage, text: str = ON) -> int:
    """A request that has just been approved."""
    number = await stage.ask(text)
    await stage.type(BOB, f"approve {number}", "You approved")
    return number


@pytest.mark.parametrize(
    "fault",
    [
        {"wait_text_seconds": 28},
        {"retry_after_header": 28},
    ],
    ids=["words", "header"],
)
async def test_a_rate_limit_is_waited_out_on_the_card(stage: Stage, fault: dict[str, Any]) -> None:
    stage.aiven.fail(method="PUT", path=FLOW, **fault)
    number = await approved(stage)
    await stage.slack.wait_for(lambda: "I try again in 28 s" in str((c := stage.find_card(number)) and c.blocks))
    assert len(stage.aiven.writes()) == 1
    await stage.advance(28)
    await stage.card(number, "applied and verified")
    assert [call.status for call in stage.aiven.writes()] == [429, 200]


async def test_a_waiting_request_can_still_be_cancelled(stage: Stage) -> None:
    stage.aiven.fail(method="PUT", path=FLOW, wait_text_seconds=28)
    number = await approved(stage)
    await stage.slack.wait_for(lambda: "I try again" in str((c := stage.find_card(number)) and c.blocks))
    await stage.click(ANN, number, "cancel")
    await stage.card(number, "taken back")
    await stage.advance(60)
    await stage.type(ANN, "requests", "None.")
    assert len(stage.aiven.writes()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "after"},
        {"status": 500, "apply": True},
        {"status": 503, "apply": True},
        {"html": True, "apply": True},
        {"body": b"{", "apply": True},
        {"errors_in_200": True, "apply": True},
        {"truncated": True},
    ],
    ids=str,
)
async def test_a_write_that_took_effect_though_it_looked_failed_is_found_by_reading(
    stage: Stage, fault: dict[str, Any]
) -> None:
    stage.aiven.fail(method="PUT", path=FLOW, **fault)
    number = await approved(stage)
    await stage.slack.wait_for(
        lambda: (
            stage.find_card(number, "applied and verified")
            or "keep reading" in str((c := stage.find_card(number)) and c.blocks)
        )
    )
    await stage.advance(2)
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"status": 500}, {"status": 502}, {"html": True}], ids=str)
async def test_a_write_that_surely_did_not_happen_is_sent_again_after_it_had_time_to_settle(
    stage: Stage, fault: dict[str, Any]
) -> None:
    stage.aiven.fail(method="PUT", path=FLOW, **fault)
    number = await approved(stage)
    await stage.slack.wait_for(lambda: "keep reading" in str((c := stage.find_card(number)) and c.blocks))
    await stage.advance(2)
    assert len(stage.aiven.writes()) == 1
    await stage.advance(SETTLE.total_seconds())
    await stage.card(number, "applied and verified")
    assert [call.applied for call in stage.aiven.writes()] == [False, True]


async def test_a_create_that_timed_out_is_read_and_not_repeated(stage: Stage) -> None:
    stage.aiven.fail(method="POST", path="replication-flows", drop="after")
    number = await approved(stage, "create kafka-us -> kafka-eu exactly-once=on")
    await stage.slack.wait_for(lambda: "keep reading" in str((c := stage.find_card(number)) and c.blocks))
    await stage.advance(2)
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


async def test_a_created_flow_that_does_not_show_at_once_is_waited_for(stage: Stage) -> None:
    stage.aiven.world.eventual_create = 2
    number = await approved(stage, "create kafka-us -> kafka-eu")
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


async def test_what_aiven_took_is_never_sent_again_however_late_it_shows(stage: Stage) -> None:
    stage.aiven.world.eventual_create = 20
    number = await approved(stage, "create kafka-us -> kafka-eu")
    await stage.slack.wait_for(lambda: "keep reading" in str((c := stage.find_card(number)) and c.blocks))
    for _ in range(5):
        await stage.quiet()
        read = len(stage.aiven.calls("GET"))
        await stage.advance(LONGEST_WAIT.total_seconds())
        await stage.aiven.wait_for(lambda: len(stage.aiven.calls("GET")) > read)  # noqa: B023 - awaited here
    await stage.card(number, "applied and verified")
    assert len(stage.aiven.writes()) == 1


@pytest.mark.parametrize("fault", [{"truncated": True}, {"body": b"{"}], ids=str)
async def test_a_yes_that_broke_off_is_never_sent_again(stage: Stage, fault: dict[str, Any]) -> None:
    """Aiven said 200; that it does not show yet does not mean that it did not happen."""
    stage.aiven.fail(method="PUT", path=FLOW, **fault)
    number = await approved(stage)
    await stage.slack.wait_for(lambda: "keep reading" in str((c := stage.find_card(number)) and c.blocks))
    stage.aiven.world.change_flow(*EU_US, {"exactly_once_delivery_enabled": False})
    for _ in range(4):
        await stage.quiet()
        read = len(stage.aiven.calls("GET"))
        await stage.advance(LONGEST_WAIT.total_seconds())
        await stage.aiven.wait_for(lambda: len(stage.aiven.calls("GET")) > read)  # noqa: B023 - awaited here
    assert len(stage.aiven.writes()) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            {"status": 400, "message": "Invalid input for config: 0 is less than the minimum of 1"},
            "0 is less than the minimum",
        ),
        ({"status": 401}, "An admin has to renew AIVEN_TOKEN"),
        ({"status": 403}, "does not let my token change the flow"),
        ({"status": 404}, "Aiven found nothing"),
        ({"status": 409, "message": "Service is not powered on"}, "Service is not powered on"),
    ],
    ids=["400", "401", "403", "404", "409"],
)
async def test_a_refusal_ends_it_with_aiven_s_words(stage: Stage, fault: dict[str, Any], words: str) -> None:
    stage.aiven.fail(method="PUT", path=FLOW, **fault)
    number = await approved(stage)
    card = await stage.card(number, "failed")
    assert words in str(card.blocks)
    assert "Nothing was changed" in str(card.blocks)
    assert len(stage.aiven.writes()) == 1


async def test_a_token_in_an_error_reaches_neither_card_nor_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.aiven.fail(method="PUT", path=FLOW, status=400, token_in_body=True)
    number = await approved(stage)
    await stage.card(number, "failed")
    seen = "".join(str(m.blocks) + m.text for m in stage.slack.messages) + caplog.text
    assert stage.aiven.access.token not in seen
    assert "AVNS_" not in seen


async def test_while_aiven_may_still_be_at_work_nothing_is_sent_again_and_in_the_end_a_person_is_asked(
    stage: Stage,
) -> None:
    """The connection is held longer than we wait: reading shows no change, and the bot stops and says so."""
    number = await stage.ask(ON)
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    stage.sluice._worker._desk.aiven._patience = Patience(write=0.05)
    hold = stage.aiven.hold("PUT", FLOW)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.slack.wait_for(lambda: "did not answer" in str((c := stage.find_card(number)) and c.blocks))
    for _ in range(6):
        await stage.advance(60)
        await stage.type(ANN, "requests", f"Request {number}")
    assert len(stage.aiven.writes()) == 1
    await stage.advance(GIVE_UP.total_seconds())
    card = await stage.card(number, "unknown: please look yourself")
    assert card.find("approve") == []
    hold.release()


async def test_a_flow_that_changed_since_the_plan_is_left_alone(stage: Stage) -> None:
    number = await stage.ask(ON)
    stage.aiven.world.change_flow(*EU_US, {"topics": ["orders.created"]})
    await stage.click(BOB, number, "approve")
    card = await stage.card(number, "stale")
    assert card.find("approve") == []
    assert stage.aiven.writes() == []


async def test_a_gauge_that_aiven_adds_is_shown_and_disturbs_no_request(stage: Stage) -> None:
    """A key that nobody here can set changes by itself: between plan and write, and while it is read back."""
    stored = stage.aiven.world.service("acme-prod", "mm2-eu").flows["kafka-eu", "kafka-us"].stored
    stored["lag_seconds"] = 1
    number = await stage.ask(ON)
    stored["lag_seconds"] = 2
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied and verified")
    assert "lag_seconds" in await stage.type(ANN, "show kafka-eu -> kafka-us")


async def test_a_change_that_somebody_else_made_already_is_not_sent_again(stage: Stage) -> None:
    number = await stage.ask(ON)
    stage.aiven.world.change_flow(*EU_US, {"exactly_once_delivery_enabled": True})
    await stage.click(BOB, number, "approve")
    card = await stage.card(number, "applied and verified")
    assert "already as planned" in str(card.blocks)
    assert stage.aiven.writes() == []


async def test_a_flow_deleted_meanwhile_makes_it_stale(stage: Stage) -> None:
    number = await stage.ask(ON)
    stage.aiven.world.remove_flow(*EU_US)
    await stage.click(BOB, number, "approve")
    await stage.card(number, "stale")


async def test_a_delete_is_applied_and_verified_by_its_absence(stage: Stage) -> None:
    number = await approved(stage, "delete kafka-eu -> kafka-us")
    await stage.card(number, "applied and verified")
    assert [(call.method, call.text) for call in stage.aiven.writes()] == [("DELETE", "")]


async def test_a_command_waits_for_an_aiven_that_is_away(stage: Stage) -> None:
    """An accepted change is not lost because Aiven cannot be read just then."""
    stage.aiven.fail(method="GET", path=FLOW, status=503, times=3)
    await stage.type(ANN, ON, "Your command is kept")
    await stage.advance(5)
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "waits for approval" in m.text])


async def test_a_question_to_an_aiven_that_is_away_is_answered_so(stage: Stage) -> None:
    stage.aiven.fail(method="GET", path=FLOW, status=503, times=3)
    await stage.type(ANN, "show kafka-eu -> kafka-us", "cannot read the flow")


async def test_writes_on_one_service_go_one_at_a_time(stage: Stage) -> None:
    first = await stage.ask(ON)
    second = await stage.ask("exactly-once on kafka-us -> kafka-ap")
    hold = stage.aiven.hold("PUT")
    await stage.type(BOB, f"approve {first}", "You approved")
    await hold.arrived.wait()
    await stage.type(BOB, f"approve {second}", "You approved")
    await stage.aiven.wait_for(lambda: any("kafka-us/kafka-ap" in c.path for c in stage.aiven.calls("GET")[-1:]))
    await stage.advance(1)
    await stage.type(ADMIN, "requests", f"Request {second}")
    assert len(stage.aiven.writes()) == 1
    hold.release()
    await stage.card(first, "applied and verified")
    await stage.advance(2)
    await stage.card(second, "applied and verified")
    assert len(stage.aiven.writes()) == 2


async def test_between_two_tries_nobody_else_writes_on_the_service(stage: Stage) -> None:
    """Else the flow might change in between, and nobody could tell any more what became of the first try."""
    first = await stage.ask(ON)
    second = await stage.ask("update kafka-eu -> kafka-us topics+=refunds.*")
    stage.aiven.fail(method="PUT", path=FLOW, status=502)
    stage.aiven.fail(method="PUT", path=FLOW, status=429, wait_text_seconds=30)
    await stage.type(BOB, f"approve {first}", "You approved")
    await stage.type(BOB, f"approve {second}", "You approved")
    while len(stage.aiven.writes()) < 2:
        await _later(stage, 2)
    for _ in range(3):
        await _later(stage, 5)
    assert len(stage.aiven.writes()) == 2
    for _ in range(8):
        await _later(stage, 5)
    await stage.card(first, "applied and verified")
    await stage.card(second, "stale")
    assert len(stage.aiven.writes()) == 3


async def _later(stage: Stage, seconds: float) -> None:
    await stage.advance(seconds)
    await stage.store.ping()
    await stage.quiet()
