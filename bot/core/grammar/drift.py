"""The verb `drift`: what others changed, to keep or to put back."""

from __future__ import annotations

import re
from typing import Final

from bot.core.grammar.mistake import WrongError, closest
from bot.core.grammar.power import asking, page, where
from bot.core.grammar.verb import Verb
from bot.core.grammar.words import Words
from bot.core.intent import Intent
from bot.core.remedy import AdoptDrift, ListDrift, PutBack

_ID: Final = re.compile(r"[0-9a-f]{1,16}", re.ASCII)
_ACTIONS: Final = ("adopt", "put-back")


def drift(words: Words, verb: Verb) -> Intent:
    """Nothing more for the list; `adopt ID` or `put-back ID`."""
    if not words.positional:
        return ListDrift(page=page(words), **where(words))
    action = words.positional.pop(0).text.lower()
    if action not in _ACTIONS:
        what = f"“{action[:60]}” is nothing I can do with drift: adopt or put-back."
        raise WrongError(what, action, closest=closest(action, _ACTIONS))
    ident = words.take("The id of the drift", verb.example).text.lower()
    if not _ID.fullmatch(ident):
        raise WrongError(f"“{ident[:60]}” is no id of a drift; `/flow drift` lists them.", ident)
    if action == "adopt":
        return AdoptDrift(ident=ident, **where(words))
    return PutBack(ident=ident, **asking(words))
