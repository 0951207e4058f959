"""The pieces of a message: what others wrote stays text, and a text that is cut stays whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import kit

ODD = st.text(st.sampled_from("ab&<>`@!#|U1 \n"), max_size=80)
LIVE = re.compile(r"<[^>]*>")


@given(ODD)
def test_escaped_text_holds_nothing_that_slack_acts_on(text: str) -> None:
    assert not set("<>") & set(kit.esc(text))
    back = kit.esc(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back == text


@given(ODD | st.from_regex(r"(<[@!#][UWSC][A-Z0-9]*(\|[a-z]*)?>){1,4}"))
def test_a_text_of_ours_lets_only_mentions_of_people_live(text: str) -> None:
    assert all(re.fullmatch(r"<@[UW][A-Z0-9_]+>", each) for each in LIVE.findall(kit.named(text)))


@given(st.lists(st.sampled_from(["&amp;", "<@U1>", "```", "word ", "&lt;"]), max_size=60), st.integers(20, 120))
def test_a_text_is_cut_between_its_parts(parts: list[str], limit: int) -> None:
    cut = kit.fit("".join(parts), limit)
    assert len(cut) <= limit
    assert cut.count("<") == cut.count(">")
    assert re.sub(r"&(amp|lt);", "", cut).count("&") == 0
    assert len("".join(parts)) > limit or cut == "".join(parts)


@given(st.lists(st.just("```") | st.sampled_from(["line\n", "x"]), max_size=30), st.integers(20, 60))
def test_a_cut_code_block_is_closed(parts: list[str], limit: int) -> None:
    text = "".join(parts)
    if text.count("```") % 2 == 0:
        assert kit.fit(text, limit).count("```") % 2 == 0


@given(ODD)
def test_code_ends_where_it_should(text: str) -> None:
    shown = kit.code(text)
    assert shown == "—" if not text else shown.count("`") == 2
    assert kit.code_block([text]).count("```") == 2


def test_a_moment_has_a_fallback_that_names_its_zone() -> None:
    shown = kit.when(datetime(2026, 11, 23, 12, 5, tzinfo=UTC))
    assert shown == "<!date^1795435500^{date_short_pretty} {time}|2026-11-23 12:05 UTC>"


@pytest.mark.parametrize("subject", ["everyone", "<!channel>", "U12> <!here", "u12"])
def test_what_is_no_user_id_mentions_nobody(subject: str) -> None:
    assert "<" not in kit.mention(subject)
