"""What a card shows of a change: all of it, one item a line, and nothing that looks like something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import answers, words
from bot.cards.request import card
from bot.core.delivery import Answer
from bot.core.flow import FlowRef, Patch, Wire
from bot.core.plan import Plan
from bot.core.request import Request
from bot.sandbox.slack.blocks import check_blocks

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")


def plan(before: Wire, body: Wire) -> Plan:
    return Plan(ref=REF, change=Patch(body=body), before=before, after=before | body)


def request(made: Plan) -> Request:
    return Request(number=7, by="UASK", channel="C1", plan=made, policy="p", asked_at=NOW, changed_at=NOW,
                   expires_at=NOW + timedelta(hours=24))  # fmt: skip


def code(shown: Answer) -> str:
    """The text in code blocks, wrapped lines joined."""
    blocks = [block["text"]["text"] for block in shown.blocks if block["type"] == "section" and "text" in block]  # type: ignore[index,call-overload]
    return "".join(str(text).replace("\n", "") for text in blocks if str(text).startswith("```"))


def test_of_two_long_values_that_differ_at_their_end_both_are_seen_whole() -> None:
    long = "x" * 150
    lines = words.lines(plan({"topics": [long + "a"]}, {"topics": [long + "b"]}))
    assert [line.split()[-1] for line in lines] == [long + "b", long + "a"]


def test_a_comma_list_is_compared_item_by_item() -> None:
    many = [f"config.number.{number}" for number in range(30)]
    made = plan({"config_properties_exclude": ", ".join(many)}, {"config_properties_exclude": ",".join([*many, "new"])})
    assert [line.split() for line in words.lines(made)] == [["config-exclude", "+", "new"]]


@pytest.mark.parametrize(("before", "after"), [(["a", "b"], ["b", "a"]), ("a, b", "a,b")])
def test_the_same_items_in_another_order_are_said_to_be_so(before: list[str] | str, after: list[str] | str) -> None:
    field = "topics" if isinstance(before, list) else "config_properties_exclude"
    (line,) = words.lines(plan({field: before}, {field: after}))  # type: ignore[dict-item]
    assert line.endswith("the same items, written otherwise")


def test_an_item_that_stands_twice_and_then_once_is_seen_to_go() -> None:
    (line,) = words.lines(plan({"topics": ["a", "a"]}, {"topics": ["a"]}))
    assert line == "topics  - a"


def test_a_line_break_that_aiven_has_does_not_make_a_line() -> None:
    lines = words.lines(plan({"topics": ["a\nenabled  on → off", "\u202eb"]}, {"topics": ["c"]}))
    assert lines == ["topics  + c", r"        - a\nenabled  on → off", r"        - \u202eb"]


@given(st.lists(st.text("ab.*[]\\\\-&<>`ÿ", min_size=1, max_size=900), min_size=1, max_size=60, unique=True))
def test_the_pages_of_a_change_hold_all_of_it(items: list[str]) -> None:
    made = plan({}, {"topics": items})  # type: ignore[dict-item]
    pages: list[str] = []
    while f"--page {len(pages) + 1}" in str(card(request(made), page=len(pages))) or not pages:
        shown = card(request(made), page=len(pages) + 1)
        assert check_blocks(list(shown.blocks)) == []
        pages.append(code(shown))
    whole = "".join(pages).replace("```", "").replace("’", "`")
    for item in items:
        assert "+ " + item.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in whole


def test_a_flow_with_a_long_list_is_shown_by_pages() -> None:
    flow: Wire = {"enabled": True, "topics": [f"topic-{number}" for number in range(800)]}
    first, second = (answers.flow(REF, flow, page) for page in (1, 2))
    assert "Part 1 of " in first.text
    assert "topic-0," in code(first)
    assert "topic-400" in code(second)
