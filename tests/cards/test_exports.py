"""Exports are shown whole: Slack takes each page, and the pages hold every character."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import exports
from bot.core.flow import Delete, FlowRef, Patch
from bot.core.intent import Format
from bot.core.plan import Plan
from bot.core.request import Request
from tests.cards.test_answers import good

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONG = "x" * 128
REF = FlowRef(project="p" * 64, service="s" * 64, source=LONG, target=LONG)
FLOW = {"source_cluster": LONG, "target_cluster": LONG, "enabled": True}


def request(plan: Plan) -> Request:
    return Request(number=7, by="UASK", channel="C1", plan=plan, policy="p", asked_at=NOW, changed_at=NOW,
                   expires_at=NOW)  # fmt: skip


@pytest.mark.parametrize("wanted", Format)
@given(text=st.text("ab &<>\n", min_size=1, max_size=70), times=st.integers(1, 400), page=st.integers(1, 20))
def test_slack_takes_every_page(wanted: Format, text: str, times: int, page: int) -> None:
    assert good(exports.flow(REF, wanted, text * times, page))
    plan = Plan(ref=REF, change=Patch(body={"enabled": False}), before=FLOW, after=FLOW | {"enabled": False})
    assert good(exports.change(request(plan), wanted, text * times, page))


@given(st.text("ab &<>\n", min_size=1, max_size=70), st.integers(1, 400))
def test_the_pages_have_all_pieces_once(text: str, times: int) -> None:
    pieces = exports.pieces(text * times)
    shown: list[Any] = []
    for page in range(1, -(-len(pieces) // 3) + 1):
        blocks: list[Any] = list(exports.flow(REF, Format.AVN, text * times, page).blocks)
        shown += [block["text"]["text"] for block in blocks[1:] if block["type"] == "section"]
    assert len(shown) == len(pieces)


def test_what_fits_is_one_block_without_a_word_about_parts() -> None:
    answer = exports.flow(REF, Format.AVN, "avn …", 9)
    assert "parts" not in answer.text
    assert len(answer.blocks) == 2


def test_the_words_tell_what_it_is_and_what_it_is_not() -> None:
    gone = request(Plan(ref=REF, change=Delete(), before=FLOW, after=None))
    assert "what it means for Terraform" in exports.change(gone, Format.TERRAFORM, "#", 1).text
    assert "goes past the approvals" in exports.change(gone, Format.CURL, "curl", 1).text
    assert "`$AIVEN_TOKEN`" in exports.flow(REF, Format.CURL, "curl", 1).text
    assert "it makes it" in exports.flow(REF, Format.AVN, "avn", 1).text
