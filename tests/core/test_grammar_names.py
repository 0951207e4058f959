"""Aliases, names and people: what they may be, and what they would otherwise lead to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.grammar import Mistake, parse
from bot.core.intent import FlowName, GrantRole, ShowFlow

ALIAS = st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True).filter(lambda alias: alias not in {".", ".."})


@given(ALIAS, ALIAS)
def test_any_two_aliases_come_out_as_they_went_in(source: str, target: str) -> None:
    made = parse(f"show --source-cluster={source} --target-cluster={target}")
    assert made == ShowFlow(flow=FlowName(source=source, target=target))


@pytest.mark.parametrize(
    "text",
    [
        "delete .. -> ..", "show . -> b", "show a -> ..", "list ../x", "list acme/..", "use acme/..",
        "show a -> b --service ..",
        "show a -> b --project .", "list --service a/b", "pause ../mm2/a -> b", "list --project acme%2Fx",
        "requests --project ..",
    ],
)  # fmt: skip
def test_a_name_that_would_lead_elsewhere_is_no_name(text: str) -> None:
    assert isinstance(parse(text), Mistake)


@pytest.mark.parametrize("who", ["<@U012ABC>", "<@U012ABC|ann>", "@U012ABC", "U012ABC"])
def test_a_person_is_a_mention_or_a_user_id(who: str) -> None:
    asked = parse(f"role grant {who} editor on acme/*")
    assert isinstance(asked, GrantRole)
    assert asked.subject == "U012ABC"


@pytest.mark.parametrize(("typed", "line"), [
    ("create a b topics=x", "create a -> b topics=x"),
    ("exactly-once on a b", "exactly-once on a -> b"),
    ("delete a b --reason why", "delete a -> b --reason why"),
    ("show a b c", "show kafka-eu -> kafka-us"),
    ("pause a", "pause kafka-eu -> kafka-us"),
])  # fmt: skip
def test_a_missing_arrow_is_put_in_where_it_is_clear(typed: str, line: str) -> None:
    made = parse(typed)
    assert isinstance(made, Mistake)
    assert made.line == line


def test_a_field_without_a_value_is_told_so() -> None:
    made = parse("update a -> b topics.blacklist")
    assert isinstance(made, Mistake)
    assert made.what == "exclude needs a value; write it as exclude=…"


@pytest.mark.parametrize("typed", ["/flow show a -> b", "/kafka show a -> b", "/flow a -> b"])
def test_a_line_that_was_copied_with_its_slash_command_means_the_same(typed: str) -> None:
    assert parse(typed) == parse("show a -> b")
