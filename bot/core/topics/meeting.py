"""Whether several selections have a name in common, told from the expressions alone, topics that exist or not."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from bot.core.topics.matcher import Matcher, Row
from bot.core.topics.names import LETTERS, NEVER, is_internal
from bot.core.topics.net import TooLargeError
from bot.core.topics.selection import Patterns, Run, Selection

_MOST_STATES: Final = 2000
"""Beginnings of names that are looked at before it counts as not to be told."""

_NICE: Final = sorted(LETTERS, key=lambda letter: (not letter.islower(), letter))


class Common(NamedTuple):
    """What selections have in common: a name that all of them select, or None when it cannot be told."""

    name: str | None = None


def common(selections: Sequence[Selection], *, internal: bool = False) -> Common | None:
    """A name that all of these select; None if surely none. With `internal`, names that are never copied count too."""
    if any(selection.flaws for selection in selections):
        return Common()
    try:
        return _common([_Sides(Run(each.topics), Run(each.excluded)) for each in selections], internal=internal)
    except TooLargeError:
        return Common()


class _Sides(NamedTuple):
    wanted: Run
    unwanted: Run

    def selects(self, name: str) -> bool:
        return self.wanted.accepts(name) and not self.unwanted.accepts(name)


def _common(sides: list[_Sides], *, internal: bool) -> Common | None:
    for name in sorted(frozenset(chain.from_iterable(side.wanted.names for side in sides))):
        if (internal or not is_internal(name)) and all(side.selects(name) for side in sides):
            return Common(name)
    if any(not side.wanted.plain and not side.wanted.guarded for side in sides):
        return None
    if any(side.wanted.guarded or side.unwanted.guarded for side in sides):
        return Common()
    return _Search(sides, Patterns(() if internal else (NEVER,))).found()


class _State(NamedTuple):
    """Where all automata stand after the same letters."""

    name: str
    wanted: tuple[tuple[Row, ...], ...]
    unwanted: tuple[Row, ...]

    @property
    def accepts(self) -> bool:
        all_want = all(any(row.accepts for row in rows) for rows in self.wanted)
        return bool(self.name) and all_want and not any(row.accepts for row in self.unwanted)

    @property
    def is_dead(self) -> bool:
        return any(all(row.is_dead for row in rows) for rows in self.wanted)

    @property
    def place(self) -> tuple[int, ...]:
        """What tells states apart, however they were come to."""
        return tuple(map(id, chain(*self.wanted, self.unwanted)))

    def then(self, letter: str) -> _State:
        wanted = tuple(tuple(row[letter] for row in rows) for rows in self.wanted)
        return _State(self.name + letter, wanted, tuple(row[letter] for row in self.unwanted))


class _Search:
    """Goes through the beginnings of names, the shortest first."""

    def __init__(self, sides: list[_Sides], never: Patterns) -> None:
        self._wanted = [side.wanted.plain for side in sides]
        self._unwanted = [*chain.from_iterable(side.unwanted.plain for side in sides), *Run(never).plain]
        self._excluded = frozenset(chain.from_iterable(side.unwanted.names for side in sides))
        self._letters = list(_representatives([*chain.from_iterable(self._wanted), *self._unwanted]))

    def found(self) -> Common | None:
        """The shortest name, or None. One that is excluded by name leaves open whether there are others like it."""
        is_sure = True
        for state in self._states():
            if state.accepts:
                if state.name not in self._excluded:
                    return Common(state.name)
                is_sure = False
        return None if is_sure else Common()

    def _states(self) -> Iterator[_State]:
        wanted = tuple(tuple(each.start for each in matchers) for matchers in self._wanted)
        todo = deque([_State("", wanted, tuple(each.start for each in self._unwanted))])
        seen = {todo[0].place}
        while todo:
            state = todo.popleft()
            yield state
            for after in map(state.then, self._letters):
                if not after.is_dead and after.place not in seen:
                    seen.add(after.place)
                    todo.append(after)
            if len(seen) > _MOST_STATES:
                raise TooLargeError


def _representatives(matchers: list[Matcher]) -> Iterator[str]:
    """One letter of each kind that the automata do not tell apart."""
    seen = set()
    for letter in _NICE:
        kind = tuple(matcher.signature(letter) for matcher in matchers)
        if kind not in seen:
            seen.add(kind)
            yield letter


def only(text: str) -> Selection:
    """A selection of all names that begin so."""
    return Selection(Patterns((rf"\Q{text}\E.*",)), Patterns(()))
