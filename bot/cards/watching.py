"""How a change that was applied is landing: a small line on its card, or trouble in plain sight and a call."""

from __future__ import annotations

from typing import Final

from bot.cards import kit, words
from bot.core.delivery import Answer
from bot.core.request import Request
from bot.core.watching import Watch, WatchState

_LINE: Final = 250
_SAID: Final = 600
_LOG_LINE: Final = 160
_LOG: Final = 500
_LOGS: Final = 3
"""Limits of the parts; with the rest of a card they stay below what Slack takes."""

_SIGNS: Final = {
    WatchState.WATCHING: "👀",
    WatchState.SETTLED: "🏁",
    WatchState.TROUBLED: "⚠️",
    WatchState.UNSURE: "❔",
    WatchState.OVERTAKEN: "⏭️",
}


def blocks(request: Request) -> list[kit.Block]:
    """What stands beneath the result."""
    watch = request.watch
    if watch is None:
        return []
    if watch.state is not WatchState.TROUBLED:
        return [kit.context(_quiet(watch), limit=_SAID)]
    loud = kit.section(f"{_SIGNS[watch.state]} *Trouble after the change:* {kit.esc(watch.said)}", _SAID)
    small = [kit.context(kit.esc(watch.line), limit=_LINE)] if watch.line else []
    return [loud, *_logs(watch), *small]


def _quiet(watch: Watch) -> str:
    line, said = kit.esc(watch.line), kit.esc(watch.said)
    match watch.state:
        case WatchState.WATCHING:
            told = _parts(line or "I watch until it has settled.", said)
        case WatchState.SETTLED:
            told = _parts(f"settled after {_lasted(watch)}", line, said)
        case WatchState.UNSURE:
            told = f"I cannot tell whether it has settled. {said}"
        case _:
            told = said
    return f"{_SIGNS[watch.state]} {told}"


def _parts(*texts: str) -> str:
    return " · ".join(filter(None, texts))


def _lasted(watch: Watch) -> str:
    """`45 s`, `7 min`."""
    seconds = (watch.at - watch.since).total_seconds()
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - two minutes


def _logs(watch: Watch) -> list[kit.Block]:
    lines = [kit.clip(kit.escaped(each), _LOG_LINE) for each in watch.logs[:_LOGS]]
    return [kit.section(kit.code_block(lines), _LOG)] if lines else []


def trouble(request: Request, watch: Watch) -> Answer:
    """What the requester is told."""
    what = f"{_SIGNS[watch.state]} {kit.mention(request.by)} *{kit.esc(words.headline(request))}*"
    text = f"{what} was applied, and now it is in trouble: {kit.esc(watch.said)}"
    return Answer(text=kit.fit(text, kit.SECTION_MAX))
