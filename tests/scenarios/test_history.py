"""Looking back: the history of a flow, and of everything that somebody may read."""

from __future__ import annotations

import pytest

from bot.desk import history
from bot.store import history as index
from bot.store import keys, requests
from bot.store.commit import Commit
from tests.scenarios.test_batches import done
from tests.scenarios.test_for_a_while import holding
from tests.stage import ADMIN, ANN, BOB, EVE, Stage

PAUSE = "pause kafka-eu -> kafka-us"
HISTORY = "history kafka-eu -> kafka-us"
FLOW = "acme-prod/mm2-eu/kafka-eu->kafka-us"


async def applied(stage: Stage, text: str) -> int:
    number = await stage.ask(text)
    await stage.type(BOB, f"approve {number}", "You approved")
    await stage.card(number, "applied and verified")
    return number


async def denied(stage: Stage, text: str) -> int:
    number = await stage.ask(text)
    await stage.type(BOB, f"deny {number} not now", "You denied")
    return number


async def copied(stage: Stage, number: int, many: int, **changes: object) -> None:
    """So many more requests that ended as this one did, each a second after the one before."""
    ended = await requests.load(stage.store, number)
    assert ended is not None
    commit = Commit()
    for each in range(1, many + 1):
        ended_at = ended.changed_at.timestamp() + each
        copy = ended.model_copy(update={
            "number": number + each, "changed_at": ended.changed_at.fromtimestamp(ended_at, ended.changed_at.tzinfo),
            **changes,
        })  # fmt: skip
        commit.put(keys.request(copy.number), copy, version=copy.version)
        index.enter(commit, copy)
    await stage.store.commit(commit)


def numbers(told: str) -> list[int]:
    """The requests that an answer is about, in its order."""
    return [int(each.partition(":")[0]) for each in told.split("Request ")[1:]]


async def test_a_flow_s_history_tells_who_changed_what_when_why_and_who_approved(stage: Stage) -> None:
    number = await applied(stage, "exactly-once on kafka-eu -> kafka-us --reason orders counted twice")
    await applied(stage, "pause kafka-us -> kafka-ap")
    waiting = await stage.ask(PAUSE)
    told = await stage.type(BOB, HISTORY, "*History of kafka-eu -> kafka-us* on `acme-prod/mm2-eu`")
    assert numbers(told) == [waiting, number]
    assert f"✅ *Request {number}: turn exactly-once on*" in told
    assert f"applied and verified, asked by <@{ANN}>, approved by <@{BOB}>\n>orders counted twice\n" in told
    assert "```exactly-once  off → on```" in told
    assert f"⏳ Request {waiting}: pause kafka-eu -> kafka-us — waiting for approval" in told


async def test_what_came_to_nothing_is_counted_and_shown_when_asked_for(stage: Stage) -> None:
    first = await denied(stage, PAUSE)
    second = await stage.ask("exactly-once on kafka-us -> kafka-ap")
    await stage.type(ANN, f"cancel {second}", "You took back")
    for text, both in ((HISTORY, [first]), ("history", [second, first])):
        told = await stage.type(ANN, text, "None.")
        assert f"{len(both)} that came to nothing" in told
        assert numbers(await stage.type(ANN, f"{text} --all", "History")) == both
    assert f"asked by <@{ANN}>, denied by <@{BOB}>: not now" in await stage.type(ANN, f"{HISTORY} --all")


async def test_show_all_is_one_click_away(stage: Stage) -> None:
    number = await denied(stage, PAUSE)
    await stage.type(ANN, HISTORY, "1 that came to nothing is left out")
    await stage.slack.click(ANN, stage.slack.ephemeral_to(ANN)[-1], "page-all")
    await stage.slack.wait_for(
        lambda: [m for m in stage.slack.ephemeral_to(ANN) if f"Request {number}: pause" in m.text]
    )


async def test_of_everything_only_what_the_person_may_read_is_shown(stage: Stage) -> None:
    first, second = await applied(stage, PAUSE), await applied(stage, "pause kafka-us -> kafka-ap")
    assert numbers(await stage.type(ANN, "history", "History")) == [second, first]
    await stage.type(EVE, "history", "None.")
    await stage.type(EVE, HISTORY, "I cannot show the history of acme-prod/mm2-eu/kafka-eu->kafka-us")
    await stage.grant(EVE, "viewer", "acme-prod/mm2-eu/kafka-us->kafka-ap")
    assert numbers(await stage.type(EVE, "history", "History")) == [second]
    await stage.type(EVE, HISTORY, "I cannot show the history")
    await stage.type(EVE, "history kafka-us -> kafka-ap", f"Request {second}")


async def test_one_s_own_requests_stay_in_sight_when_the_role_is_gone(stage: Stage) -> None:
    number = await applied(stage, PAUSE)
    await stage.type(ADMIN, "role revoke @ann editor on acme-prod/*", "no longer")
    assert numbers(await stage.type(ANN, "history", "History")) == [number]


async def test_pages_go_through_more_than_a_thousand_of_a_flow(stage: Stage) -> None:
    number = await applied(stage, PAUSE)
    await copied(stage, number, 1100)
    told = await stage.type(ANN, HISTORY, "page 1 of 138")
    assert numbers(told) == list(range(1101, 1093, -1))
    await stage.slack.click(ANN, stage.slack.ephemeral_to(ANN)[-1], "page-next")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "page 2 of 138" in m.text])
    last = await stage.type(ANN, f"{HISTORY} --page 999", "page 138 of 138")
    assert numbers(last) == [5, 4, 3, 2, 1]


async def test_the_history_of_everything_has_pages_that_nobody_counts(stage: Stage) -> None:
    number = await applied(stage, PAUSE)
    await copied(stage, number, 160)
    told = await stage.type(ANN, "history", "*History* — page 1\n")
    assert numbers(told) == list(range(161, 146, -1))
    assert numbers(await stage.type(ANN, "history --page 2", "— page 2\n")) == list(range(146, 131, -1))
    assert numbers(await stage.type(ANN, "history --page 99", "page 11 of 11")) == list(range(11, 0, -1))


async def test_pages_are_counted_when_all_was_looked_at_and_what_was_left_out_at_the_end_too(stage: Stage) -> None:
    await denied(stage, PAUSE)
    number = await applied(stage, PAUSE)
    await copied(stage, number, 14)
    told = await stage.type(ANN, "history", "*History*\n")
    assert len(numbers(told)) == 15
    assert "1 that came to nothing is left out" in told
    await copied(stage, number + 14, 5)
    assert "left out" not in await stage.type(ANN, "history", "page 1 of 2")
    assert "left out" in await stage.type(ANN, "history --page 2", "page 2 of 2")


async def test_looking_through_everything_ends_somewhere_and_says_where(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await applied(stage, PAUSE)
    await copied(stage, number, 350, by=BOB)
    monkeypatch.setattr(history, "LOOKED_AT", 200)
    told = await stage.type(ANN, f"history --by <@{ANN}>", "None.")
    assert "I looked back to" in told
    monkeypatch.undo()
    told = await stage.type(ANN, f"history --by <@{ANN}>", f"by <@{ANN}>")
    assert numbers(told) == [number]
    assert "I looked back to" not in told


async def test_by_and_since_choose(stage: Stage) -> None:
    old = await applied(stage, PAUSE)
    await stage.advance(8 * 86_400)
    await stage.grant(EVE, "editor")
    young = await stage.ask("resume kafka-eu -> kafka-us", EVE)
    await stage.type(BOB, f"approve {young}", "You approved")
    await stage.card(young, "applied and verified")
    for text in (HISTORY, "history"):
        assert numbers(await stage.type(BOB, text, "History")) == [young, old]
        assert numbers(await stage.type(BOB, f"{text} --since 7d", "since")) == [young]
        assert numbers(await stage.type(BOB, f"{text} --by <@{ANN}>", f"by <@{ANN}>")) == [old]
        assert numbers(await stage.type(BOB, f"{text} --by <@{ANN}> --since 7d", "None.")) == []


async def test_a_flow_that_is_gone_still_has_its_history(stage: Stage) -> None:
    number = await applied(stage, "delete kafka-eu -> kafka-us")
    assert f"Request {number}: delete" in await stage.type(ANN, HISTORY)
    stage.slack.add_channel("C0DEV", "kafka-dev")
    text = f"{HISTORY} --project acme-prod"
    assert f"Request {number}: delete" in await stage.type(ANN, text, channel="C0DEV")
    await stage.type(ANN, "history kafka-ap -> kafka-eu --project acme-prod", "has a flow", channel="C0DEV")


async def test_the_history_needs_no_aiven(stage: Stage) -> None:
    number = await applied(stage, PAUSE)
    stage.aiven.fail(times=None, status=503)
    assert numbers(await stage.type(ANN, HISTORY)) == [number]


async def test_a_request_for_several_flows_is_in_the_history_of_each_with_its_own_part(stage: Stage) -> None:
    number = await stage.ask("exactly-once on kafka-eu -> kafka-us, kafka-us -> kafka-ap")
    stage.aiven.world.change_flow("acme-prod", "mm2-eu", "kafka-us", "kafka-ap", {"topics": ["other"]})
    await stage.type(BOB, f"approve {number}", "You approved")
    await done(stage, number, "stale")
    told = await stage.type(ANN, HISTORY, f"🔀 *Request {number}: turn exactly-once on*")
    assert "Stopped at kafka-us -> kafka-ap (2 of 2)" in told
    assert "```exactly-once  off → on```" in told
    assert numbers(await stage.type(ANN, "history kafka-us -> kafka-ap", "1 that came to nothing")) == []
    await stage.grant(EVE, "viewer", FLOW)
    told = await stage.type(EVE, HISTORY, f"Request {number}: turn exactly-once on")
    assert "kafka-ap" not in told
    told = await stage.type(EVE, f"{HISTORY} --by <@{ANN}>", f"Request {number}: turn exactly-once on")
    assert "kafka-ap" not in told
    await stage.type(EVE, "history", "None.")


async def test_undoing_and_changes_for_a_while_are_told(stage: Stage) -> None:
    number = await applied(stage, PAUSE)
    back = await applied(stage, f"undo {number}")
    assert f"undoes request {number}" in await stage.type(ANN, HISTORY, f"Request {back}: resume")
    short = await holding(stage)
    await stage.type(ANN, HISTORY, f"⏱️ Request {short}: turn exactly-once on for kafka-eu -> kafka-us for 2h — applied")
    await stage.advance(7200)
    await stage.card(short, "applied, and taken back")
    told = await stage.type(ANN, HISTORY, f"⏪ *Request {short}: turn exactly-once on for 2h*")
    assert f"applied, and taken back, asked by <@{ANN}>, approved by <@{BOB}>\n```exactly-once  off → on```" in told
