"""How a change lands, on its card and in the words to whoever asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import kit
from bot.cards.request import card
from bot.cards.watching import blocks, trouble
from bot.core.request import Request, State
from bot.core.seeing import Aim
from bot.core.watching import Watch, WatchState
from bot.sandbox.slack.blocks import MESSAGE_TEXT_MAX, check_blocks, text_length
from tests.cards.test_request_card import NOW, REF, request

LINE = "mm2 RUNNING 3/3 nodes · a running · b running · progress 98 %"


def watched(state: WatchState, seconds: float = 45, **changes: object) -> Request:
    values = {
        "flows": [{"ref": REF, "aim": Aim.RUNS}],
        "since": NOW,
        "at": NOW + timedelta(seconds=seconds),
        "state": state,
    }
    return request(state=State.APPLIED, outcome="Done.", watch=Watch.model_validate(values | changes))


@pytest.mark.parametrize(("made", "says"), [
    (watched(WatchState.WATCHING), "👀 I watch until it has settled."),
    (watched(WatchState.WATCHING, line=LINE), f"👀 {LINE}"),
    (watched(WatchState.WATCHING, line=LINE, said="Request 9 has changed x since."),
     f"👀 {LINE} · Request 9 has changed x since."),
    (watched(WatchState.SETTLED, line=LINE), f"🏁 settled after 45 s · {LINE}"),
    (watched(WatchState.SETTLED, 420, line=LINE), f"🏁 settled after 7 min · {LINE}"),
    (watched(WatchState.UNSURE, said="No <answer>."), "❔ I cannot tell whether it has settled. No &lt;answer&gt;."),
    (watched(WatchState.OVERTAKEN, said="Request 9 did it."), "⏭️ Request 9 did it."),
])  # fmt: skip
def test_what_calls_nobody_is_a_small_line(made: Request, says: str) -> None:
    assert blocks(made) == [kit.context(says)]
    assert blocks(made)[0] in card(made).blocks


def test_what_is_not_watched_has_no_line() -> None:
    assert blocks(request()) == []


def test_trouble_is_in_plain_sight_with_the_log_and_what_was_seen() -> None:
    made = watched(WatchState.TROUBLED, said="It <failed>.", line=LINE, logs=("12:00:01 err one ```", "two", "3", "4"))
    loud, log, small = blocks(made)
    assert loud == kit.section("⚠️ *Trouble after the change:* It &lt;failed&gt;.")
    assert log == kit.section("```12:00:01 err one ’’’\ntwo\n3```")
    assert small == kit.context(LINE)
    assert (
        len(blocks(made.model_copy(update={"watch": made.watch and made.watch.model_copy(update={"logs": ()})}))) == 2
    )


def test_whoever_asked_is_called() -> None:
    made = watched(WatchState.TROUBLED, said="It <failed>.")
    assert made.watch is not None
    assert trouble(made, made.watch).text == (
        "⚠️ <@UASK> *Request 7: pause a -&gt; b* was applied, and now it is in trouble: It &lt;failed&gt;."
    )


@given(st.sampled_from(WatchState), st.text(max_size=2000), st.lists(st.text(max_size=2000), max_size=5))
def test_slack_takes_whatever_it_holds(state: WatchState, text: str, logs: list[str]) -> None:
    made = watched(state, line=text, said=text, logs=tuple(logs))
    assert check_blocks(blocks(made)) == []
    assert text_length(blocks(made)) <= MESSAGE_TEXT_MAX // 6
    assert made.watch is not None
    assert len(trouble(made, made.watch).text) <= kit.SECTION_MAX
