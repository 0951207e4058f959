"""Prints the tour: the conversation on the left, the HTTP calls that reached Aiven beside it."""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from bot.sandbox.aiven.calls import Call

_MARKS: Final = re.compile(r"```(.*?)```|`([^`\n]*)`|\*([^*\n]+)\*", re.DOTALL)
_FLOWS: Final = re.compile(r"^/v1/project/[^/]+/service/[^/]+/mirrormaker/")
_WIDEST: Final = 150
_NARROWEST: Final = 100
_LEFT_SHARE: Final = 0.57

_DIM: Final = "\033[2m"
_BOLD: Final = "\033[1m"
_PLAIN: Final = "\033[0m"


class Paper:
    """Writes to standard output, as wide as the terminal within reason, in colour only for a terminal."""

    def __init__(self) -> None:
        width = min(max(shutil.get_terminal_size((120, 24)).columns, _NARROWEST), _WIDEST)
        self._left = int(width * _LEFT_SHARE)
        self._right = width - self._left - 3
        self._colours = sys.stdout.isatty()

    def title(self, text: str) -> None:
        """The head of a scene."""
        self._print(f"\n{self._in(_BOLD, text)}\n{'─' * (self._left + self._right + 3)}")

    def text(self, text: str) -> None:
        """What the tour itself says, over the whole width."""
        for line in text.splitlines():
            self._print("\n".join(_wrapped(line, self._left + self._right)) or "")

    def verbatim(self, text: str) -> None:
        """What is to be copied: no line is broken."""
        self._print(text)

    def said(self, who: str, text: str, calls: Sequence[Call] = ()) -> None:
        """What somebody types or clicks, or what the bot shows: `text` is Slack's markup as `render_text` gives it."""
        lines = [line for raw in without_marks(text).splitlines() for line in _wrapped(raw, self._left - 4)]
        self._beside([who, *(f"  │ {line}" for line in lines)], [line for call in calls for line in self._call(call)])

    def _call(self, call: Call) -> list[str]:
        head = f"{call.method} {_FLOWS.sub('…/', call.path)} → {call.status}"
        body = [] if call.json is None else [json.dumps(call.json)]
        return [line for text in (head, *(f"  {each}" for each in body)) for line in _wrapped(text, self._right, "  ")]

    def _beside(self, left: Iterable[str], right: Iterable[str]) -> None:
        for one, other in zip_longest(left, right, fillvalue=""):
            self._print(f"{one}{' ' * (self._left + 3 - _columns(one))}{self._in(_DIM, other)}" if other else one)

    def _in(self, style: str, text: str) -> str:
        return f"{style}{text}{_PLAIN}" if self._colours else text

    def _print(self, text: str) -> None:
        print(text, flush=True)


def without_marks(markup: str) -> str:
    """Slack's bold and code as plain text; what stands in code is left as it is."""
    return _MARKS.sub(lambda found: next(each for each in found.groups() if each is not None), markup)


def _wrapped(line: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _columns(text: str) -> int:
    """How many columns a terminal needs for it; emoji take two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
