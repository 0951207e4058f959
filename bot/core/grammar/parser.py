"""parse: the text after the slash command -> Intent | Mistake. Pure, some tens of microseconds."""

from __future__ import annotations

import re
from typing import Final

from bot.core.grammar.mistake import Mistake, WrongError, closest
from bot.core.grammar.redact import redacted
from bot.core.grammar.text import TEXT_MAX_LENGTH, Token, check, plain, tokens
from bot.core.grammar.verb import Verb
from bot.core.grammar.verbs import BY_WORD, VERBS
from bot.core.grammar.words import Words, has_arrow, sort
from bot.core.intent import Help, Intent

_PASTED: Final = re.compile(
    rf"(?:/\S+ +)?({'|'.join(verb.name for verb in VERBS if verb.pasted)})(?= |$)", re.IGNORECASE
)


def parse(raw: str) -> Intent | Mistake:
    """What somebody asks for with this text (Slack's `text`, markup and entities included)."""
    text = redacted(plain(raw[:TEXT_MAX_LENGTH]))
    try:
        check(raw, text)
        return _parse(text)
    except WrongError as wrong:
        return wrong.mistake(text)


def _parse(text: str) -> Intent:
    if pasted := _PASTED.match(text):
        return _read_pasted(BY_WORD[pasted[1].lower()], text[pasted.end() :])
    found = tokens(text)
    if found and found[0].text.startswith("/"):
        # A line that was copied from an answer begins with the slash command once more.
        del found[0]
    if not found:
        return Help()
    verb, rest = _verb(found)
    words = sort(text, rest, free=verb.free)
    intent = verb.read(words, verb)
    words.finish()
    return intent


def _read_pasted(verb: Verb, rest: str) -> Intent:
    words = Words(rest)
    intent = verb.read(words, verb)
    words.finish()
    return intent


def _verb(found: list[Token]) -> tuple[Verb, list[Token]]:
    """The verb and what follows it; `A -> B` alone means show."""
    word = found[0].text.lower()
    verb = BY_WORD.get(word)
    if verb is not None:
        return verb, found[1:]
    if any(has_arrow(token) for token in found[:2]):
        return BY_WORD["show"], found
    what = f"I know no action “{found[0].text[:60]}”. `/flow help` lists what I can do."
    raise WrongError(what, found[0].text, closest=closest(word, BY_WORD))
