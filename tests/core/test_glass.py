"""Break-glass: a word, a second word of the same person in time, and a review by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.access import Access
from bot.core.deciding import decide, judge_again
from bot.core.giving import Giving
from bot.core.intent import Verdict
from bot.core.people import Person
from bot.core.request import Decision, Refusal, Request, State
from tests.core.test_request import NOW, ONE, PLAN, access, request, said

TEAM = access(UEVE="responder", UFAY="responder")
GIVING = Giving(subject="UBOB", role="editor", scope="acme/*", gives=("request flow.edit",))


def word(by: str = "UEVE", reason: str = "it burns", minutes: float = 0) -> Decision:
    return said(by, Verdict.BREAK, reason, at=NOW + timedelta(minutes=minutes))


def proposed() -> Request:
    return decided(request(), word())


def broken() -> Request:
    return decided(proposed(), word(reason="", minutes=1))


def over() -> Request:
    return broken().ended(State.APPLIED, NOW + timedelta(minutes=2), "Applied.")


def decided(before: Request, decision: Decision, team: Access = TEAM, **people: Person) -> Request:
    after = decide(before, decision, people, team, ONE)
    assert isinstance(after, Request), after
    return after


def refused(before: Request, decision: Decision, team: Access = TEAM, **people: Person) -> Refusal:
    after = decide(before, decision, people, team, ONE)
    assert isinstance(after, Refusal), after
    return after


def test_a_word_proposes_and_a_second_one_breaks() -> None:
    first = proposed()
    assert (first.state, first.is_broken, first.wants_review, first.decisions) == (State.PENDING, False, False, ())
    second = broken()
    assert (second.state, second.is_broken, second.wants_review) == (State.APPROVED, True, True)
    assert [(each.by, each.verdict, each.reason) for each in second.decisions] == [("UEVE", "break-glass", "it burns")]
    assert judge_again(second, {}, TEAM, ONE, NOW) is None


@pytest.mark.parametrize(("decision", "words"), [
    (word("UFAY", "", 1), "say why first: `/flow break-glass 7 reason…`"),
    (word("UEVE", "", 10.1), "say why first"),
    (word("UANN", "now"), "it takes the right to bypass the approvals of flow.operate"),
    (word("UASK", "now"), "bypass the approvals"),
])  # fmt: skip
def test_a_word_that_does_not_count(decision: Decision, words: str) -> None:
    assert words in refused(proposed(), decision).why


def test_exactly_ten_minutes_are_in_time() -> None:
    assert decided(proposed(), word(reason="", minutes=10)).is_broken


def test_without_a_first_word_there_is_nothing_to_confirm() -> None:
    assert "say why first" in refused(request(), word(reason="")).why


def test_it_is_broken_once() -> None:
    again = refused(broken(), word(reason="", minutes=2))
    assert again.settled
    assert "bypassed already" in again.why


def test_whoever_approved_and_then_breaks_the_glass_has_said_one_thing() -> None:
    both = access(UANN="responder")
    after = decided(decided(request(), word("UANN"), both), word("UANN", "", 1), both)
    assert judge_again(after, {}, access(), ONE, NOW) is not None


def test_who_lost_the_right_before_the_write_leaves_it_to_the_approvers() -> None:
    fallen = judge_again(broken(), {}, access(), ONE, NOW)
    assert fallen is not None
    assert (fallen.state, fallen.glass, fallen.is_broken) == (State.PENDING, None, False)
    assert "<@UEVE> may not bypass its approvals any more" in fallen.note
    assert "they hold no role" in fallen.note
    assert decided(decided(fallen, word("UFAY")), word("UFAY", "", 1)).wants_review


def test_giving_a_role_has_no_glass() -> None:
    refusal = refused(request(plan=GIVING), word().model_copy(update={"digest": GIVING.digest}))
    assert "only changes of flows" in refusal.why


def test_one_denial_of_an_approver_ends_it_all_the_same() -> None:
    assert decided(broken(), said("UANN", Verdict.DENY, "it does not")).state is State.DENIED


@pytest.mark.parametrize(("decision", "words"), [
    (said("UEVE", Verdict.REVIEW, "fine"), "somebody else has to review it"),
    (said("UASK", Verdict.REVIEW, "fine"), "somebody else has to review it"),
    (said("UTOO", Verdict.REVIEW, "fine"), "somebody else has to review it"),
    (said("UFAY", Verdict.REVIEW, "fine"), "it takes the right to approve flow.operate"),
    (said("UANN", Verdict.REVIEW, " "), "say what you found: `/flow review 7 …`"),
    (said("UANN", Verdict.REVIEW, "fine", digest="another"), "not the plan of this request"),
])  # fmt: skip
def test_a_review_that_does_not_count(decision: Decision, words: str) -> None:
    assert words in refused(over(), decision, UTOO=Person("UTOO", account_of="UEVE")).why


def test_the_first_account_of_who_broke_the_glass_by_a_second_one_does_not_review() -> None:
    second = Person("UEVE", account_of="UANN")
    assert "somebody else" in refused(over(), said("UANN", Verdict.REVIEW, "fine"), UEVE=second).why


def test_a_review_is_of_what_is_over_and_leaves_the_moment_it_ended_at() -> None:
    assert "not over yet" in refused(broken(), said("UANN", Verdict.REVIEW, "fine")).why
    closed = decided(over(), said("UANN", Verdict.REVIEW, "fine"))
    assert not closed.wants_review
    assert (closed.changed_at, closed.version, closed.state) == (over().changed_at, over().version + 1, State.APPLIED)
    assert refused(closed, said("UANN", Verdict.REVIEW, "fine")).settled
    assert not refused(closed, said("UBOB", Verdict.REVIEW, "fine")).settled


def test_the_digest_of_the_plan_is_what_the_words_are_about() -> None:
    assert "not the plan" in refused(request(), word().model_copy(update={"digest": "x" + PLAN.digest})).why
