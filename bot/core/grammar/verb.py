"""What a verb of the command language is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.grammar.words import Words
from bot.core.intent import Intent
from bot.core.roles import Role


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. `usage` and `example` stand without the slash command.

    `takes`: who holds none of these rights has no use for it; empty when it is for everybody. With `free` a free text,
    such as a reason, may follow the first word. With `pasted` the line has a grammar of its own: `read` gets what
    follows the verb as text, not sorted.
    """

    name: str
    usage: str
    example: str
    summary: str
    read: Callable[[Words, Verb], Intent]
    takes: Role = frozenset()
    aliases: tuple[str, ...] = ()
    free: bool = False
    pasted: bool = False
