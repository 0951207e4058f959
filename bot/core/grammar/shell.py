"""Words of a command line as a POSIX shell hands them to a program; nothing is filled in, expanded or run."""

from __future__ import annotations

import re
from typing import Final

from bot.core.grammar.mistake import WrongError
from bot.core.grammar.text import Token

_WORD: Final = re.compile(
    r"""(?:[^\s'"\\]+|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+ | (?P<open>['"\\])""", re.VERBOSE | re.DOTALL
)
_PART: Final = re.compile(
    r"""'(?P<single>[^']*)' | "(?P<double>(?:[^"\\]|\\.)*)" | \\(?P<escaped>.) | (?P<bare>[^'"\\]+)""",
    re.VERBOSE | re.DOTALL,
)
_FILLED_IN: Final = re.compile(r"(?<!\\)(?:\\\\)*(\$[A-Za-z_]\w*|\$[\d{(@*\#?$!-]|`)")
_ESCAPE: Final = re.compile(r'\\([$`"\\])')
"""Between double quotes a backslash before anything else stands for itself (POSIX.1-2017, 2.2.3)."""


def split(text: str) -> list[Token]:
    """The words. Raises WrongError for an open quote, and for what a shell would fill in."""
    return [_token(match) for match in _WORD.finditer(text)]


def _token(match: re.Match[str]) -> Token:
    if opened := match["open"]:
        raise WrongError(f"The {opened} has no end." if opened != "\\" else "The line ends with a backslash.", opened)
    return Token("".join(map(_plain, _PART.finditer(match[0]))), *match.span())


def _plain(part: re.Match[str]) -> str:
    match part.lastgroup:
        case "single" | "escaped":
            return str(part[part.lastgroup])
        case "double":
            return _ESCAPE.sub(r"\1", _checked(part["double"]))
        case _:
            return _checked(part["bare"])


def _checked(text: str) -> str:
    if found := _FILLED_IN.search(text):
        what = f"A shell would put something in the place of {found[1]}, and I cannot know what; write it out."
        raise WrongError(what, found[1])
    return text
