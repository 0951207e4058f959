"""How records are delivered, what else is open, and what could not be read."""

from __future__ import annotations

import pytest

from bot.core.preflight.finding import Level
from tests.core.preflight.scenes import EU, FLOW, OFF, ONPREM, US, A, Scene, flow, new, of_rule, scene

OUT = "onprem"
EXTERNAL = (EU, US, ONPREM)
TO_OUT = flow(A, OUT)
TO_OUT_ONCE = TO_OUT | {"exactly_once_delivery_enabled": True}
ONCE = FLOW | {"exactly_once_delivery_enabled": True}
SYNCED = FLOW | {"sync_group_offsets_enabled": True}

EXAMPLES = {
    "transactional-ids": scene("exactly-once on", TO_OUT, (A, OUT), clusters=EXTERNAL),
    "read-committed": scene("exactly-once on"),
    "at-least-once": scene("exactly-once off", ONCE),
    "restart": scene("exactly-once on"),
    "active-groups": scene("update group-offsets=on"),
    "sync-interval": scene("update group-offsets-interval=30"),
    "open-request": scene("pause", open_requests=(41,)),
    "unread": scene("pause", unread=("I could not read the topics of kafka-eu: Aiven did not answer in time.",)),
}


@pytest.mark.parametrize(("rule", "asked", "level", "words"), [
    ("transactional-ids", EXAMPLES["transactional-ids"], Level.WARN, "grant MirrorMaker's user Write and Describe"),
    ("transactional-ids", new("exactly-once=on", (A, OUT), clusters=EXTERNAL), Level.WARN, "`onprem` is external"),
    ("read-committed", EXAMPLES["read-committed"], Level.NOTE, "isolation.level=read_committed"),
    ("read-committed", new("exactly-once=on"), Level.NOTE, "Consumers on kafka-us"),
    ("at-least-once", EXAMPLES["at-least-once"], Level.NOTE, "twice"),
    ("restart", EXAMPLES["restart"], Level.NOTE, "start again"),
    ("restart", scene("exactly-once off", ONCE), Level.NOTE, "start again"),
    ("active-groups", EXAMPLES["active-groups"], Level.NOTE, "no active member on kafka-us"),
    ("active-groups", new("group-offsets=on"), Level.NOTE, "no active member"),
    ("sync-interval", EXAMPLES["sync-interval"], Level.NOTE, "while `group-offsets` is off"),
    ("sync-interval", scene("update group-offsets-interval=1", SYNCED), Level.NOTE, "made every 60 s"),
    ("open-request", EXAMPLES["open-request"], Level.WARN, "Request 41 is"),
    ("open-request", scene("delete", open_requests=(43, 41)), Level.WARN, "Requests 41, 43 are"),
    ("unread", EXAMPLES["unread"], Level.NOTE, "could not read"),
])  # fmt: skip
def test_what_consumers_and_others_notice_is_told(rule: str, asked: Scene, level: Level, words: str) -> None:
    (found,) = of_rule(rule, asked)
    assert (found.level, found.breakable) == (level, False)
    assert words in found.text


@pytest.mark.parametrize(("rule", "asked"), [
    ("transactional-ids", scene("exactly-once on")),
    ("transactional-ids", scene("exactly-once on", clusters=None)),
    ("transactional-ids", new("exactly-once=on", (OUT, A), clusters=EXTERNAL)),
    ("transactional-ids", scene("exactly-once off", TO_OUT_ONCE, (A, OUT), clusters=EXTERNAL)),
    ("transactional-ids", scene("pause", TO_OUT_ONCE, (A, OUT), clusters=EXTERNAL)),
    ("read-committed", scene("exactly-once off", ONCE)),
    ("read-committed", scene("pause", ONCE)),
    ("read-committed", new("exactly-once=off")),
    ("at-least-once", new("exactly-once=off")),
    ("at-least-once", scene("exactly-once off")),
    ("at-least-once", scene("delete", ONCE)),
    ("restart", new("exactly-once=on")),
    ("restart", scene("exactly-once on", OFF)),
    ("restart", scene("pause", ONCE)),
    ("active-groups", scene("update group-offsets=off", SYNCED)),
    ("active-groups", scene("pause", SYNCED)),
    ("sync-interval", scene("update group-offsets-interval=120", SYNCED)),
    ("sync-interval", scene("update group-offsets-interval=60", SYNCED)),
    ("sync-interval", new("group-offsets=on group-offsets-interval=300")),
    ("sync-interval", scene("pause", FLOW | {"sync_group_offsets_interval_seconds": 1})),
    ("sync-interval", scene("delete", FLOW | {"sync_group_offsets_interval_seconds": 1})),
    ("open-request", scene("pause")),
    ("unread", scene("pause")),
])  # fmt: skip
def test_what_nobody_notices_is_not_told(rule: str, asked: Scene) -> None:
    assert not of_rule(rule, asked)


def test_every_sentence_that_was_not_read_is_told() -> None:
    assert [each.text for each in of_rule("unread", scene("pause", unread=("One.", "Two.")))] == ["One.", "Two."]
