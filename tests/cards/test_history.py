"""The history as it is read: short, exact, and whatever it holds, Slack takes it."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import answers, history
from bot.core.delivery import Answer
from bot.core.flow import Change, Create, Delete, FlowRef, Patch
from bot.core.giving import Giving
from bot.core.intent import Verdict
from bot.core.plan import Plan
from bot.core.request import OPEN, Decision, Glass, Request, State
from tests.cards.test_answers import ODD, buttons, good

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")
FLOW = {"source_cluster": "a", "target_cluster": "b", "enabled": True}
WHEN = "<!date^1795435200^{date_short_pretty} {time}|2026-11-23 12:00 UTC>"
ENDED = sorted(set(State) - OPEN)


def request(change: Change | None = None, /, **changes: object) -> Request:
    made = change or Patch(body={"enabled": False})
    after = None if isinstance(made, Delete) else {**FLOW, **made.body}
    plan = Plan(ref=REF, change=made, before=None if isinstance(made, Create) else FLOW, after=after)
    values = {
        "number": 7, "by": "UASK", "channel": "C1", "plan": plan, "policy": "p", "asked_at": NOW, "changed_at": NOW,
        "expires_at": NOW, "state": State.APPLIED, "attempts": 1, **changes,
    }  # fmt: skip
    return Request.model_validate(values)


def said(by: str, verdict: Verdict, reason: str = "") -> Decision:
    return Decision(by=by, verdict=verdict, digest="d", at=NOW, reason=reason)


def read(answer: Answer) -> str:
    assert good(answer)
    return html.unescape(answer.text).replace(html.unescape(WHEN), "WHEN")


def of_flow(*requests: Request) -> list[str]:
    """The lines of a flow's history, without its headline."""
    asked = history.Asked("history acme/mm2/a->b", REF)
    return read(history.history_of(asked, history.Page(requests))).splitlines()[1:]


def of_all(*requests: Request) -> list[str]:
    return read(history.history_of(history.Asked("history"), history.Page(requests))).splitlines()[1:]


APPROVED = (said("UBOB", Verdict.APPROVE),)
BROKEN = Glass(by="UASK", reason="it is down", at=NOW, broken_at=NOW)


def test_a_change_tells_what_when_why_who_and_how_it_differs() -> None:
    assert of_flow(request(reason="the target is full", decisions=APPROVED)) == [
        "✅ *Request 7: pause* · WHEN",
        "applied and verified, asked by <@UASK>, approved by <@UBOB>",
        ">the target is full",
        "```enabled  on → off```",
    ]


def test_of_everything_it_tells_the_flow_and_what_its_title_does_not() -> None:
    assert of_all(request(decisions=APPROVED), request(Patch(body={"topics": ["x", "y"]}), number=6)) == [
        "✅ *Request 7: pause a -> b* on `acme/mm2` · WHEN",
        "applied and verified, asked by <@UASK>, approved by <@UBOB>",
        "✅ *Request 6: change topics of a -> b* on `acme/mm2` · WHEN",
        "applied and verified, asked by <@UASK>, no approval needed",
        "`topics + x` and 1 more",
    ]


def test_many_differences_are_cut_and_the_way_to_all_of_them_is_told() -> None:
    *_, first, second, third, more = of_flow(request(Patch(body={"topics": [f"t{n}" for n in range(9)]})))
    assert (first, second, third) == ("```topics  + t0", "        + t1", "        + t2")
    assert more == "… 6 more: /flow request 7```"


def test_a_create_shows_what_was_set_and_a_delete_nothing() -> None:
    assert of_flow(request(Create(body=FLOW | {"topics": ["x"]})))[-2:] == ["```enabled  on", "topics   + x```"]
    assert of_flow(request(Delete(), decisions=APPROVED))[-1].startswith("applied")


@pytest.mark.parametrize(("ended", "line"), [
    (request(state=State.DENIED, attempts=0, decisions=(said("UBOB", Verdict.DENY, "not now"),)),
     "⛔ Request 7: pause · WHEN · asked by <@UASK>, denied by <@UBOB>: not now"),
    (request(state=State.CANCELLED, attempts=0), "🚫 Request 7: pause · WHEN · taken back by <@UASK>"),
    (request(state=State.EXPIRED, attempts=0), "⌛ Request 7: pause · WHEN · asked by <@UASK>, expired"),
    (request(state=State.STALE, attempts=0), "🔀 Request 7: pause · WHEN · asked by <@UASK>, stale"),
], ids=lambda each: each.state if isinstance(each, Request) else "")  # fmt: skip
def test_what_came_to_nothing_takes_one_line(ended: Request, line: str) -> None:
    assert of_flow(ended) == [line]


@pytest.mark.parametrize("state", ENDED)
def test_every_state_has_its_sign_and_a_word(state: State) -> None:
    (first, *_) = of_flow(request(state=state))
    assert first.startswith(answers.words.STATES[state][0])


def test_how_it_ended_is_told_when_that_is_more_than_a_word() -> None:
    told = of_flow(request(state=State.UNKNOWN, outcome="I cannot tell.", decisions=APPROVED))
    assert told[1:3] == ["unknown, asked by <@UASK>, approved by <@UBOB>", "I cannot tell."]
    assert "Already so." in of_flow(request(attempts=0, outcome="Already so."))
    assert "Applied." not in of_flow(request(outcome="Applied."))


def test_a_broken_glass_is_in_plain_sight_until_it_is_reviewed_and_after() -> None:
    broken = request(glass=BROKEN, decisions=(said("UASK", Verdict.BREAK),))
    answer = read(history.history_of(history.Asked("history", REF), history.Page((broken,))))
    assert "🔨 1 without their approvals, 1 to be reviewed" in answer
    assert of_flow(broken)[:3] == [
        "🔨 ✅ *Request 7: pause* · WHEN",
        "applied and verified, glass broken by <@UASK>, *not reviewed yet*",
        ">it is down",
    ]
    reviewed = broken.model_copy(update={"decisions": (*broken.decisions, said("UBOB", Verdict.REVIEW, "fine"))})
    assert of_flow(reviewed)[1] == "applied and verified, glass broken by <@UASK>, reviewed by <@UBOB>"


def test_only_the_newest_word_of_each_person_counts() -> None:
    words = (said("UBOB", Verdict.DENY, "no"), said("UCAT", Verdict.APPROVE), said("UBOB", Verdict.APPROVE))
    assert of_flow(request(decisions=words))[1].endswith("approved by <@UBOB> and <@UCAT>")


def test_a_role_that_was_given_is_part_of_the_history_of_everything() -> None:
    giving = Giving(subject="UEVE", role="editor", scope="acme/*", gives=())
    assert of_all(request(plan=giving, decisions=APPROVED))[0] == (
        "✅ *Request 7: give the role editor* to <@UEVE> on `acme/*` · WHEN"
    )


def test_what_was_left_out_is_counted_and_one_click_away() -> None:
    page = history.Page((request(),), left_out=3)
    answer = history.history_of(history.Asked("history --by U1"), page)
    assert read(answer).endswith("3 that came to nothing are left out; `--all` shows them.")
    assert buttons(answer) == {"page-all": "history --by U1 --all"}
    assert "left out" not in read(history.history_of(history.Asked("history"), history.Page((request(),))))


@pytest.mark.parametrize(("page", "title", "wanted"), [
    (history.Page((), 2, 3), "page 2 of 3",
     {"page-back": "history --all --page 1", "page-next": "history --all --page 3"}),
    (history.Page((), 1, None), "page 1", {"page-next": "history --all --page 2"}),
    (history.Page((), 1, 1), "*History*", {}),
])  # fmt: skip
def test_pages_lead_to_each_other_also_when_nobody_counted_them(
    page: history.Page, title: str, wanted: dict[str, str]
) -> None:
    answer = history.history_of(history.Asked("history", whole=True), page)
    assert read(answer).splitlines()[0].endswith(title)
    assert buttons(answer) == wanted


def test_what_is_open_stands_above() -> None:
    waiting = [request(state=State.PENDING, number=9)]
    asked = history.Asked("history", REF)
    told = read(history.history_of(asked, history.Page((request(),)), waiting)).splitlines()
    assert told[1] == "⏳ Request 9: pause a -> b — waiting for approval"


def test_where_looking_back_ended_is_said() -> None:
    told = read(history.history_of(history.Asked("history"), history.Page((), back_to=NOW)))
    assert "I looked back to WHEN" in told


@settings(deadline=None)
@given(ODD, ODD, ODD, st.sampled_from(ENDED), st.integers(1, history.PAGE_OF_FLOW))
def test_slack_takes_every_history(reason: str, outcome: str, topic: str, state: State, many: int) -> None:
    odd = request(
        Patch(body={"topics": [topic, "y"] * 5}), reason=reason, outcome=outcome, state=state,
        decisions=(said("U1", Verdict.DENY, reason), said("U2", Verdict.APPROVE)),
    )  # fmt: skip
    waiting = [odd.model_copy(update={"state": State.PENDING})] * 5
    assert good(history.history_of(history.Asked("history", REF), history.Page((odd,) * many, left_out=9), waiting))
    assert good(history.history_of(history.Asked("history"), history.Page((odd,) * answers.PAGE, 2, None)))
