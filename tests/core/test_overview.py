"""What people ask of the history and the status, which freezes a service sees, and who did what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core import history
from bot.core.flow import FlowRef, Patch
from bot.core.freeze import Freeze, Window, spells
from bot.core.grammar import Mistake, parse
from bot.core.intent import FlowName, History, Intent, ShowStatus, Verdict
from bot.core.plan import Plan
from bot.core.request import Decision, Glass, Request

AB = FlowName(source="a", target="b")
WEEK = 7 * 86_400


@pytest.mark.parametrize(("text", "intent"), [
    ("history", History()),
    ("history a -> b", History(flow=AB)),
    ("history --source-cluster a --target-cluster b", History(flow=AB)),
    ("history acme/mm2/a->b --page 2", History(flow=FlowName(source="a", target="b", project="acme", service="mm2"),
                                               page=2)),
    ("history a -> b --by <@U012ABC|ann> --since 7d", History(flow=AB, by="U012ABC", since=WEEK)),
    ("history --since=1w --by U012ABC --all", History(by="U012ABC", since=WEEK, whole=True)),
    ("history —all --public", History(whole=True, public=True)),
    ("status", ShowStatus()),
    ("status mm2-eu", ShowStatus(service="mm2-eu")),
    ("status acme/mm2-eu --page 3", ShowStatus(project="acme", service="mm2-eu", page=3)),
    ("status --all --project acme", ShowStatus(project="acme", whole=True)),
], ids=str)  # fmt: skip
def test_a_question_means_what_it_says(text: str, intent: Intent) -> None:
    assert parse(text) == intent


@pytest.mark.parametrize(("text", "words"), [
    ("history --by ann", "I cannot tell who “ann” is"),
    ("history --by <!subteam^S012ABC>", "I cannot tell who"),
    ("history --since monday", "“monday” is no duration"),
    ("history --since", "--since needs a value"),
    ("status a b", "I do not know what to do with “b” here"),
    ("status a/b/c", "is no service"),
    ("list --all", "--all does not belong to this command"),
])  # fmt: skip
def test_what_cannot_be_meant_is_said(text: str, words: str) -> None:
    made = parse(text)
    assert isinstance(made, Mistake)
    assert words in made.what


NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
PATH = "acme-prod/mm2-eu"
DAY = timedelta(days=1)


def window(**written: object) -> Window:
    return Window.model_validate({"name": "w", "scopes": ["acme-prod/*"], **written})


def told(*windows: Window, freezes: tuple[Freeze, ...] = ()) -> list[tuple[str, str, str]]:
    found = spells(windows, freezes, PATH, NOW, DAY)
    return [(each.what, f"{each.span.start:%d %H:%M}", f"{each.span.end:%d %H:%M}") for each in found]


@pytest.mark.parametrize(("written", "span"), [
    ({"daily": "10:00 - 14:00"}, ("23 10:00", "23 14:00")),
    ({"daily": "11:00 - 12:00"}, ("24 11:00", "24 12:00")),
    ({"daily": "22:00 - 06:00"}, ("23 22:00", "24 06:00")),
    ({"daily": "02:00 - 03:00"}, ("24 02:00", "24 03:00")),
    ({"weekly": "tue 11:00 - tue 13:00"}, ("24 11:00", "24 13:00")),
    ({"weekly": "tue 12:01 - tue 13:00"}, None),
    ({"weekly": "fri 18:00 - mon 06:00"}, None),
    ({"weekly": "fri 18:00 - mon 12:01"}, ("20 18:00", "23 12:01")),
    ({"yearly": "11-24 - 11-24"}, ("24 00:00", "25 00:00")),
    ({"yearly": "11-25 - 11-25"}, None),
    ({"from": "2026-11-24T12:00Z", "until": "2026-11-30T00:00Z"}, ("24 12:00", "30 00:00")),
    ({"from": "2026-11-24T12:01Z", "until": "2026-11-30T00:00Z"}, None),
    ({"from": "2026-11-01T00:00Z", "until": "2026-11-23T12:00Z"}, None),
], ids=str)  # fmt: skip
def test_a_window_is_told_while_it_holds_and_a_day_before_it_begins(
    written: dict[str, Any], span: tuple[str, str] | None
) -> None:
    assert [each[1:] for each in told(window(**written))] == ([span] if span else [])


@pytest.mark.parametrize(("scopes", "what"), [
    (["*"], "the freeze “w” of the policy"),
    ([f"{PATH}/*"], "the freeze “w” of the policy"),
    ([f"{PATH}/a->b", "acme-dev/*"], f"the freeze “w” of the policy, on {PATH}/a->b"),
    (["acme-prod/mm2-us/*"], None),
    (["acme-dev/*"], None),
], ids=str)  # fmt: skip
def test_only_what_reaches_the_service_is_told_and_of_which_part(scopes: list[str], what: str | None) -> None:
    found = told(window(daily="10:00 - 14:00", scopes=scopes))
    assert [each[0] for each in found] == ([what] if what else [])


def test_freezes_of_people_are_told_until_they_end_in_the_order_of_their_beginning() -> None:
    freezes = tuple(
        Freeze(scope=scope, until=NOW + timedelta(hours=hours), by="UADM", at=NOW - timedelta(hours=1), reason="sale")
        for scope, hours in (("acme-prod/*", 2), ("acme-prod/*", 0), ("acme-dev/*", 2))
    )
    assert told(window(daily="22:00 - 06:00"), window(daily="10:00 - 14:00"), freezes=freezes) == [
        ("the freeze “w” of the policy", "23 10:00", "23 14:00"),
        ("a freeze of acme-prod/* by <@UADM>: sale", "23 11:00", "23 14:00"),
        ("the freeze “w” of the policy", "23 22:00", "24 06:00"),
    ]


def a_request(**more: object) -> Request:
    ref = FlowRef(project="acme", service="mm2", source="a", target="b")
    plan = Plan(ref=ref, change=Patch(body={"enabled": False}), before={}, after={"enabled": False})
    values = {
        "number": 1, "by": "UANN", "channel": "C1", "plan": plan, "policy": "p", "asked_at": NOW, "changed_at": NOW,
        "expires_at": NOW, **more,
    }  # fmt: skip
    return Request.model_validate(values)


def test_who_asked_and_who_broke_the_glass_did_it_and_who_only_proposed_to_did_not() -> None:
    proposed = Glass(by="UEVE", reason="it is down", at=NOW)
    broken = proposed.model_copy(update={"broken_at": NOW})
    assert history.did(a_request(), "UANN")
    assert not history.did(a_request(), "UEVE")
    assert not history.did(a_request(glass=proposed), "UEVE")
    assert history.did(a_request(glass=broken), "UEVE")


def test_a_review_does_not_replace_what_the_same_person_said_before() -> None:
    said = [
        Decision(by="UBOB", verdict=verdict, digest="d", at=NOW)
        for verdict in (Verdict.DENY, Verdict.APPROVE, Verdict.REVIEW)
    ]
    request = a_request(decisions=said)
    assert [history.said(request, each) for each in (Verdict.DENY, Verdict.APPROVE, Verdict.REVIEW)] == [
        [], [said[1]], [said[2]],
    ]  # fmt: skip
