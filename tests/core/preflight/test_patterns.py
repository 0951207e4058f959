"""How lists are written: what Java refuses, what cannot be tried, what takes for ever."""

from __future__ import annotations

import pytest

from bot.core.flow import Wire
from bot.core.preflight.finding import Level
from tests.core.preflight.scenes import FLOW, OFF, Scene, new, of_rule, scene

BROKEN: Wire = OFF | {"topics": ["a("]}


def listed(topics: list[str], flow: Wire = FLOW, **around: object) -> Scene:
    """An update to this list, with commas in items, which only JSON can say."""
    quoted = ", ".join('"' + each.replace("\\", "\\\\") + '"' for each in topics)
    return scene(f"update topics=[{quoted}]", flow, **around)


EXAMPLES = {
    "broken-pattern": new("topics=orders.("),
    "comma-in-pattern": listed(["v[0-9]{1,3}"]),
    "java-only": new("topics=(?i)orders.*"),
    "slow-pattern": new("topics=(.*a){12}"),
    "other-spelling": scene("resume", OFF | {"topics_exclude": ["x"]}),
}


@pytest.mark.parametrize(("rule", "asked", "level", "words"), [
    ("broken-pattern", EXAMPLES["broken-pattern"], Level.STOP, "a group that is not closed"),
    ("broken-pattern", new("exclude=[a"), Level.STOP, "`[a` is no Java expression"),
    ("broken-pattern", new("topics=a),*b,[c"), Level.STOP, "(and 2 others)"),
    ("broken-pattern", scene("update topics+=b)"), Level.STOP, "`b)`"),
    ("broken-pattern", scene("resume", BROKEN), Level.WARN, "stands there already"),
    ("broken-pattern", scene("update topics+=c", BROKEN), Level.WARN, "stands there already"),
    ("comma-in-pattern", EXAMPLES["comma-in-pattern"], Level.WARN, "holds a comma"),
    ("comma-in-pattern", listed(["a{1,2}", "b{1,2}"]), Level.WARN, "(and 1 other)"),
    ("java-only", EXAMPLES["java-only"], Level.NOTE, "a flag such as (?i)"),
    ("java-only", new(r"exclude=\p{Alpha}+"), Level.NOTE, "property"),
    ("java-only", new("topics=((a{200}){200}){200}"), Level.NOTE, "so many places"),
    ("slow-pattern", EXAMPLES["slow-pattern"], Level.WARN, "repeats what is repeated"),
    ("slow-pattern", new("exclude=(a+)+,(b+)+"), Level.WARN, "`(a+)+` (and 1 other)"),
    ("slow-pattern", new("topics=(?!(a+)+b).*"), Level.WARN, "repeats"),
    ("other-spelling", EXAMPLES["other-spelling"], Level.NOTE, "`topics_exclude`"),
    ("other-spelling", scene("update topics+=z", FLOW | {"topics.exclude": ["x"]}), Level.NOTE, "`topics.exclude`"),
    ("other-spelling", scene("resume", OFF | {"topics.exclude": ["x"], "topics.blacklist": ["y"]}), Level.WARN,
     "has 2 exclusion lists"),
])  # fmt: skip
def test_what_is_written_wrongly_is_told(rule: str, asked: Scene, level: Level, words: str) -> None:
    (found,) = of_rule(rule, asked)
    assert (found.level, found.breakable) == (level, False)
    assert words in found.text


RIGHT = r"topics=orders\..*,payments,(?!x)y.*,[a-c]+-v[0-9]{3},(a|b)*"


@pytest.mark.parametrize(("rule", "asked"), [
    *((rule, new(RIGHT)) for rule in EXAMPLES),
    *((rule, new("")) for rule in EXAMPLES),
    *((rule, scene("pause", FLOW | {"topics": ["a(", "(?i)x", "(a+)+", "a,b"]})) for rule in EXAMPLES),
    *((rule, scene("delete", FLOW | {"topics": ["a(", "(?i)x", "(a+)+", "a,b"]})) for rule in EXAMPLES),
    ("broken-pattern", scene("exactly-once on", BROKEN)),
    ("comma-in-pattern", listed(["b", "a{1,2}"], FLOW | {"topics": ["a{1,2}"]})),
    ("broken-pattern", EXAMPLES["comma-in-pattern"]),
    ("java-only", EXAMPLES["broken-pattern"]),
    ("java-only", scene("update topics+=x", FLOW | {"topics": ["(?i)y"]})),
    ("java-only", EXAMPLES["slow-pattern"]),
    ("slow-pattern", scene("update topics+=x", FLOW | {"topics": ["(a+)+"]})),
    ("slow-pattern", new(r"topics=(\w+\.)*x,([a-z]+-)*[a-z]+,.*a.*b.*")),
    ("other-spelling", scene("resume", OFF | {"topics.blacklist": ["x"]})),
    ("other-spelling", scene("exactly-once on", FLOW | {"topics_exclude": ["x"]})),
    ("other-spelling", scene("pause", FLOW | {"topics_exclude": ["x"]})),
])  # fmt: skip
def test_what_is_right_or_not_touched_is_not_told(rule: str, asked: Scene) -> None:
    assert not of_rule(rule, asked)
