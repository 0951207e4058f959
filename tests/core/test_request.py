"""The life of a request: whose decisions count, and that none counts twice or for oneself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.access import Access, Grant
from bot.core.deciding import decide, judge_again, unreasoned
from bot.core.flow import FlowRef, Patch
from bot.core.intent import Verdict
from bot.core.people import Person
from bot.core.plan import Plan
from bot.core.policy import Needs, Policy, Quorum
from bot.core.policy.rules import Approval
from bot.core.request import DECIDABLE, OPEN, Decision, Refusal, Request, State
from bot.core.weighing import approvers, weigh

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")
BEFORE = {"source_cluster": "a", "target_cluster": "b", "enabled": True}
PLAN = Plan(ref=REF, change=Patch(body={"enabled": False}), before=BEFORE, after=BEFORE | {"enabled": False})
ONE, TWO = Policy(), Policy(approval=Approval(quorum=Quorum(any_of=2)))


def request(**changes: object) -> Request:
    values = {
        "number": 7, "by": "UASK", "channel": "C1", "plan": PLAN, "policy": ONE.digest, "asked_at": NOW,
        "changed_at": NOW, "expires_at": NOW + timedelta(hours=24), **changes,
    }  # fmt: skip
    return Request.model_validate(values)


def access(**roles: str) -> Access:
    given = {"UASK": "editor", "UANN": "approver", "UBOB": "approver", **roles}
    return Access.of(Grant(subject=user, role=role, scope="acme/*", by="U0", at=NOW) for user, role in given.items())


def said(
    by: str, verdict: Verdict = Verdict.APPROVE, reason: str = "", digest: str = PLAN.digest, at: datetime = NOW
) -> Decision:
    return Decision(by=by, verdict=verdict, digest=digest, at=at, reason=reason)


def test_one_approval_of_somebody_else_approves() -> None:
    decided = decide(request(), said("UANN"), {}, access(), ONE)
    assert isinstance(decided, Request)
    assert decided.state is State.APPROVED
    assert decided.version == 2
    assert [each.by for each in decided.decisions] == ["UANN"]


def test_a_quorum_of_two_takes_two_people() -> None:
    first = decide(request(), said("UANN"), {}, access(), TWO)
    assert isinstance(first, Request)
    assert first.state is State.PENDING
    again = decide(first, said("UANN"), {}, access(), TWO)
    assert isinstance(again, Refusal)
    assert again.settled
    second = decide(first, said("UBOB"), {}, access(), TWO)
    assert isinstance(second, Request)
    assert second.state is State.APPROVED


@pytest.mark.parametrize(("decision", "words"), [
    (said("UASK"), "you asked for it yourself"),
    (said("UNOB"), "you hold no role"),
    (said("UANN", digest="other"), "not the plan of this request"),
    (said("UANN", at=NOW + timedelta(hours=24)), "run out of time"),
    (said("UANN", Verdict.DENY), "needs a reason"),
    (said("UANN", Verdict.DENY, "   "), "needs a reason"),
    (said("UASK", Verdict.DENY, "no"), "use cancel"),
    (said("UNOB", Verdict.DENY, "no"), "you hold no role"),
    (said("UANN", Verdict.CANCEL), "only the person who asked"),
])  # fmt: skip
def test_a_decision_that_does_not_count_is_refused_with_the_reason(decision: Decision, words: str) -> None:
    refused = decide(request(), decision, {}, access(), ONE)
    assert isinstance(refused, Refusal)
    assert words in refused.why
    assert not refused.settled


def test_an_admin_does_not_approve_their_own_request() -> None:
    refused = decide(request(), said("UASK"), {}, access(UASK="admin"), ONE)
    assert isinstance(refused, Refusal)


def test_a_denial_ends_it_with_its_reason() -> None:
    decided = decide(request(), said("UANN", Verdict.DENY, "not during the sale "), {}, access(), ONE)
    assert isinstance(decided, Request)
    assert decided.state is State.DENIED
    assert decided.outcome == "Denied: not during the sale"


def test_the_requester_takes_it_back() -> None:
    decided = decide(request(), said("UASK", Verdict.CANCEL), {}, access(), ONE)
    assert isinstance(decided, Request)
    assert (decided.state, decided.outcome) == (State.CANCELLED, "Taken back by the requester.")


@pytest.mark.parametrize("state", sorted(set(State) - DECIDABLE - {State.HOLDING}))
def test_nothing_can_be_decided_once_it_is_under_way_or_over(state: State) -> None:
    for verdict in set(Verdict) - {Verdict.REVIEW}:
        refused = decide(request(state=state), said("UANN", verdict, "no"), {}, access(), ONE)
        assert isinstance(refused, Refusal)
        assert refused.why == f"it is {state}"


def test_a_repeated_click_after_the_end_is_known() -> None:
    over = request(state=State.APPLIED, decisions=(said("UANN"),))
    refused = decide(over, said("UANN"), {}, access(), ONE)
    assert isinstance(refused, Refusal)
    assert refused.settled


def test_an_approved_request_can_still_be_denied_and_cancelled() -> None:
    approved = request(state=State.APPROVED, decisions=(said("UANN"),))
    assert isinstance(decide(approved, said("UBOB", Verdict.DENY, "wait"), {}, access(), ONE), Request)
    assert isinstance(decide(approved, said("UASK", Verdict.CANCEL), {}, access(), ONE), Request)


def test_judged_again_with_the_same_grants_it_stands() -> None:
    assert judge_again(request(state=State.APPROVED, decisions=(said("UANN"),)), {}, access(), ONE, NOW) is None


def test_an_approver_who_lost_the_role_no_longer_counts() -> None:
    approved = request(state=State.APPROVED, decisions=(said("UANN"),))
    fallen = judge_again(approved, {}, access(UANN="viewer"), ONE, NOW)
    assert fallen is not None
    assert fallen.state is State.PENDING
    assert "<@UANN>" in fallen.note
    assert "they hold viewer" in fallen.note


def test_a_stricter_policy_sends_it_back() -> None:
    fallen = judge_again(request(state=State.APPROVED, decisions=(said("UANN"),)), {}, access(), TWO, NOW)
    assert fallen is not None
    assert (fallen.state, fallen.note) == (State.PENDING, "It still takes 1 more.")


def test_a_requester_who_lost_the_right_ends_it() -> None:
    fallen = judge_again(request(state=State.APPROVED, decisions=(said("UANN"),)), {}, access(UASK="viewer"), ONE, NOW)
    assert fallen is not None
    assert fallen.state is State.DENIED
    assert "the requester holds viewer" in fallen.outcome


def test_an_approval_of_another_plan_is_worth_nothing() -> None:
    weighed = weigh(request(decisions=(said("UANN", digest="old"),)), {}, access(), ONE, NOW)
    assert weighed.counted == ()
    assert weighed.discounted == (("UANN", "it was given for another plan"),)


def test_the_newest_decision_of_a_person_counts() -> None:
    weighed = weigh(request(decisions=(said("UANN"), said("UANN", Verdict.DENY, "no"))), {}, access(), ONE, NOW)
    assert weighed.counted == ()


def test_who_may_approve_is_known() -> None:
    assert approvers(request(), access(UBOB="viewer"), NOW) == ["UANN"]


PEOPLE = ["UASK", "UANN", "UBOB", "UCAT"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(PEOPLE), st.sampled_from(list(Verdict))),
        st.tuples(st.just("role"), st.sampled_from(PEOPLE), st.sampled_from(["viewer", "editor", "approver", "admin"])),
        st.tuples(st.just("policy"), st.just(""), st.integers(1, 3)),
        st.tuples(st.just("time"), st.just(""), st.integers(0, 20)),
    ),
    max_size=25,
)


@given(STEPS, st.integers(1, 3))
def test_no_sequence_reaches_the_write_without_the_quorum_of_other_people_in_force(
    steps: list[tuple[str, str, object]], quorum: int
) -> None:
    """Random clicks, role changes, stricter policies and time: what survives the last judgement has its approvals."""
    current, roles, now = request(), {"UASK": "admin", "UANN": "approver"}, NOW
    policy = Policy(approval=Approval(quorum=Quorum(any_of=quorum)))
    for kind, who, what in steps:
        if kind == "role":
            roles[who] = str(what)
        grants = Access.of(Grant(subject=user, role=role, scope="*", by="U0", at=NOW) for user, role in roles.items())
        if kind == "say":
            decided = decide(current, said(who, Verdict(what), "because", at=now), {}, grants, policy)
            current = decided if isinstance(decided, Request) else current
        elif kind == "time":
            now += timedelta(hours=int(str(what)))
        elif kind == "policy":
            policy = Policy(approval=Approval(quorum=Quorum(any_of=int(str(what)))))
        if current.state is State.APPROVED and judge_again(current, {}, grants, policy, now) is None:
            newest = {each.by: each.verdict for each in current.decisions}
            counting = {who for who, verdict in newest.items() if verdict is Verdict.APPROVE and who != "UASK"}
            able = {who for who in counting if roles.get(who) in ("approver", "admin")}
            assert len(able) >= policy.approval.quorum.any_of
            assert roles["UASK"] in ("editor", "admin")
    assert current.is_open is (current.state in OPEN)


@pytest.mark.parametrize("state", State)
def test_only_what_can_still_change_is_open(state: State) -> None:
    assert request(state=state).is_open is (state in {State.PENDING, State.APPROVED, State.APPLYING, State.HOLDING})


STRICT = Policy(approval=Approval(denials=2, type_flow=True))


def test_two_denials_end_what_takes_two() -> None:
    first = decide(request(), said("UANN", Verdict.DENY, "no"), {}, access(), STRICT)
    assert isinstance(first, Request)
    assert first.state is State.PENDING
    again = decide(first, said("UANN", Verdict.DENY, "no!"), {}, access(), STRICT)
    assert isinstance(again, Request)
    assert again.state is State.PENDING
    second = decide(again, said("UBOB", Verdict.DENY, "nor I"), {}, access(), STRICT)
    assert isinstance(second, Request)
    assert (second.state, second.outcome) == (State.DENIED, "Denied: nor I")


def test_a_denial_that_does_not_end_it_takes_back_an_approval() -> None:
    approved = request(state=State.APPROVED, decisions=(said("UANN"),))
    denied = decide(approved, said("UANN", Verdict.DENY, "I was wrong"), {}, access(), STRICT)
    assert isinstance(denied, Request)
    assert denied.state is State.PENDING


@pytest.mark.parametrize(("typed", "counts"), [
    ("a -> b", True), ("a->b", True), (" a  -> b ", True), ("", False), ("a", False), ("a -> c", False),
    ("A -> B", False),
])  # fmt: skip
def test_an_approver_types_the_flow_where_the_policy_asks_for_it(typed: str, counts: bool) -> None:
    decided = decide(request(), said("UANN", reason=typed), {}, access(), STRICT)
    assert isinstance(decided, Request) is counts
    if isinstance(decided, Refusal):
        assert "type the flow: `approve 7 a -> b`" in decided.why


@pytest.mark.parametrize(("reason", "why"), [
    ("", "a reason of at least 5 characters is asked for; add --reason …"),
    ("INC-1", None),
    ("because", "the reason must hold INC-[0-9]+"),
])  # fmt: skip
def test_a_reason_is_asked_for_by_length_and_pattern(reason: str, why: str | None) -> None:
    assert unreasoned(Needs(reason_min_length=5, reason_patterns=("INC-[0-9]+",)), reason) == why
    assert unreasoned(Needs(), reason) is None


def test_what_takes_no_approval_is_judged_again_all_the_same() -> None:
    free = Policy(approval=Approval(quorum=Quorum(any_of=0)))
    assert judge_again(request(state=State.APPROVED), {}, access(), free, NOW) is None
    assert judge_again(request(state=State.APPROVED), {}, access(UASK="viewer"), free, NOW) is not None
    stricter = judge_again(request(state=State.APPROVED), {}, access(), ONE, NOW)
    assert stricter is not None
    assert stricter.state is State.PENDING


def test_a_second_account_of_the_requester_does_not_count_and_one_person_counts_once() -> None:
    two = {"UANN": Person("UANN", account_of="W1"), "UBOB": Person("UBOB", account_of="W1")}
    own = {"UASK": Person("UASK", account_of="W1"), "UANN": Person("UANN", account_of="W1")}
    refused = decide(request(), said("UANN"), own, access(), ONE)
    assert isinstance(refused, Refusal)
    assert "you asked for it yourself" in refused.why
    first = decide(request(), said("UANN"), two, access(), TWO)
    assert isinstance(first, Request)
    second = decide(first, said("UBOB"), two, access(), TWO)
    assert isinstance(second, Request)
    assert second.state is State.PENDING
