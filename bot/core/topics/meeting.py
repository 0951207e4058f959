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

_MOST_STATES: Final = 500
"""Beginnings of names that are looked at before it counts as not to be told."""

_NOTHING: Final = Patterns(())
_INTERNAL: Final = Patterns((NEVER,))
_NICE: Final = sorted(LETTERS, key=lambda letter: (not letter.islower(), letter))


class Common(NamedTuple):
    """What selections have in common: a name that all of them select, or None when it cannot be told."""

    name: str | None = None


def common(selections: Sequence[Selection], *, internal: bool = False) -> Common | None:
    """A name that all of these select; None if surely none. With `internal`, names that are never copied count too."""
    if any(selection.flaws for selection in selections):
        return Common()
    wanted = list(dict.fromkeys(each.topics for each in selections))
    unwanted = list(dict.fromkeys(each.excluded for each in selections))
    try:
        return _common([each.run for each in wanted], [each.run for each in unwanted], internal=internal)
    except TooLargeError:
        return Common()


def _common(wanted: list[Run], unwanted: list[Run], *, internal: bool) -> Common | None:
    for name in sorted(frozenset(chain.from_iterable(run.names for run in wanted))):
        if (internal or not is_internal(name)) and _selects(wanted, unwanted, name):
            return Common(name)
    if any(not run.plain and not run.guarded for run in wanted):
        return None
    if any(run.guarded for run in (*wanted, *unwanted)):
        return Common()
    return _Search(wanted, unwanted, _NOTHING if internal else _INTERNAL).found()


def _selects(wanted: list[Run], unwanted: list[Run], name: str) -> bool:
    return all(run.accepts(name) for run in wanted) and not any(run.accepts(name) for run in unwanted)


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
    def live(self) -> frozenset[str]:
        """The letters after which all lists can still want the name."""
        return frozenset.intersection(*(frozenset().union(*(row.live for row in rows)) for rows in self.wanted))

    @property
    def place(self) -> tuple[int, ...]:
        """What tells states apart, however they were come to."""
        return tuple(map(id, chain(*self.wanted, self.unwanted)))

    def then(self, letter: str) -> _State:
        wanted = tuple(tuple(row[letter] for row in rows) for rows in self.wanted)
        return _State(self.name + letter, wanted, tuple(row[letter] for row in self.unwanted))


class _Search:
    """Goes through the beginnings of names, the shortest first."""

    def __init__(self, wanted: list[Run], unwanted: list[Run], never: Patterns) -> None:
        self._wanted = [run.plain for run in wanted]
        self._unwanted = [*chain.from_iterable(run.plain for run in unwanted), *Run(never).plain]
        self._excluded = frozenset(chain.from_iterable(run.names for run in unwanted))
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
            live = state.live
            for after in (state.then(letter) for letter in self._letters if letter in live):
                if after.place not in seen:
                    seen.add(after.place)
                    todo.append(after)
            if len(seen) > _MOST_STATES:
                raise TooLargeError


def _representatives(matchers: list[Matcher]) -> Iterator[str]:
    """One letter of each kind that the automata do not tell apart."""
    seen = set()
    tables = [matcher.at for matcher in matchers]
    for letter in _NICE:
        kind = tuple([at[letter] for at in tables])
        if kind not in seen:
            seen.add(kind)
            yield letter


def only(text: str) -> Selection:
    """A selection of all names that begin so."""
    return Selection(Patterns((rf"\Q{text}\E.*",)), Patterns(()))
