"""The topics that a flow selects: its list, without what its exclusion list holds.

Facts: Apache Kafka, `DefaultTopicFilter` and `MirrorUtils.compilePatternList`: the items of a list are joined with `|`,
the whole name must match, and what is excluded stays excluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pydantic import JsonValue

from bot.core.fields import BY_NAME, EXCLUSION_SPELLINGS, IDENTITY_POLICY, MIRRORMAKER_EXCLUSIONS
from bot.core.flow import exclusion_key
from bot.core.topics.expression import Expression, Flaw, Kind, Node
from bot.core.topics.java import read
from bot.core.topics.matcher import Matcher
from bot.core.topics.net import Net, TooLargeError, joined, net_of

TOPICS: Final = "topics"
POLICY: Final = "replication_policy_class"

_CHUNK: Final = 500
"""Positions that are matched as one automaton: sets of them are numbers of so many bits."""

_MOST_POSITIONS: Final = 20_000
"""Positions in all automata of a list; a list that has more is not matched here."""


def items(value: JsonValue) -> tuple[str, ...]:
    """A list of a flow; anything else is none."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def topics_of(flow: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """The topic list that holds: no list means every topic."""
    return items(flow.get(TOPICS)) or items(BY_NAME[TOPICS].default)


def own_exclusions(flow: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """The exclusion list that the flow has, in whatever spelling; empty where MirrorMaker's own holds."""
    return items(flow.get(exclusion_key(flow)))


def spellings(flow: Mapping[str, JsonValue]) -> list[str]:
    """The spellings of the exclusion list that the flow carries."""
    return [key for key in EXCLUSION_SPELLINGS if flow.get(key)]


def is_identity(flow: Mapping[str, JsonValue]) -> bool:
    """Whether the flow's policy keeps the names of topics."""
    return (flow.get(POLICY) or BY_NAME[POLICY].default) == IDENTITY_POLICY


@dataclass(frozen=True)
class Patterns:
    """A list of names and expressions."""

    items: tuple[str, ...]

    @cached_property
    def _read(self) -> list[Expression | Flaw]:
        return [read(item) for item in self.items]

    @cached_property
    def flaws(self) -> tuple[Flaw, ...]:
        """The items that are not matched here, and why."""
        flaws = [each for each in self._read if isinstance(each, Flaw)]
        return tuple(flaws) if flaws else tuple(self._too_large())

    def _too_large(self) -> Iterator[Flaw]:
        try:
            _ = self.nets
        except TooLargeError:
            yield Flaw(Kind.BEYOND, max(self.items, key=len), "so many places that I do not try them all")

    @cached_property
    def names(self) -> frozenset[str]:
        """The items that stand for one name."""
        return frozenset(each.text for each in self._expressions if each.text is not None)

    @cached_property
    def guarded(self) -> tuple[Expression, ...]:
        """The items that begin with a look-ahead."""
        return tuple(each for each in self._expressions if each.within or each.without)

    @cached_property
    def nets(self) -> tuple[Net, ...]:
        """Automata for all other items, several in each. Raises TooLargeError."""
        plain = (each.tree for each in self._expressions if each.text is None and not (each.within or each.without))
        return tuple(joined(chunk) for chunk in _chunks(map(net_of, plain)))

    @cached_property
    def run(self) -> Run:
        """The list, run; it keeps what it works out, for those who try it again and again. Raises TooLargeError."""
        return Run(self)

    @property
    def _expressions(self) -> Iterator[Expression]:
        return (each for each in self._read if isinstance(each, Expression))


def _chunks(nets: Iterable[Net]) -> Iterator[list[Net]]:
    chunk: list[Net] = []
    size = total = 0
    for net in nets:
        size, total = size + len(net.letters), total + len(net.letters)
        if total > _MOST_POSITIONS:
            raise TooLargeError
        chunk.append(net)
        if size >= _CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


class Run:
    """One use of a list. Raises TooLargeError where it would take too much; so does `accepts`."""

    def __init__(self, patterns: Patterns) -> None:
        self.names = patterns.names
        self.plain = [Matcher(net) for net in patterns.nets]
        self.guarded = [_Guarded(each) for each in patterns.guarded]
        self._all: list[Matcher | _Guarded] = [*self.plain, *self.guarded]

    def accepts(self, name: str) -> bool:
        """Whether an item matches the whole name."""
        if name in self.names:
            return True
        # A plain loop: this is done for every topic, and `any` with a generator takes as long as the matching itself.
        for each in self._all:  # noqa: SIM110
            if each.accepts(name):
                return True
        return False


class _Guarded:
    """An item with look-aheads."""

    def __init__(self, expression: Expression) -> None:
        self._wanted = _matchers((expression.tree, *expression.within))
        self._not = _matchers(expression.without)

    def accepts(self, name: str) -> bool:
        """Whether it matches the whole name."""
        return all(each.accepts(name) for each in self._wanted) and not any(each.accepts(name) for each in self._not)


def _matchers(trees: Iterable[Node]) -> list[Matcher]:
    return [Matcher(net_of(tree)) for tree in trees]


@dataclass(frozen=True)
class Selection:
    """What a flow's lists select, before the names that MirrorMaker never copies."""

    topics: Patterns
    excluded: Patterns

    @classmethod
    def of(cls, flow: Mapping[str, JsonValue]) -> Selection:
        """The lists that hold for a flow."""
        return cls(Patterns(topics_of(flow)), Patterns(own_exclusions(flow) or MIRRORMAKER_EXCLUSIONS))

    @cached_property
    def flaws(self) -> tuple[Flaw, ...]:
        """Why it cannot be told what is selected; empty if it can."""
        return self.topics.flaws + self.excluded.flaws

    def pick(self, names: Sequence[str]) -> tuple[str, ...] | None:
        """The selected ones of these names, in their order; None if that cannot be told."""
        if self.flaws:
            return None
        try:
            wanted, unwanted = Run(self.topics), Run(self.excluded)
            return tuple(name for name in names if wanted.accepts(name) and not unwanted.accepts(name))
        except TooLargeError:
            return None
