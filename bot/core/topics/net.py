"""An expression as a position automaton (Glushkov): no empty steps, so that a name's letters bound the steps.

A position is one place in the expression that takes a letter. Sets of positions are whole numbers, a bit for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from bot.core.topics.expression import Either, Node, One, Repeat, Sequence

MOST_POSITIONS: Final = 2000
"""Places that one expression may have when its repetitions are written out."""

_CACHED: Final = 512


class TooLargeError(Exception):
    """The expression has too many places, or too much would have to be tried; nothing can be told about it."""


@dataclass(frozen=True, slots=True)
class Net:
    """Which letters each position takes, where a name may begin and end, and which positions follow each.

    `doubled`: pairs of a position and the positions that follow it in more than one way.
    """

    letters: tuple[frozenset[str], ...]
    first: int
    last: int
    follow: tuple[int, ...]
    takes_nothing: bool
    doubled: tuple[tuple[int, int], ...] = ()


class _Part(NamedTuple):
    takes_nothing: bool
    first: int
    last: int


@lru_cache(maxsize=_CACHED)
def net_of(tree: Node) -> Net:
    """The automaton of an expression. Raises TooLargeError."""
    builder = _Builder()
    whole = builder.part(tree)
    return Net(
        letters=tuple(builder.letters), first=whole.first, last=whole.last, follow=tuple(builder.follow),
        takes_nothing=whole.takes_nothing, doubled=tuple(builder.doubled),
    )  # fmt: skip


def joined(nets: Iterable[Net]) -> Net:
    """One automaton for what any of these match, as MirrorMaker joins a list with `|`."""
    letters: list[frozenset[str]] = []
    follow: list[int] = []
    first = last = 0
    takes_nothing = False
    for net in nets:
        shift = len(letters)
        first |= net.first << shift
        last |= net.last << shift
        follow.extend(after << shift for after in net.follow)
        letters.extend(net.letters)
        takes_nothing |= net.takes_nothing
    return Net(tuple(letters), first, last, tuple(follow), takes_nothing)


def positions(found: int) -> Iterator[int]:
    """The positions in a set."""
    while found:
        lowest = found & -found
        yield lowest.bit_length() - 1
        found ^= lowest


class _Builder:
    """Numbers the positions and notes which follow which."""

    def __init__(self) -> None:
        self.letters: list[frozenset[str]] = []
        self.follow: list[int] = []
        self.doubled: list[tuple[int, int]] = []

    def part(self, node: Node) -> _Part:
        """Adds a part of the tree."""
        match node:
            case One():
                return self._one(node)
            case Sequence():
                return self._sequence(node.parts)
            case Either():
                return self._either(node.options)
            case Repeat():
                return self._repeat(node)

    def _one(self, node: One) -> _Part:
        if len(self.letters) >= MOST_POSITIONS:
            raise TooLargeError
        self.letters.append(node.letters)
        self.follow.append(0)
        here = 1 << (len(self.letters) - 1)
        return _Part(takes_nothing=False, first=here, last=here)

    def _sequence(self, nodes: Iterable[Node]) -> _Part:
        whole = _Part(takes_nothing=True, first=0, last=0)
        for node in nodes:
            whole = self._then(whole, self.part(node))
        return whole

    def _then(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        return _Part(
            takes_nothing=one.takes_nothing and other.takes_nothing,
            first=one.first | (other.first if one.takes_nothing else 0),
            last=other.last | (one.last if other.takes_nothing else 0),
        )

    def _either(self, nodes: Iterable[Node]) -> _Part:
        parts = [self.part(node) for node in nodes]
        first = last = 0
        for part in parts:
            first |= part.first
            last |= part.last
        return _Part(any(part.takes_nothing for part in parts), first, last)

    def _repeat(self, node: Repeat) -> _Part:
        """The body as often as it must be there, then as often as it may."""
        if node.most is None:
            copies = max(node.least, 1)
            whole = self._sequence([node.body] * (copies - 1))
            loop = self.part(node.body)
            self._link(loop.last, loop.first)
            return self._then(whole, loop._replace(takes_nothing=loop.takes_nothing or not node.least))
        whole = self._sequence([node.body] * node.least)
        for _ in range(node.most - node.least):
            whole = self._then(whole, self.part(node.body)._replace(takes_nothing=True))
        return whole

    def _link(self, lasts: int, firsts: int) -> None:
        for last in positions(lasts):
            if again := self.follow[last] & firsts:
                self.doubled.append((last, again))
            self.follow[last] |= firsts
