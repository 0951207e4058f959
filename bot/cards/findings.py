"""What a look ahead found, as it stands on cards and in answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
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
_MORE_ROOM: Final = 40


def blocks(findings: Sequence[Finding], room: int) -> list[kit.Block]:
    """Stops and warnings as paragraphs, notes small beneath; how many more there are.

    `room`: for so many characters, since Slack takes only so many in one message.
    """
    shown = _that_fit([each for level in Level for each in _of(findings, level)], room - _MORE_ROOM)
    loud = [kit.section(_line(each), _LINE) for each in shown if each.level is not Level.NOTE]
    notes = [_line(each) for each in shown if each.level is Level.NOTE]
    left = len(findings) - len(shown)
    more = [f"… and {left} more like these."] if left > 0 else []
    quiet = [*notes, *more]
    return [*loud, *([kit.context(*quiet, limit=_LINE)] if quiet else [])]


def _of(findings: Sequence[Finding], level: Level) -> list[Finding]:
    return [each for each in findings if each.level is level][: _SHOWN[level]]


def _that_fit(findings: Sequence[Finding], room: int) -> list[Finding]:
    sizes = accumulate(len(_line(each)) for each in findings)
    return [each for each, size in zip(findings, sizes, strict=True) if size <= room]


def dry_run(plan: Plan | Batch, found: Sequence[Finding], more: Sequence[str]) -> Answer:
    """What would be asked for; nothing was. `found`: what a look ahead found, `more`: what else to mind."""
    head = f"*Dry run:* {kit.esc(words.title(plan))} on {kit.code(words.place(plan))}. Nothing was asked for."
    minds = [kit.section(f"⚠️ {kit.esc(each)}") for each in more]
    pages = kit.code_pages(words.lines(plan))
    rest = [kit.section("⚠️ The change is longer than this.")] if len(pages) > _DRY_PAGES else []
    diff = [kit.section(page) for page in pages[:_DRY_PAGES]]
    whole = [kit.section(head), *diff, *rest, *minds]
    seen = blocks(found, kit.MESSAGE_MAX - kit.length(whole))
    return Answer(text=kit.fit(f"{head}\n{pages[0]}", kit.TEXT_MAX), blocks=(*whole, *seen))


def _line(finding: Finding) -> str:
    link = f" <{finding.link}|More>" if finding.link else ""
    text = kit.fit(kit.esc(finding.text), _LINE - len(link) - 4)
    return f"{SIGNS[finding.level]} {text}{link}"
