"""The card of a request: what it tells in each state, what can be clicked, and that Slack takes whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import kit
from bot.cards.request import card, told
from bot.core.audit import Head
from bot.core.delivery import Answer
from bot.core.flow import Change, Create, Delete, FlowRef, Patch
from bot.core.intent import Verdict
from bot.core.plan import Plan
from bot.core.policy import Needs, Quorum
from bot.core.preflight.finding import Finding, Level
from bot.core.request import Decision, Request, State
from bot.core.watching import Watch, WatchState
from bot.core.weighing import Standing, Weighing
from bot.sandbox.slack.blocks import MESSAGE_TEXT_MAX, check_blocks, text_length

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")
FLOW = {"source_cluster": "a", "target_cluster": "b", "enabled": True, "topics": ["orders"]}


def request(**changes: object) -> Request:
    plan = Plan(ref=REF, change=Patch(body={"enabled": False}), before=FLOW, after=FLOW | {"enabled": False})
    values = {
        "number": 7, "by": "UASK", "channel": "C1", "plan": plan, "policy": "p", "asked_at": NOW,
        "changed_at": NOW, "expires_at": NOW + timedelta(hours=24), **changes,
    }  # fmt: skip
    return Request.model_validate(values)


def weighing(lacking: tuple[str, ...], any_of: int = 2) -> Weighing:
    needs = Needs(quorums=(Quorum(any_of=any_of),))
    return Weighing(needs=needs, quorums=needs.quorums, counted=(), discounted=(), lacking=lacking)


def buttons(shown: Answer) -> list[str]:
    return [str(each["action_id"]) for each in every(shown) if each.get("type") == "button"]


def every(shown: Answer) -> Iterator[dict[str, Any]]:
    """Every object in the blocks."""
    rest: list[Any] = list(shown.blocks)
    while rest:
        each = rest.pop()
        if isinstance(each, dict):
            yield each
            rest += each.values()
        elif isinstance(each, list):
            rest += each


def text_of(shown: Answer) -> str:
    return "\n".join(str(each["text"]) for each in every(shown) if isinstance(each.get("text"), str))


CLICKABLE = {
    State.PENDING: {"approve", "deny", "cancel"}, State.APPROVED: {"deny", "cancel"}, State.HOLDING: {"deny", "cancel"},
    State.APPLIED: {"undo"}, State.KEPT: {"undo"},
}  # fmt: skip


@pytest.mark.parametrize("state", State)
def test_only_what_can_still_be_done_can_be_clicked(state: State) -> None:
    shown = card(request(state=state), Standing(("UANN",)))
    assert set(buttons(shown)) == CLICKABLE.get(state, set())
    assert {each["value"] for each in every(shown) if each.get("type") == "button"} <= {"7"}


@pytest.mark.parametrize("state", State)
def test_every_state_tells_who_asked_for_what_where_and_when(state: State) -> None:
    text = text_of(card(request(state=state, reason="the sale begins"), Standing(("UANN",))))
    for part in ("Request 7: pause a -> b", "<@UASK>", "acme/mm2", "on → off", ">the sale begins", "Asked <!date^"):
        assert part in text


def test_it_tells_who_may_approve_but_not_the_requester() -> None:
    text = text_of(card(request(), Standing(("UANN", "UASK", "everyone"))))
    assert "May approve: <@UANN>, everyone" in text


def test_of_many_approvers_it_names_some() -> None:
    text = text_of(card(request(), Standing(tuple(f"U{number:03}" for number in range(20)))))
    assert "<@U011> and 8 more" in text
    assert "U012" not in text


@pytest.mark.parametrize("approvers", [(), ("UASK",)])
def test_it_says_so_when_nobody_else_may_approve(approvers: tuple[str, ...]) -> None:
    assert "Nobody but the requester may approve" in text_of(card(request(), Standing(approvers)))


def decided(by: str, verdict: Verdict, reason: str = "") -> Decision:
    return Decision(by=by, verdict=verdict, digest="d", at=NOW, reason=reason)


def test_it_counts_the_people_who_approved() -> None:
    twice = (decided("UANN", Verdict.APPROVE), decided("UANN", Verdict.APPROVE))
    shown = text_of(card(request(decisions=twice), Standing(("UBOB",), weighing(("1 more",), any_of=2))))
    assert "waiting for approval: 1 more" in shown
    assert "It takes 2 approvals (by default)." in shown


def test_it_tells_who_decided_and_why() -> None:
    denied = request(state=State.DENIED, decisions=(decided("UANN", Verdict.DENY, "not today"),))
    text = text_of(card(denied))
    assert "⛔ denied by <@UANN> <!date^" in text
    assert "not today" in text


def test_it_tells_how_it_ended_and_when() -> None:
    text = text_of(card(request(state=State.FAILED, outcome="Aiven refused it.", changed_at=NOW)))
    assert "*Result:* Aiven refused it." in text
    assert "ended <!date^" in text


def test_a_result_bears_witness_to_the_end_of_the_audit_log() -> None:
    text = text_of(card(request(state=State.APPLIED), head=Head(seq=12, hash="0123456789abcdef" * 4)))
    assert "audit log 12:0123456789abcdef" in text
    assert "audit log" not in text_of(card(request()))


def test_people_in_a_note_are_shown_by_name() -> None:
    text = text_of(card(request(note="No longer counted: <@UANN>: they hold no role"), Standing(("UBOB",))))
    assert "*Waiting:* No longer counted: <@UANN>: they hold no role" in text


def test_a_delete_asks_again_before_the_click_counts() -> None:
    plan = Plan(ref=REF, change=Delete(), before=FLOW, after=None)
    approve = next(each for each in every(card(request(plan=plan))) if each.get("action_id") == "approve")
    assert "Undo can only create it anew" in approve["confirm"]["text"]["text"]


def test_what_people_wrote_calls_nobody() -> None:
    loud = "<!channel> <!subteam^S1> <https://evil|here> <@UEVE> <#C1>"
    said = (decided("UANN", Verdict.DENY, loud),)
    shown = text_of(
        card(
            request(
                reason=loud, outcome=loud, findings=(Finding(rule="loud", level=Level.WARN, text=loud),), decisions=said
            )
        )
    )
    for part in ("<!channel", "<!subteam", "<https", "<#", "<@UEVE"):
        assert part not in shown


def test_the_requester_is_told_how_it_ended() -> None:
    answer = told(request(state=State.APPLIED, outcome="Verified."))
    assert answer.text == "✅ <@UASK> Request 7: pause a -&gt; b: Verified."


def changes(text: st.SearchStrategy[str]) -> st.SearchStrategy[Change]:
    values: st.SearchStrategy[Any] = st.booleans() | text | st.lists(text, max_size=40) | st.integers()
    names = st.sampled_from(["topics", "topics.blacklist", "enabled", "replication_policy_class", "a_new_field"])
    bodies = st.dictionaries(names, values, min_size=1)
    return st.just(Delete()) | bodies.map(lambda body: Patch(body=body)) | bodies.map(lambda body: Create(body=body))


ODD = st.text(st.sampled_from("ab&<>`*_~\n\t |@#!’😀ÿ\u202e"), max_size=60) | st.sampled_from(
    ["&" * 5000, "<" * 3000, "```" * 900, "x" * 9000, "&amp;" * 900, "<@UANN>" * 700, "\n" * 4000]
)


FINDINGS = st.builds(
    Finding, rule=st.just("odd"), level=st.sampled_from(Level), text=ODD, link=st.sampled_from(["", "https://x.test/y"])
)


WATCHES = st.builds(
    Watch, flows=st.just(()), since=st.just(NOW), at=st.just(NOW),
    state=st.sampled_from(WatchState), line=ODD, said=ODD, logs=st.lists(ODD, max_size=5).map(tuple),
)  # fmt: skip


@given(
    change=changes(ODD), reason=ODD, note=ODD, outcome=ODD, state=st.sampled_from(State),
    found=st.lists(FINDINGS, max_size=16), reasons=st.lists(ODD, max_size=14), approvers=st.lists(ODD, max_size=20),
    watch=st.none() | WATCHES,
)  # fmt: skip
def test_slack_takes_a_card_whatever_it_holds(
    change: Change, reason: str, note: str, outcome: str, state: State, found: list[Finding], reasons: list[str],
    approvers: list[str], watch: Watch | None,
) -> None:  # fmt: skip
    body = {} if isinstance(change, Delete) else change.body
    plan = Plan(ref=REF, change=change, before=FLOW, after=FLOW | dict(body))
    decisions = tuple(decided(f"U{number}", Verdict.DENY, why) for number, why in enumerate(reasons))
    made = request(
        plan=plan, reason=reason, note=note, outcome=outcome, state=state, findings=tuple(found), decisions=decisions,
        watch=watch,
    )  # fmt: skip
    for shown in (card(made, Standing(tuple(approvers), weighing(tuple(reasons[:3])))), told(made)):
        assert check_blocks(list(shown.blocks)) == []
        assert text_length(list(shown.blocks)) <= MESSAGE_TEXT_MAX
        assert 0 < len(shown.text) <= kit.TEXT_MAX
