"""While nobody decides: which steps are due, when to look again, and what an escalation makes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.access import Access
from bot.core.policy import Policy, PolicyError, Quorum, parse_policy
from bot.core.policy.needs import Needs
from bot.core.request import State
from bot.core.waiting import stepped, steps_due, wake
from tests.core.test_request import NOW, access, request, said

POLICY = parse_policy("""
[approval]
quorum = 2
steps = [
  { after = "30m", mention = ["UANN"] },
  { after = "2h", quorum = 1 },
  { after = "6h", mention = ["UBOB"] },
]
""")
MINUTES_30, HOURS_2, HOURS_6 = timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("age", "called", "due"), [
    (MINUTES_30 - SECOND, timedelta(), []),
    (MINUTES_30, timedelta(), [MINUTES_30]),
    (HOURS_2, timedelta(), [MINUTES_30, HOURS_2]),
    (HOURS_2, MINUTES_30, [HOURS_2]),
    (HOURS_2, HOURS_2, []),
    (timedelta(days=1), HOURS_2, [HOURS_6]),
])  # fmt: skip
def test_a_step_is_due_from_its_time_on_and_once(age: timedelta, called: timedelta, due: list[timedelta]) -> None:
    assert [step.after for step in steps_due(request(called=called), POLICY, NOW + age)] == due


def test_the_next_look_is_at_the_next_step_or_the_end() -> None:
    assert wake(request(), POLICY) == NOW + MINUTES_30
    assert wake(request(called=HOURS_2), POLICY) == NOW + HOURS_6
    assert wake(request(called=HOURS_6), POLICY) == request().expires_at
    assert wake(request(state=State.APPROVED), POLICY) == request().changed_at
    assert wake(request(expires_at=NOW + SECOND), POLICY) == NOW + SECOND
    assert wake(request(), Policy()) == request().expires_at


def test_an_escalation_finds_enough_in_what_was_said_before() -> None:
    before = request(decisions=(said("UANN"),), note="It waits.")
    after = stepped(before, {}, access(), POLICY, NOW + HOURS_2)
    assert (after.state, after.called, after.note) == (State.APPROVED, HOURS_2, "")


@pytest.mark.parametrize("team", [access(), access(UANN="viewer")])
def test_silence_never_approves(team: Access) -> None:
    after = stepped(request(note="It waits."), {}, team, POLICY, NOW + HOURS_6)
    assert (after.state, after.called, after.note) == (State.PENDING, HOURS_6, "It waits.")


def test_silence_does_not_approve_what_has_become_free_either() -> None:
    """A rule that asks for nothing and one with steps, in force only since the request was made."""
    policy = parse_policy('[approval]\nquorum = 0\nsteps = [{ after = "30m", mention = ["UANN"] }]\n')
    assert not steps_due(request(), policy, NOW + HOURS_2)


def test_the_quorum_is_that_of_the_last_step_that_has_one() -> None:
    needs = Needs(quorums=(Quorum(any_of=2),), steps=(POLICY.approval.steps,))
    assert [needs.at(age)[0].any_of for age in (MINUTES_30, HOURS_2 - SECOND, HOURS_2, timedelta(days=9))] == [
        2,
        2,
        1,
        1,
    ]
    two = Needs(quorums=(Quorum(any_of=2), Quorum(any_of=1)), steps=(POLICY.approval.steps, ()))
    assert two.at(HOURS_2) == (Quorum(any_of=1),)


@pytest.mark.parametrize(("steps", "words"), [
    ('{ after = "2h" }, { after = "1h" }', "each later than the one before"),
    ('{ after = "1h" }, { after = "1h" }', "each later than the one before"),
    ('{ after = "24h" }', "comes when the request has run out"),
    ('{ after = "30s" }', "write 30m, 8h"),
    ('{ after = "1h", quorum = 0 }', "that nobody answers is no approval"),
    ('{ after = "1h", mention = ["nobody-here"] }', "is no Slack id"),
    ('{ after = "1h", quorum = { all_of = ["nobody-here"] } }', "is no Slack id"),
    ('{ after = "1h", sms = 1 }', "sms"),
])  # fmt: skip
def test_steps_that_cannot_be_are_errors_with_a_line(steps: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(f"[approval]\nsteps = [{steps}]\n", "policy.toml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("policy.toml:")
