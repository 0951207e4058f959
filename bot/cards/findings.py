"""What a look ahead found, as it stands on cards and in answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cards import kit, words
from bot.core.batch import Batch
from bot.core.delivery import Answer
from bot.core.plan import Plan
from bot.core.preflight.finding import Finding, Level

SIGNS: Final = {Level.STOP: "🛑", Level.WARN: "⚠️", Level.NOTE: "ℹ️"}

_LINE: Final = 420
_DRY_PAGES: Final = 3
_SHOWN: Final = {Level.STOP: 3, Level.WARN: 4, Level.NOTE: 4}
"""So many of each level: with the rest of a card they stay below the 12,000 characters that Slack takes."""


def blocks(findings: Sequence[Finding]) -> list[kit.Block]:
    """Stops and warnings as paragraphs, notes small beneath; how many more there are."""
    loud = [kit.section(_line(each), _LINE) for level in (Level.STOP, Level.WARN) for each in _shown(findings, level)]
    notes = [_line(each) for each in _shown(findings, Level.NOTE)]
    left = len(findings) - len(loud) - len(notes)
    more = [f"… and {left} more like these."] if left > 0 else []
    quiet = [*notes, *more]
    return [*loud, *([kit.context(*quiet, limit=_LINE)] if quiet else [])]


def dry_run(plan: Plan | Batch, found: Sequence[Finding], more: Sequence[str]) -> Answer:
    """What would be asked for; nothing was. `found`: what a look ahead found, `more`: what else to mind."""
    head = f"*Dry run:* {kit.esc(words.title(plan))} on {kit.code(words.place(plan))}. Nothing was asked for."
    minds = (*blocks(found), *(kit.section(f"⚠️ {kit.esc(each)}") for each in more))
    pages = kit.code_pages(words.lines(plan))
    rest = [kit.section("⚠️ The change is longer than this.")] if len(pages) > _DRY_PAGES else []
    diff = [kit.section(page) for page in pages[:_DRY_PAGES]]
    return Answer(text=kit.fit(f"{head}\n{pages[0]}", kit.TEXT_MAX), blocks=(kit.section(head), *diff, *rest, *minds))


def _shown(findings: Sequence[Finding], level: Level) -> list[Finding]:
    return [each for each in findings if each.level is level][: _SHOWN[level]]


def _line(finding: Finding) -> str:
    link = f" <{finding.link}|More>" if finding.link else ""
    text = kit.fit(kit.esc(finding.text), _LINE - len(link) - 4)
    return f"{SIGNS[finding.level]} {text}{link}"
