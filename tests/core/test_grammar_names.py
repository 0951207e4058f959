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
