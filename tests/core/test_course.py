"""The course of a request through several flows, and there and back for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core import outcome
from bot.core.batch import Batch, together
from bot.core.deciding import decide, judge_again
from bot.core.flow import Create, Delete, FlowRef, Patch
from bot.core.holding import LEAD, announce_at, next_look
from bot.core.intent import Verdict
from bot.core.outcome import Reading
from bot.core.plan import Plan, Timing
from bot.core.policy import Policy, Quorum
from bot.core.policy.rules import Approval
from bot.core.preflight.finding import Finding, Level
from bot.core.request import REVERT_WITHIN, Decision, Glass, Refusal, Request, State
from bot.core.rights import Right
from bot.core.waiting import wake
from tests.core.test_request import NOW, ONE, access

TARGETS = ("b", "c", "d")


def plan(target: str, timing: Timing | None = None) -> Plan:
    ref = FlowRef(project="acme", service="mm2", source="a", target=target)
    before = {"source_cluster": "a", "target_cluster": target, "enabled": True}
    return Plan(
        ref=ref, change=Patch(body={"enabled": False}), before=before, after=before | {"enabled": False},
        timing=timing or Timing(),
    )  # fmt: skip


def asked(what: Plan | Batch, **more: object) -> Request:
    made = Request(
        number=7, by="UASK", channel="C1", plan=what, policy="p", asked_at=NOW, changed_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )  # fmt: skip
    return made.model_copy(update=more)


BATCH = Batch(plans=tuple(map(plan, TARGETS)))
WHILE = plan("b", Timing(lasting=7200))


def test_flow_after_flow_and_only_the_last_one_ends_it() -> None:
    request = asked(BATCH, state=State.APPLYING, attempts=2, still_running=True, locks=True)
    pairs = []
    while request.is_open:
        pairs.append(request.flow_plan.ref.target)
        request = request.model_copy(update={"state": State.APPLYING, "attempts": 2})
        request = request.ended(State.APPLIED, NOW, "Applied.")
        assert not request.locks
        if request.is_open:
            assert (request.state, request.attempts, request.still_running) == (State.APPROVED, 0, False)
            assert wake(request, None) == NOW  # type: ignore[arg-type] # a policy has no say in this
    assert pairs == list(TARGETS)
    assert (request.state, request.done, request.past_attempts + request.attempts) == (State.APPLIED, 3, 6)
    assert request.outcome == "Applied."


@pytest.mark.parametrize(("done", "words"), [
    (0, "Stopped at a -> b (1 of 3): No. After it 2 flows are not touched."),
    (1, "Stopped at a -> c (2 of 3): No. Before it 1 flow is changed. After it 1 flow is not touched."),
    (2, "Stopped at a -> d (3 of 3): No. Before it 2 flows are changed."),
])  # fmt: skip
def test_a_stop_says_what_is_changed_and_what_is_not(done: int, words: str) -> None:
    ended = asked(BATCH, state=State.APPLYING, done=done).ended(State.FAILED, NOW, "No.")
    assert (ended.state, ended.outcome) == (State.FAILED, words)


def test_what_was_not_begun_needs_no_such_words() -> None:
    assert asked(BATCH).ended(State.DENIED, NOW, "No.").outcome == "No."
    assert "Before it 1 flow is changed" in asked(BATCH, done=1).ended(State.DENIED, NOW, "No.").outcome


def test_for_a_while_it_holds_is_announced_and_goes_back() -> None:
    held = asked(WHILE, state=State.APPLYING, attempts=1).ended(State.APPLIED, NOW, "Applied.")
    assert (held.state, held.is_open, held.revert_at) == (State.HOLDING, True, NOW + timedelta(hours=2))
    assert announce_at(held) == next_look(held) == NOW + timedelta(hours=2) - LEAD
    told = held.moved(NOW, announced=True)
    assert (announce_at(told), next_look(told)) == (None, held.revert_at)
    back = told.taken_back(NOW + timedelta(hours=2))
    assert (back.state, back.expires_at) == (State.APPROVED, NOW + timedelta(hours=2) + REVERT_WITHIN)
    assert (back.flow_plan.before, back.flow_plan.after) == (WHILE.after, WHILE.before)
    over = back.ended(State.APPLIED, NOW, "Read back.")
    assert (over.state, over.outcome) == (State.REVERTED, "Applied, and taken back. Read back.")


def test_a_short_while_is_announced_in_its_last_quarter() -> None:
    held = asked(plan("b", Timing(lasting=600)), state=State.APPLYING, attempts=1).ended(State.APPLIED, NOW, "Applied.")
    assert announce_at(held) == NOW + timedelta(seconds=450)


@pytest.mark.parametrize(("state", "ends"), [
    (State.STALE, State.KEPT), (State.FAILED, State.KEPT), (State.DENIED, State.KEPT), (State.EXPIRED, State.KEPT),
    (State.UNKNOWN, State.UNKNOWN), (State.APPLIED, State.REVERTED),
])  # fmt: skip
def test_how_taking_back_ends(state: State, ends: State) -> None:
    back = asked(WHILE, state=State.APPROVED, reverting=True)
    assert back.ended(state, NOW, "So.").state is ends


def test_the_time_is_part_of_what_is_approved() -> None:
    digests = {each.digest for each in (plan("b"), WHILE, plan("b", Timing(lasting=7201)), plan("b", Timing(at=NOW)))}
    assert len(digests) == 4
    assert BATCH.digest != Batch(plans=BATCH.plans, timing=Timing(at=NOW)).digest


def test_two_flows_are_several_and_the_last_one_is_told_of_when_all_is_over() -> None:
    two = Batch(plans=BATCH.plans[:2])
    stopped = asked(two, state=State.APPLYING, done=1).ended(State.UNKNOWN, NOW, "Who knows.")
    assert stopped.outcome == "Stopped at a -> c (2 of 2): Who knows. Before it 1 flow is changed."
    over = asked(two, state=State.APPLYING, done=1).ended(State.APPLIED, NOW, "Done.")
    assert (over.done, over.flow_plan.ref.target) == (2, "c")


def finding(text: str, level: Level = Level.WARN) -> Finding:
    return Finding(rule="r", level=level, text=text)


@pytest.mark.parametrize(("found", "texts"), [
    ([["x"], ["x"], ["x"]], ["x"]),
    ([["x"], [], []], ["a -> b: x"]),
    ([["x"], ["x"], []], ["a -> b, a -> c: x"]),
    ([["a -> b is odd"], [], []], ["a -> b is odd"]),
    ([["x"]], ["x"]),
    ([[], []], []),
])  # fmt: skip
def test_what_is_found_about_several_flows_is_said_once_and_names_the_flow(
    found: list[list[str]], texts: list[str]
) -> None:
    pairs = zip(BATCH.plans, ([finding(text) for text in each] for each in found), strict=False)
    assert [each.text for each in together(pairs)] == texts


def test_stops_come_first_of_all_that_is_found() -> None:
    pairs = [(BATCH.plans[0], [finding("n", Level.NOTE)]), (BATCH.plans[1], [finding("s", Level.STOP)])]
    assert [each.level for each in together(pairs)] == [Level.STOP, Level.NOTE]


HELD = asked(WHILE, state=State.HOLDING, revert_at=NOW + timedelta(hours=2))


@pytest.mark.parametrize(("by", "verdict", "reason", "state"), [
    ("UASK", Verdict.CANCEL, "", State.APPROVED), ("UANN", Verdict.CANCEL, "", None),
    ("UANN", Verdict.DENY, "for good", State.KEPT), ("UANN", Verdict.DENY, " ", None),
    ("UASK", Verdict.DENY, "I like it", None), ("UEVE", Verdict.DENY, "why not", None),
    ("UANN", Verdict.APPROVE, "", None), ("UANN", Verdict.BREAK, "now", None),
])  # fmt: skip
def test_what_people_can_say_while_it_holds(by: str, verdict: Verdict, reason: str, state: State | None) -> None:
    decision = Decision(by=by, verdict=verdict, digest=WHILE.digest, at=NOW, reason=reason)
    decided = decide(HELD, decision, {}, access(), ONE)
    assert (decided.state if isinstance(decided, Request) else None) is state
    if isinstance(decided, Request):
        assert decided.decisions == (decision,)
        assert decided.reverting is (verdict is Verdict.CANCEL)


def test_while_it_is_taken_back_nobody_decides() -> None:
    back = asked(WHILE, state=State.APPROVED, reverting=True)
    for verdict in (Verdict.APPROVE, Verdict.DENY, Verdict.CANCEL, Verdict.BREAK):
        decision = Decision(by="UANN", verdict=verdict, digest=WHILE.digest, at=NOW, reason="x")
        assert isinstance(decide(back, decision, {}, access(), ONE), Refusal)


def tried(request: Request) -> Request:
    """Its write was sent, and did not take effect."""
    return outcome.resolved(outcome.begun(request, 1, NOW), Reading.BEFORE, NOW + timedelta(seconds=11)).request


def test_who_falls_back_to_pending_keeps_no_service_to_itself() -> None:
    two = Policy(approval=Approval(quorum=Quorum(any_of=2), denials=2))
    decisions = tuple(
        Decision(by=by, verdict=Verdict.APPROVE, digest=plan("b").digest, at=NOW) for by in ("UANN", "UBOB")
    )
    waiting = tried(asked(plan("b"), state=State.APPROVED, decisions=decisions))
    assert (waiting.state, waiting.locks) == (State.APPROVED, True)
    no = Decision(by="UBOB", verdict=Verdict.DENY, digest=plan("b").digest, at=NOW, reason="no")
    denied = decide(waiting, no, {}, access(), two)
    assert isinstance(denied, Request)
    assert (denied.state, denied.locks) == (State.PENDING, False)


def test_what_was_not_made_here_is_not_taken_back() -> None:
    found = outcome.unsendable(asked(WHILE, state=State.APPROVED), Reading.AFTER, dict(WHILE.after or {}), NOW)
    assert found.state is State.APPLIED
    assert "not made here, so it is not taken back" in found.outcome


def test_taking_back_that_cannot_be_told_says_so() -> None:
    back = outcome.begun(asked(WHILE, state=State.APPROVED, reverting=True), 2, NOW)
    ended = outcome.resolved(back, Reading.OTHER, NOW).request
    assert ended.state is State.UNKNOWN
    assert ended.outcome.startswith("Applied; whether it was taken back cannot be told.")


@pytest.mark.parametrize("request_", [asked(BATCH, done=1), asked(WHILE, reverting=True)], ids=["half done", "back"])
def test_who_runs_out_of_time_midway_does_not_say_that_nothing_was_changed(request_: Request) -> None:
    assert "nothing was changed" not in outcome.expired(request_)


def test_a_glass_that_was_used_is_reviewed_whatever_follows() -> None:
    """The right is lost after the first of several flows."""
    broken = Glass(by="UANN", reason="fire", at=NOW, broken_at=NOW)
    half = asked(BATCH, state=State.APPROVED, glass=broken, done=1)
    after = judge_again(half, {}, access(UANN="viewer"), ONE, NOW)
    assert after is not None
    assert (after.state, after.wants_review) == (State.DENIED, True)
    assert "Before it 1 flow is changed." in after.outcome


def test_for_a_while_takes_the_rights_of_the_way_back_too() -> None:
    """Who may not delete makes no flow for a while, and the other way round."""
    made = Plan(ref=WHILE.ref, change=Create(body={"enabled": True}), before=None, after={"enabled": True})
    gone = Plan(ref=WHILE.ref, change=Delete(), before={"enabled": True, "topics": ["x"]}, after=None)
    for each, more in ((made, Right.DELETE), (gone, Right.CREATE), (gone, Right.EDIT)):
        assert more not in each.rights
        assert more in each.model_copy(update={"timing": Timing(lasting=60)}).rights
    assert plan("b").rights == WHILE.rights


def test_a_copy_with_another_timing_is_another_plan() -> None:
    one = plan("b")
    assert one.digest != one.model_copy(update={"timing": Timing(at=NOW)}).digest
