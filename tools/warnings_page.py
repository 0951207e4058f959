"""Writes docs/warnings.md from the rules of the look ahead. A test holds the page to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Final

from bot.core.preflight.finding import Level
from bot.core.preflight.rule import Rule
from bot.core.preflight.rules import RULES

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "warnings.md"

_WIDTH: Final = 120

_HEAD: Final = """\
# What Sluice warns about

Before anybody approves a change, Sluice looks ahead: at the change itself, at the MirrorMaker service and its
integrations, at the other flows, and at the topics of both clusters. What it finds stands on the card, above the
buttons.

- A **stop** cannot be approved. Where it says “breakable”, a person who may break the glass can overrule it.
- A **warn** should be read twice.
- A **note** is good to know.

Only what has to do with the change is said. A rule that needs something which could not be read says nothing, and the
card says what that was. Which topics a flow copies is told as MirrorMaker tells it: Java's regular expressions, whole
names, exclusions win.

This page is made from the rules in `bot/core/preflight` by `tools/warnings_page.py`.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_table(), "", *(line for rule in RULES for line in _section(rule))]).rstrip() + "\n"


def _table() -> Iterator[str]:
    yield "| rule | about | level |"
    yield "|---|---|---|"
    for rule in RULES:
        yield f"| [{rule.name}](#{rule.name}) | {rule.title} | {_levels(rule)} |"


def _levels(rule: Rule) -> str:
    words = (f"{level} (breakable)" if level is Level.STOP and rule.breakable else str(level) for level in rule.levels)
    return " or ".join(words)


def _section(rule: Rule) -> Iterator[str]:
    yield from (f"## {rule.name}", "", f"{rule.title}: {_levels(rule)}.", "", fill(rule.why, _WIDTH), "")
    yield from (f"> {rule.example}", "", f"More: {rule.link}", "")


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
