"""What the preview of topics says where there is much, or nothing, to tell."""

from __future__ import annotations

import pytest

from bot.cards import previews
from bot.core.flow import FlowRef
from bot.core.preflight.surroundings import Topic
from bot.core.topics.comparison import Comparison
from bot.core.topics.expression import Flaw, Kind
from bot.core.topics.preview import Copy, Preview

REF = FlowRef(project="p", service="s", source="a", target="b")
ASKED = previews.Asked(ref=REF, keeps_names=False, is_paused=False, unread=(), page=1, more="topics p/s/a->b")
TOPICS = (Topic(name="t"),)
COPIED = Preview(copies=(Copy("t", "a.t"),))


def said(now: Preview | None, then: Preview | None = None, topics: tuple[Topic, ...] | None = TOPICS) -> str:
    return previews.topics(ASKED, Comparison(topics=topics, now=now, then=then)).text


def test_patterns_that_are_too_much_are_said_to_be() -> None:
    text = said(COPIED, Preview(unclear=True))
    assert "Which topics match with this, I cannot tell: the patterns are too much to try them all." in text
    assert "•" not in text


def test_of_many_items_that_cannot_be_judged_some_are_shown() -> None:
    flaws = tuple(Flaw(Kind.BEYOND, f"(?i)x{number}", "a flag") for number in range(7))
    text = said(Preview(flaws=flaws))
    assert text.count("uses a flag") == 5
    assert "• and 2 more like these" in text


def test_of_many_names_that_are_left_out_some_are_shown() -> None:
    text = said(Preview(internal=tuple(f"__x{number}" for number in range(1_005))))
    assert "Left out, though the patterns match: `__x0`, `__x1`, `__x2` and 1,002 more (internal" in text
    assert "0 of 1 topic on a are copied" in text


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        (Topic(name="t"), "for ever"),
        (Topic(name="t", retention_hours=0), "less than an hour"),
        (Topic(name="t", retention_hours=1), "1 h"),
        (Topic(name="t", retention_hours=24), "1 day"),
        (Topic(name="t", retention_hours=168), "7 days"),
        (Topic(name="t", retention_hours=10_000), "10,000 h"),
        (Topic(name="t", retention_bytes=1023), "1023 bytes a partition"),
        (Topic(name="t", retention_bytes=1536), "1.5 KiB a partition"),
        (Topic(name="t", retention_bytes=2**50), "1024 TiB a partition"),
        (Topic(name="t", retention_hours=48, retention_bytes=2**30), "2 days or 1 GiB a partition"),
        (Topic(name="t", retention_hours=48, cleanup_policy="compact"), "for ever (compacted)"),
        (Topic(name="t", retention_hours=48, cleanup_policy="compact,delete"), "2 days"),
    ],
)
def test_how_long_a_topic_is_kept(topic: Topic, words: str) -> None:
    assert previews.kept(topic) == words


def test_names_of_others_are_shown_as_they_are() -> None:
    text = said(Preview(flaws=(Flaw(Kind.BROKEN, "<!channel>`", "<x>"),)))
    assert "<!channel>" not in text
    assert "`&lt;!channel&gt;’` (&lt;x&gt;)" in text
