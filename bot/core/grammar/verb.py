"""What a verb of the command language is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.grammar.words import Words
from bot.core.intent import Intent
from bot.core.rights import Right


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. `usage` and `example` stand without the slash command; `right` is what it needs at least.

    With `free` a free text, such as a reason, may follow the first word.
    """

    name: str
    usage: str
    example: str
    summary: str
    read: Callable[[Words, Verb], Intent]
    right: Right | None = None
    aliases: tuple[str, ...] = ()
    free: bool = False
