"""An expression that was read, as a tree; and what can be wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class One:
    """One character of these."""

    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; nothing if it is empty."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same several times; `most` is None where there is no bound."""

    body: Node
    least: int
    most: int | None


Node = One | Sequence | Either | Repeat


class Expression(NamedTuple):
    """`tree` matches the whole name, which also matches each of `within` and none of `without`: leading look-aheads."""

    tree: Node
    within: tuple[Node, ...] = ()
    without: tuple[Node, ...] = ()

    @property
    def text(self) -> str | None:
        """The one name that it stands for; None if it is a pattern."""
        if self.within or self.without:
            return None
        parts = self.tree.parts if isinstance(self.tree, Sequence) else (self.tree,)
        letters = [next(iter(part.letters)) for part in parts if isinstance(part, One) and len(part.letters) == 1]
        return "".join(letters) if len(letters) == len(parts) else None


class Kind(StrEnum):
    """What is wrong: Java refuses it; it holds a comma; or it cannot be judged here."""

    BROKEN = "broken"
    COMMA = "comma"
    BEYOND = "beyond"


class Flaw(NamedTuple):
    """Why an expression is not matched here. `what` ends a sentence: `unclosed group`, `a look-behind`."""

    kind: Kind
    item: str
    what: str
