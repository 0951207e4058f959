"""Cards of everything at once: as long as they get, Slack still takes them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards import kit
from bot.cards.request import card, told
from bot.core.batch import BATCH_MAX, Batch
from bot.core.flow import FlowRef, Patch, apply
from bot.core.intent import Verdict
from bot.core.plan import Plan, Timing
from bot.core.preflight.finding import Finding, Level
from bot.core.request import Request, State
from bot.core.watching import Watch, WatchState
from bot.core.weighing import Standing
from bot.sandbox.slack.blocks import check_blocks, text_length
from bot.sandbox.slack.content import MESSAGE_TEXT_MAX
from tests.cards.test_request_card import NOW, decided, request

LONG = "&<>" * 400
ALIAS = "a" * 128
FOUND = tuple(
    Finding(rule="r", level=level, text=LONG, link=f"https://aiven.io/{'x' * 90}") for level in Level for _ in range(9)
)


def flow(number: int) -> Plan:
    ref = FlowRef(project="p" * 63, service="s" * 63, source=ALIAS[:125] + f"{number:03}", target=ALIAS)
    before = {"source_cluster": ref.source, "target_cluster": ref.target, "enabled": True, "topics": ["x"]}
    change = Patch(body={"topics": [f"{number}-{LONG[:300]}"] * 3})
    return Plan(ref=ref, change=change, before=before, after=apply(before, change))


WATCH = Watch(flows=(), since=NOW, at=NOW, state=WatchState.TROUBLED, line=LONG, said=LONG, logs=(LONG, LONG, LONG))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("several", [True, False], ids=["several flows", "one flow"])
def test_slack_takes_the_longest_card(state: State, several: bool) -> None:
    timing = Timing(at=NOW + timedelta(hours=1), lasting=None if several else 7200)
    plans = tuple(map(flow, range(BATCH_MAX)))
    plan = Batch(plans=plans, timing=timing) if several else plans[0].model_copy(update={"timing": timing})
    made: Request = request(
        plan=plan, state=state, reason=LONG, note=LONG, outcome=LONG, findings=FOUND, watch=WATCH, undoes=3,
        done=20 if several else 0, revert_at=NOW,
        decisions=tuple(decided(f"U{number}", Verdict.DENY, LONG) for number in range(9)),
    )  # fmt: skip
    for shown in (card(made, Standing(tuple(f"U{n:09}" for n in range(99)))), told(made)):
        assert check_blocks(list(shown.blocks)) == []
        assert text_length(list(shown.blocks)) <= MESSAGE_TEXT_MAX
        assert 0 < len(shown.text) <= kit.TEXT_MAX
