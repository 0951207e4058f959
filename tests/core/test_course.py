"""The course of a request through several flows, and there and back for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.batch import Batch, together
from bot.core.deciding import decide
from bot.core.flow import FlowRef, Patch
from bot.core.holding import LEAD, announce_at, next_look
from bot.core.intent import Verdict
from bot.core.plan import Plan, Timing
from bot.core.preflight.finding import Finding, Level
from bot.core.request import REVERT_WITHIN, Decision, Refusal, Request, State
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
    held = asked(WHILE, state=State.APPLYING).ended(State.APPLIED, NOW, "Applied.")
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
    held = asked(plan("b", Timing(lasting=600)), state=State.APPLYING).ended(State.APPLIED, NOW, "Applied.")
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
