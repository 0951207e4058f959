"""`export`: which flow or request, and as what."""

from __future__ import annotations

import re
from typing import Final

from bot.core.grammar import values
from bot.core.grammar.mistake import WrongError, closest
from bot.core.grammar.power import page, where
from bot.core.grammar.verb import Verb
from bot.core.grammar.words import Words
from bot.core.intent import ExportFlow, Format, Intent

_NUMBER: Final = re.compile(r"#?\d+", re.ASCII)
_SHORTEST_PAIR: Final = 3
"""Words: `A -> B`."""


def export(words: Words, verb: Verb) -> Intent:
    """`A -> B` or the number of a request, and a format."""
    number = _number(words)
    what = words.flow(verb.example) if number is None else number
    return ExportFlow(what=what, format=_format(words), page=page(words), **where(words))


def _number(words: Words) -> int | None:
    here = words.positional
    if len(here) >= _SHORTEST_PAIR:
        return None
    found = next((token for token in here if _NUMBER.fullmatch(token.text)), None)
    if found is None:
        return None
    here.remove(found)
    return values.number(found.text)


def _format(words: Words) -> Format:
    if not words.positional:
        return Format.TERRAFORM
    word = words.positional.pop(0).text
    if word.lower() not in (*Format,):
        what = f"“{word[:60]}” is nothing that I can export to: {', '.join(Format)}."
        raise WrongError(what, word, closest=closest(word, Format))
    return Format(word.lower())
