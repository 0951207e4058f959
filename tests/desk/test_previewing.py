"""What a button to another page carries is the command that was typed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.flow import FlowRef
from bot.core.grammar import parse
from bot.core.intent import FlowName, PreviewTopics
from bot.desk.previewing import _command

REF = FlowRef(project="p", service="s", source="a.b", target="c")
FLOW = FlowName(project="p", service="s", source="a.b", target="c")


def through(text: str) -> Any:  # noqa: ANN401 - an intent
    """What the button means after what somebody typed."""
    typed = parse(text)
    assert isinstance(typed, PreviewTopics), typed
    return parse(f"{_command(REF, typed.edits)} --page 7"), typed.edits


@pytest.mark.parametrize(
    "edits",
    [
        "",
        "topics=orders.*,payments exclude=x",
        "topics= exclude=",
        r"topics+=a\..* topics-=b policy=identity",
        r'topics=["a{1,3}","(?<n>x)&amp;","say \"so\"","[^]]","it’s"] policy=default',
        "exclude+='two words'",
        r'topics=["\u0026lt;x","\u003c@U1|x>","\u003chttp://x|y>"]',
    ],
)
def test_edits_go_through(edits: str) -> None:
    after, before = through(f"topics a -> c {edits}")
    assert after == PreviewTopics(flow=FLOW, edits=before, page=7)


@given(st.lists(st.text(min_size=1).filter(str.isprintable), min_size=1, max_size=4, unique=True))
def test_any_pattern_goes_through(patterns: list[str]) -> None:
    after, before = through(f"topics a -> c topics={json.dumps(patterns)}".replace("<", "\\u003c"))
    assert after == PreviewTopics(flow=FLOW, edits=before, page=7)
