"""Circles of flows that keep the names of topics, in which a record goes round for ever."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.core.topics.meeting import Common, common
from bot.core.topics.selection import Selection

_MOST_WAYS: Final = 100
"""Ways through the flows that are looked at before a circle counts as possible."""


@dataclass(frozen=True)
class Edge:
    """A flow that replicates and keeps names, from one cluster to another, and what it selects."""

    source: str
    target: str
    selection: Selection = field(compare=False)


@dataclass(frozen=True, slots=True)
class Loop:
    """A circle: its flows in order, and what all of them select (`name` None: it may be something, no example)."""

    edges: tuple[Edge, ...]
    common: Common

    @property
    def way(self) -> tuple[str, ...]:
        """The clusters, the first again at the end."""
        return (*(edge.source for edge in self.edges), self.edges[-1].target)


def loop_through(own: Edge, others: Sequence[Edge]) -> Loop | None:
    """The shortest circle that `own` closes with other flows, for what all of them select; in doubt a circle."""
    near = _leading(others, own.source)
    ways: deque[tuple[Edge, ...]] = deque([(own,)])
    for _ in range(_MOST_WAYS):
        if not ways:
            return None
        way = ways.popleft()
        found = common([edge.selection for edge in way])
        if found is not None and way[-1].target == own.source:
            return Loop(way, found)
        if found is not None:
            ways.extend((*way, edge) for edge in near if _goes_on(way, edge))
    return Loop(ways[0], Common()) if ways else None


def _leading(edges: Sequence[Edge], end: str) -> list[Edge]:
    """The flows from which one can come to this cluster."""
    leading = {end}
    while more := {edge.source for edge in edges if edge.target in leading} - leading:
        leading |= more
    return [edge for edge in edges if edge.target in leading]


def _goes_on(way: tuple[Edge, ...], edge: Edge) -> bool:
    """Whether the flow begins where the way ends, and leads to a new cluster or to the beginning."""
    between = {each.target for each in way}
    return edge.source == way[-1].target and edge.target not in between
