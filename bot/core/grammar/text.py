"""Text as Slack delivers it -> tokens: undoes what Slack and phone keyboards do to what was typed."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from bot.core.grammar.mistake import WrongError

TEXT_MAX_LENGTH: Final = 8000
"""Longer than any command that a person types; keeps every later step cheap."""

_TYPOGRAPHY: Final = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
    | dict.fromkeys("\u00a0\u202f\u2007\u3000\t\r\n\v\f", " ")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", None)
    | dict.fromkeys("\u2010\u2011", "-")
)
CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\u061c]")
"""Characters that do not show, or that change the order in which others are shown."""

# docs.slack.dev/messaging/formatting-message-text: links are <url> or <url|label>, people <@U…> or <@U…|name>.
_MARKUP: Final = re.compile(r"<(?:([@#!][^<>|]*)(?:\|[^<>]*)?|((?:https?|mailto):[^<>|]*)(?:\|([^<>]*))?)>")

_TOKEN: Final = re.compile(
    r"""(?:
          (?<==)\[(?=\s*["\]])(?:[^"\]]|"(?:[^"\\]|\\.)*")*\]   # a JSON list as a value
        | "(?:[^"\\]|\\.)*"                                     # double quotes anywhere
        | (?:(?<=[\s=])|^)'[^']*'                               # single quotes where a value may begin
        | [^\s"'\[]+
        | ['\[]
        )+ | (?P<open>")""",
    re.VERBOSE,
)
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|(?:(?<==)|^)\'([^\']*)\'')


class Token(NamedTuple):
    """A word of the command, without its quotes, and where it stands in the normalised text."""

    text: str
    start: int
    end: int


def plain(raw: str) -> str:
    """Slack's `text` as the person typed it: markup, entities, curly quotes and odd blanks made plain."""
    text = _MARKUP.sub(_unwrap, raw) if "<" in raw else raw
    if "\\\n" in text:
        # A line that goes on after a backslash, as in a terminal.
        text = text.replace("\\\n", "")
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if not text.isascii() or not text.isprintable():
        text = text.translate(_TYPOGRAPHY)
    return text.strip()


def check(raw: str, text: str) -> None:
    """Raises WrongError for a text (`raw`; made plain: `text`) that is too long or holds control characters."""
    if len(raw) > TEXT_MAX_LENGTH:
        raise WrongError(f"That is {len(raw):,} characters; I read commands of up to {TEXT_MAX_LENGTH:,}.")
    if not text.isprintable() and (bad := CONTROL.search(text)):
        what = f"There is a control character (U+{ord(bad[0]):04X}) in the text; please type it again without."
        raise WrongError(what)


def _unwrap(match: re.Match[str]) -> str:
    mention, url, label = match.groups()
    if mention is not None:
        return f"<{mention}>"
    return label or str(url).removeprefix("mailto:")


def tokens(text: str) -> list[Token]:
    """The words of a normalised text. Quotes group words; a JSON list after `=` is one word.

    Raises WrongError for a double quote that is never closed.
    """
    return [_token(match, text) for match in _TOKEN.finditer(text)]


def _token(match: re.Match[str], text: str) -> Token:
    if match.lastgroup:
        what = 'The quote " is opened but never closed.'
        raise WrongError(what, text[match.start() :], line=f'{text}"')
    word = match[0]
    if ('"' in word or "'" in word) and "=[" not in word:
        word = _QUOTED.sub(_unquote, word)
    return Token(word, *match.span())


def _unquote(match: re.Match[str]) -> str:
    double, single = match.groups()
    # Only \" is undone: topic patterns are regular expressions, whose backslashes must stay as typed.
    return str(single) if double is None else double.replace('\\"', '"')
