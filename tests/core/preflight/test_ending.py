"""Stopping a flow: for how long it may be paused, and that a delete is final."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.preflight.finding import Level
from bot.core.preflight.surroundings import Topic
from tests.core.preflight.scenes import FLOW, NOW, OFF, A, B, Scene, of_rule, scene

CLICKS = Topic(name="clicks", retention_hours=24)
HOUR = Topic(name="x", retention_hours=1)
BOTH = Topic(name="x", retention_hours=30, cleanup_policy="compact,delete")
EVERYTHING = FLOW | {"topics": []}


def kept(*found: Topic) -> dict[str, tuple[Topic, ...]]:
    return {A: found, B: ()}


EXAMPLES = {
    "outlasts-retention": scene("pause", EVERYTHING, topics=kept(CLICKS, Topic(name="x", retention_hours=48))),
    "delete-is-final": scene("delete"),
}


@pytest.mark.parametrize(("rule", "asked", "level", "words"), [
    ("outlasts-retention", EXAMPLES["outlasts-retention"], Level.NOTE, "Resume before 2026-11-24 12:00 UTC: `clicks`"),
    ("outlasts-retention", scene("pause"), Level.NOTE,
     "Resume before 2026-11-26 12:00 UTC: `orders.created` keeps records for 3 days"),
    ("outlasts-retention", scene("update enabled=off"), Level.NOTE, "`orders.created`"),
    ("outlasts-retention", scene("pause", resumes_at=NOW + timedelta(days=4)), Level.WARN,
     "ends at 2026-11-27 12:00 UTC, too late"),
    ("outlasts-retention", scene("pause", EVERYTHING, topics=kept(HOUR)), Level.NOTE, "1 hour,"),
    ("outlasts-retention", scene("pause", EVERYTHING, topics=kept(BOTH)), Level.NOTE, "30 hours,"),
    ("delete-is-final", EXAMPLES["delete-is-final"], Level.WARN, "replication stops at once"),
    ("delete-is-final", scene("delete", OFF), Level.WARN, "has no undo. To stop"),
])  # fmt: skip
def test_what_an_end_means_is_told(rule: str, asked: Scene, level: Level, words: str) -> None:
    (found,) = of_rule(rule, asked)
    assert found.level is level
    assert words in found.text


@pytest.mark.parametrize(("rule", "asked"), [
    ("outlasts-retention", scene("pause", resumes_at=NOW + timedelta(hours=72))),
    ("outlasts-retention", scene("pause", topics={})),
    ("outlasts-retention", scene("pause", FLOW | {"topics": ["payments"]})),
    ("outlasts-retention", scene("pause", FLOW | {"topics": ["(?i)x"]})),
    ("outlasts-retention", scene("pause", EVERYTHING, topics=kept(Topic(name="__x", retention_hours=1)))),
    ("outlasts-retention", scene("pause", EVERYTHING, topics=kept(replace(HOUR, cleanup_policy="compact")))),
    ("outlasts-retention", scene("resume", OFF)),
    ("outlasts-retention", scene("exactly-once on")),
    ("outlasts-retention", scene("delete")),
    ("delete-is-final", scene("pause")),
])  # fmt: skip
def test_an_end_without_harm_is_not_told(rule: str, asked: Scene) -> None:
    assert not of_rule(rule, asked)
