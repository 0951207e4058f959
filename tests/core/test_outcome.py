"""What becomes of a write: sent again only when it surely did not happen, stopped when nobody can tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core import outcome
from bot.core.batch import Batch
from bot.core.flow import Create, Delete, Patch
from bot.core.outcome import ATTEMPTS, GIVE_UP, SETTLE, Reading, Trouble, compare
from bot.core.plan import Plan, Timing
from bot.core.request import Request, State
from bot.core.watching import begun
from tests.core.test_request import BEFORE, NOW, PLAN, REF, request

CREATE = Plan(ref=REF, change=Create(body=BEFORE), before=None, after=BEFORE)
DELETE = Plan(ref=REF, change=Delete(), before=BEFORE, after=None)


@pytest.mark.parametrize(("plan", "flow", "reading"), [
    (PLAN, BEFORE, Reading.BEFORE),
    (PLAN, BEFORE | {"replication_progress": 0.5}, Reading.BEFORE),
    (PLAN, BEFORE | {"enabled": False}, Reading.AFTER),
    (PLAN, BEFORE | {"enabled": False, "follower_fetching_enabled": True}, Reading.AFTER),
    (PLAN, BEFORE | {"topics": ["x"]}, Reading.OTHER),
    (PLAN, None, Reading.OTHER),
    (CREATE, None, Reading.BEFORE),
    (CREATE, BEFORE, Reading.AFTER),
    (CREATE, BEFORE | {"follower_fetching_enabled": True}, Reading.AFTER),
    (CREATE, BEFORE | {"enabled": False}, Reading.OTHER),
    (DELETE, BEFORE, Reading.BEFORE),
    (DELETE, None, Reading.AFTER),
    (DELETE, BEFORE | {"enabled": False}, Reading.OTHER),
])  # fmt: skip
def test_a_flow_is_as_before_as_planned_or_something_else(
    plan: Plan, flow: dict[str, object] | None, reading: Reading
) -> None:
    assert compare(plan, flow) is reading  # type: ignore[arg-type]


def test_a_change_beside_the_planned_one_is_something_else() -> None:
    before = BEFORE | {"topics": ["x"]}
    plan = Plan(ref=REF, change=Patch(body={"enabled": False}), before=before, after=before | {"enabled": False})
    assert compare(plan, BEFORE | {"enabled": False, "topics": ["y"]}) is Reading.OTHER
    assert compare(plan, BEFORE | {"enabled": False}) is Reading.OTHER


def applying(seconds: float = 0, **changes: object) -> Request:
    return request(state=State.APPLYING, attempts=1, sent_at=NOW - timedelta(seconds=seconds), **changes)


def test_to_begin_counts_the_attempt_and_keeps_the_fence() -> None:
    begun = outcome.begun(request(state=State.APPROVED), 12, NOW)
    assert (begun.state, begun.attempts, begun.fence, begun.sent_at) == (State.APPLYING, 1, 12, NOW)


def test_read_back_as_planned_is_applied_and_watched_from_then_on() -> None:
    then = outcome.resolved(applying(), Reading.AFTER, NOW)
    assert (then.request.state, then.at) == (State.APPLIED, None)
    assert then.request.watch == begun([PLAN], NOW)
    assert outcome.resolved(applying(), Reading.OTHER, NOW).request.watch is None


def test_what_holds_for_a_while_is_watched_and_its_way_back_too() -> None:
    timed = PLAN.model_copy(update={"timing": Timing(lasting=3600)})
    held = outcome.resolved(applying(plan=timed), Reading.AFTER, NOW).request
    assert (held.state, held.watch) == (State.HOLDING, begun([timed], NOW))
    back = applying(plan=timed, reverting=True, past_attempts=1)
    reverted = outcome.resolved(back, Reading.AFTER, NOW).request
    assert (reverted.state, reverted.watch) == (State.REVERTED, begun(back.steps, NOW, back=True))
    assert outcome.resolved(back, Reading.OTHER, NOW).request.watch is None


def test_all_flows_of_a_batch_are_watched_when_the_last_one_is_done() -> None:
    other = PLAN.model_copy(update={"ref": REF.model_copy(update={"target": "c"})})
    batch = Batch(plans=(PLAN, other))
    first = outcome.resolved(applying(plan=batch), Reading.AFTER, NOW).request
    assert (first.state, first.watch) == (State.APPROVED, None)
    already = outcome.unsendable(first, Reading.AFTER, BEFORE, NOW)
    assert (already.state, already.watch) == (State.APPLIED, begun([PLAN, other], NOW))
    untouched = request(plan=batch, state=State.APPROVED, done=1)
    assert outcome.unsendable(untouched, Reading.AFTER, BEFORE, NOW).watch is None


def test_what_an_earlier_try_did_is_watched_and_what_somebody_else_did_is_not() -> None:
    tried = outcome.unsendable(request(state=State.APPROVED, attempts=1), Reading.AFTER, BEFORE, NOW)
    assert tried.watch == begun([PLAN], NOW)
    assert outcome.unsendable(request(state=State.APPROVED), Reading.AFTER, BEFORE, NOW).watch is None


def test_something_else_is_said_not_to_be_known() -> None:
    assert outcome.resolved(applying(), Reading.OTHER, NOW).request.state is State.UNKNOWN


def test_not_there_yet_is_read_again_until_it_had_time_to_settle() -> None:
    then = outcome.resolved(applying(1), Reading.BEFORE, NOW)
    assert then.request.state is State.APPLYING
    assert then.at is not None
    assert then.at > NOW


def test_settled_and_not_there_is_sent_again_as_a_new_attempt() -> None:
    then = outcome.resolved(applying(SETTLE.total_seconds()), Reading.BEFORE, NOW)
    assert (then.request.state, then.action, then.at) == (State.APPROVED, "retry", NOW)


def test_after_the_last_attempt_it_failed() -> None:
    then = outcome.resolved(applying(60).model_copy(update={"attempts": ATTEMPTS}), Reading.BEFORE, NOW)
    assert then.request.state is State.FAILED


def test_while_aiven_may_still_be_at_work_it_is_never_sent_again() -> None:
    for seconds in (1, 30, GIVE_UP.total_seconds() - 1):
        then = outcome.resolved(applying(seconds, still_running=True), Reading.BEFORE, NOW)
        assert then.request.state is State.APPLYING
    given_up = outcome.resolved(applying(GIVE_UP.total_seconds(), still_running=True), Reading.BEFORE, NOW)
    assert given_up.request.state is State.UNKNOWN
    assert outcome.LOOK in given_up.request.outcome
    assert "I keep reading" not in given_up.request.outcome


def test_what_cannot_be_read_is_read_again_and_given_up_in_the_end() -> None:
    reading = outcome.unreadable(applying(5), "away", NOW).request
    assert (reading.state, reading.waits) == (State.APPLYING, 1)
    assert outcome.unreadable(applying(GIVE_UP.total_seconds()), "away", NOW).request.state is State.UNKNOWN


@pytest.mark.parametrize(("trouble", "state"), [
    (Trouble("w", passing=True), State.APPROVED),
    (Trouble("w", passing=True, wait=28), State.APPROVED),
    (Trouble("w"), State.FAILED),
    (Trouble("w", in_doubt=True), State.APPLYING),
    (Trouble("w", in_doubt=True, still_running=True), State.APPLYING),
])  # fmt: skip
def test_an_error_after_sending(trouble: Trouble, state: State) -> None:
    then = outcome.after_error(applying(), trouble, NOW)
    assert then.request.state is state
    assert then.request.still_running is trouble.still_running


def test_an_error_before_sending_never_leaves_it_in_doubt() -> None:
    approved = request(state=State.APPROVED)
    assert outcome.after_error(approved, Trouble("w", in_doubt=True), NOW).request.state is State.FAILED
    assert outcome.after_error(approved, Trouble("w", passing=True), NOW).request.state is State.APPROVED


def test_a_wait_is_as_long_as_aiven_says_and_does_not_cost_an_attempt() -> None:
    then = outcome.after_error(applying(), Trouble("Too many.", passing=True, wait=28), NOW)
    assert then.at == NOW + timedelta(seconds=28)
    assert then.request.note == "Too many. I try again in 28 s."
    assert (then.request.attempts, then.request.waits) == (0, 1)


def test_waits_grow_to_a_minute() -> None:
    waits = [
        outcome.after_error(request(state=State.APPROVED, waits=n), Trouble("w", passing=True), NOW).at
        for n in range(9)
    ]
    seconds = [(at - NOW).total_seconds() for at in waits if at]
    assert seconds[0] == 2
    assert seconds == sorted(seconds)
    assert seconds[-1] == 60


def test_a_flow_that_changed_meanwhile_makes_it_stale_and_nothing_is_sent() -> None:
    assert outcome.unsendable(request(state=State.APPROVED), Reading.OTHER, BEFORE, NOW).state is State.STALE
    already = outcome.unsendable(request(state=State.APPROVED), Reading.AFTER, BEFORE, NOW)
    assert (already.state, already.outcome) == (State.APPLIED, "The flow is already as planned. Nothing more was sent.")


def test_after_an_earlier_try_a_changed_flow_is_not_called_untouched() -> None:
    tried = request(state=State.APPROVED, attempts=1)
    assert outcome.unsendable(tried, Reading.OTHER, BEFORE, NOW).state is State.UNKNOWN
    assert "earlier try" in outcome.unsendable(tried, Reading.AFTER, BEFORE, NOW).outcome


def test_a_refusal_that_contradicts_what_was_read_is_settled_by_reading() -> None:
    assert outcome.contradicted(applying(), Reading.AFTER, "It exists.", NOW).request.state is State.APPLIED
    failed = outcome.contradicted(applying(), Reading.OTHER, "It exists.", NOW).request
    assert (failed.state, failed.outcome) == (State.FAILED, "It exists. Nothing was changed.")


def test_expired_says_what_it_waited_for() -> None:
    assert "without enough approvals" in outcome.expired(request())
    waiting = request(state=State.APPROVED, note="Aiven gets too many calls.")
    assert "Aiven gets too many calls." in outcome.expired(waiting)


@pytest.mark.parametrize(("plan", "flow", "said"), [
    (PLAN, None, "it is gone"),
    (PLAN, BEFORE | {"topics.blacklist": ["x"], "enabled": True}, "exclude changed meanwhile"),
    (DELETE, BEFORE | {"topics": ["x"]}, "topics changed meanwhile"),
    (CREATE, BEFORE | {"enabled": False}, "it exists by now"),
])  # fmt: skip
def test_a_stale_request_tells_what_is_new(plan: Plan, flow: dict[str, object] | None, said: str) -> None:
    stale = outcome.unsendable(request(plan=plan, state=State.APPROVED), Reading.OTHER, flow, NOW)  # type: ignore[arg-type]
    assert stale.state is State.STALE
    assert f"{said}. Nothing was sent." in stale.outcome
