"""The report of a drift: what it tells in each state, what can be clicked, and that Slack takes whatever it holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import drifts, kit
from bot.core import drift
from bot.core.drift import Drift, Found, Said, State
from bot.core.flow import FlowRef, Wire
from bot.sandbox.slack.blocks import MESSAGE_TEXT_MAX, check_blocks, text_length
from tests.cards.test_request_card import buttons

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")
FLOW: Wire = {"source_cluster": "a", "target_cluster": "b", "enabled": True, "topics": ["orders"]}


def found(known: Wire | None = FLOW, now: Wire | None = None, **changes: object) -> Found:
    return drift.found(Drift(ref=REF, known=known, now=now), NOW, NOW).model_copy(update=changes)


@pytest.mark.parametrize(("known", "now", "words"), [
    (FLOW, FLOW | {"enabled": False}, ["was changed", "enabled  on → off"]),
    (FLOW, None, ["is gone", "It was:", "topics   + orders"]),
    (None, FLOW, ["is new", "It was not made here:", "topics   + orders"]),
])  # fmt: skip
def test_it_tells_what_differs(known: Wire | None, now: Wire | None, words: list[str]) -> None:
    shown = drifts.report(found(known, now))
    assert all(word in f"{shown.text} {shown.blocks}" for word in words)
    assert sorted(buttons(shown)) == ["adopt", "put-back"]


@pytest.mark.parametrize(("state", "words"), [
    (State.ADOPTED, "Adopted by <@U0ANN>"),
    (State.OVER, "as it was before"),
    (State.SETTLED, "A change that was made here"),
    (State.OVERTAKEN, "drift 1234"),
    (State.UNWATCHED, "names this service no longer"),
])  # fmt: skip
def test_what_is_over_has_no_buttons_and_says_how(state: State, words: str) -> None:
    ended = found().ended(state, NOW, by="U0ANN", next_id="1234")
    shown = drifts.report(ended)
    assert buttons(shown) == []
    assert words in str(shown.blocks)
    assert words in shown.text


def test_who_asked_to_put_it_back_is_named() -> None:
    asked = found().changed(by="U0ANN", request=7)
    assert "<@U0ANN> asked to put it back: request 7." in str(drifts.report(asked).blocks)
    assert "request 7" in str(drifts.report(asked.ended(State.OVER, NOW)).blocks)


def test_what_is_posted_first_has_no_buttons() -> None:
    assert buttons(drifts.announced(found())) == []


TEXTS = st.text("ab `<>&*_\n\u202e😀", max_size=60) | st.sampled_from(["x" * 3000, "&" * 900, "```" * 300])


@settings(deadline=None, max_examples=50)  # a card of many lines takes a busy machine a while
@given(
    st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from([1, 40]), TEXTS, st.sampled_from(State), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_slack_takes_it_whatever_it_holds(
    texts: list[str], times: int, word: str, state: State, gone: bool, unread: bool
) -> None:
    before: Wire = FLOW | {"topics": texts * times, "config_properties_exclude": word}
    said = tuple(Said(service="mm2", at=NOW, who=word, what=each) for each in texts[:5])
    made = found(before, None if gone else FLOW, said=said, unread=word if unread else "", state=state, by="U0ANN",
                 request=7)  # fmt: skip
    for shown in (drifts.report(made), drifts.announced(made), drifts.listed([made] * 17, 1)):
        assert check_blocks(list(shown.blocks)) == []
        assert text_length(list(shown.blocks)) <= MESSAGE_TEXT_MAX
        assert 0 < len(shown.text) <= kit.TEXT_MAX
        assert "<!" not in str(shown.blocks).replace("<!date^", "")
