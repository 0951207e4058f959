"""Expressions that can be read in exponentially many ways, so that matching one long name may take hours or for ever.

Java tries one way after another. Ways explode where, inside a repetition, the same letters can be read in two ways that
lead back to the same place (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991). Java 9 and later
remember where an endless repetition has failed, but not a counted one: `(.*a){12}b` hangs on Java 17. Our own matching
tries no ways, so it can show what such an expression matches.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from bot.core.topics.expression import Either, Node, One, Repeat, Sequence
from bot.core.topics.net import Net, TooLargeError, net_of, positions

_MANY: Final = 8
"""Repetitions from which a counted one is judged like an endless one."""

_MOST_STEPS: Final = 20_000
"""How many steps of pairs of positions are looked at; what is found on part of them is true all the same."""

_CACHED: Final = 512

_Pair = tuple[int, int]


@lru_cache(maxsize=_CACHED)
def is_explosive(tree: Node) -> bool:
    """Whether it can be read in exponentially many ways. In doubt not: it makes a warning."""
    try:
        net = net_of(_loosened(tree))
    except TooLargeError:
        return False
    return _has_doubled_loop(net) or _has_two_ways(net)


def _loosened(node: Node) -> Node:
    """The same with long counted repetitions as endless ones."""
    match node:
        case One():
            return node
        case Sequence():
            return Sequence(tuple(map(_loosened, node.parts)))
        case Either():
            return Either(tuple(map(_loosened, node.options)))
        case Repeat():
            return _loosened_repeat(node)


def _loosened_repeat(node: Repeat) -> Repeat:
    body = _loosened(node.body)
    if node.most is None or (node.most >= _MANY and _width(node.body) is None):
        return Repeat(body, min(node.least, 1), None)
    # The others are there a few times, or take as many letters every time, which can be read in one way however often.
    return Repeat(body, min(node.least, _MANY), min(node.most, _MANY))


def _width(node: Node) -> int | None:
    """How many letters it always takes; None if that is not always the same."""
    match node:
        case One():
            return 1
        case Repeat():
            width = _width(node.body) if node.least == node.most else None
            return None if width is None else width * node.least
        case Sequence():
            widths = [_width(part) for part in node.parts]
            return None if None in widths else sum(width or 0 for width in widths)
        case Either():
            widths = list({_width(option) for option in node.options})
            return widths[0] if len(widths) == 1 else None


def _has_doubled_loop(net: Net) -> bool:
    """Whether a step that exists twice lies on a loop, as in `(a+)+`."""
    return any(_leads_back(net, start, after) for start, several in net.doubled for after in positions(several))


def _leads_back(net: Net, start: int, after: int) -> bool:
    seen = todo = 1 << after
    while todo:
        new = 0
        for position in positions(todo):
            new |= net.follow[position]
        todo = new & ~seen
        seen |= new
    return bool(seen >> start & 1)


def _has_two_ways(net: Net) -> bool:
    """Whether two different ways lead from a position back to it over the same letters, as in `(a|ab|ba)*`."""
    after = _pairs(net)
    before: dict[_Pair, set[_Pair]] = {pair: set() for pair in after}
    for pair, following in after.items():
        for each in following & after.keys():
            before[each].add(pair)
    return any(_is_mixed(loop) for loop in _loops(_finished(after), before))


def _pairs(net: Net) -> dict[_Pair, set[_Pair]]:
    """The pairs that two ways from one position come to over the same letters; the order in a pair does not matter."""
    after: dict[_Pair, set[_Pair]] = {}
    todo = [(position, position) for position in range(len(net.letters))]
    steps = 0
    while todo and steps < _MOST_STEPS:
        pair = todo.pop()
        if pair not in after:
            after[pair] = set(_steps(net, pair))
            steps += len(after[pair])
            todo.extend(after[pair])
    return after


def _steps(net: Net, pair: _Pair) -> Iterator[_Pair]:
    one, other = (list(positions(net.follow[position])) for position in pair)
    for first in one:
        for second in other:
            if not net.letters[first].isdisjoint(net.letters[second]):
                yield min(first, second), max(first, second)


def _is_mixed(loop: set[_Pair]) -> bool:
    """Whether the ways part and come together again on a loop."""
    return len({one == other for one, other in loop}) > 1


def _finished(after: dict[_Pair, set[_Pair]]) -> list[_Pair]:
    """The pairs in the order in which a search in depth is done with them."""
    done: list[_Pair] = []
    seen: set[_Pair] = set()
    for start in after:
        _finish(start, after, seen, done)
    return done


def _finish(start: _Pair, after: dict[_Pair, set[_Pair]], seen: set[_Pair], done: list[_Pair]) -> None:
    """Searches from here, where it has not been yet."""
    way = [start] if start not in seen else []
    seen.add(start)
    while way:
        found = next((each for each in after[way[-1]] if each in after and each not in seen), None)
        if found is None:
            done.append(way.pop())
        else:
            seen.add(found)
            way.append(found)


def _loops(done: list[_Pair], before: dict[_Pair, set[_Pair]]) -> Iterator[set[_Pair]]:
    """What can be reached from each other (Kosaraju's second pass: backwards, the last done first)."""
    seen: set[_Pair] = set()
    for start in reversed(done):
        loop: set[_Pair] = set()
        todo = [start]
        while todo:
            pair = todo.pop()
            if pair not in seen:
                seen.add(pair)
                loop.add(pair)
                todo.extend(before[pair])
        yield loop
