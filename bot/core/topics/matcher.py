"""Runs an automaton over names: one look-up for each letter, whatever the expression."""

from __future__ import annotations

from typing import Final

from bot.core.topics.names import LETTERS
from bot.core.topics.net import Net, TooLargeError, positions

MOST_ROWS: Final = 2000
"""Sets of positions that a matcher works out before it gives up; a few dozen are usual."""


class Row(dict[str, "Row"]):
    """Where a name stands after some letters: the next row by letter, worked out when it is first asked for.

    `accepts`: whether a name may end here. `is_last`: whether no letter leads to another row, so that the rest of the
    name does not matter.
    """

    __slots__ = ("_live", "_matcher", "_reach", "accepts", "is_last")

    def __init__(self, matcher: Matcher, reach: int, *, accepts: bool, is_last: bool = False) -> None:
        super().__init__()
        self._matcher = matcher
        self._reach = reach
        self._live: frozenset[str] | None = None
        self.accepts = accepts
        self.is_last = is_last

    @property
    def live(self) -> frozenset[str]:
        """The letters after which something can still match."""
        if self._live is None:
            self._live = self._matcher.letters_into(self._reach)
        return self._live

    def __missing__(self, letter: str) -> Row:
        row = self[letter] = self._matcher.row_at(self._reach, letter)
        return row


class Matcher:
    """One use of an automaton; the rows that it has worked out go with it, so that equal uses take equal work.

    `at`: the positions that take each letter; letters with the same ones are alike to this automaton.
    """

    def __init__(self, net: Net) -> None:
        self._net = net
        self.at = _by_letter(net)
        self._rows: dict[int, Row] = {}
        self.start = Row(self, net.first, accepts=net.takes_nothing)

    def accepts(self, name: str) -> bool:
        """Whether the whole name, of letters that a name may hold, matches. Raises TooLargeError."""
        row = self.start
        for letter in name:
            row = row[letter]
            if row.is_last:
                return row.accepts
        return row.accepts

    def row_at(self, reach: int, letter: str) -> Row:
        """The row after one more letter; a character that no name may hold leads nowhere."""
        return self._row(reach & self.at.get(letter, 0))

    def letters_into(self, reach: int) -> frozenset[str]:
        """The letters that lead to one of these positions."""
        return frozenset(letter for letter, at in self.at.items() if at & reach)

    def _row(self, found: int) -> Row:
        row = self._rows.get(found)
        if row is None:
            if len(self._rows) >= MOST_ROWS:
                raise TooLargeError
            reach = self._reach(found)
            is_last = all(reach & at == found for at in self.at.values())
            row = self._rows[found] = Row(self, reach, accepts=bool(found & self._net.last), is_last=is_last)
        return row

    def _reach(self, found: int) -> int:
        reach = 0
        for position in positions(found):
            reach |= self._net.follow[position]
        return reach


def _by_letter(net: Net) -> dict[str, int]:
    """Which positions take each letter. Positions that take the same letters are put together first."""
    kinds: dict[frozenset[str], int] = {}
    for position, letters in enumerate(net.letters):
        kinds[letters] = kinds.get(letters, 0) | 1 << position
    at = dict.fromkeys(LETTERS, 0)
    for letters, found in kinds.items():
        for letter in letters:
            at[letter] |= found
    return at
