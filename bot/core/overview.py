"""A MirrorMaker service at a glance: what was seen of it, and what of that is not well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final, NamedTuple

from bot.core.flow import FlowRef, Wire
from bot.core.freeze import Spell
from bot.core.history import plans
from bot.core.preflight.service import POWEROFF, REBALANCING, RUNNING, is_due
from bot.core.preflight.surroundings import Cluster, Mirror, Upkeep
from bot.core.request import Request
from bot.core.weighing import Standing

_FAILED: Final = "failed"
_NAMED: Final = 4


class Health(IntEnum):
    """How a service is. `DOUBTFUL`: something is to be looked at, or could not be."""

    GOOD = 0
    DOUBTFUL = 1
    BAD = 2


class Trouble(NamedTuple):
    """Something that is not well, in words."""

    health: Health
    text: str


class Waiting(NamedTuple):
    """An open request, and where it stands."""

    request: Request
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a person may see of a service. `None` stands for what could not be read, and `unread` says why.

    `flows`: those that the person may read, `clusters`: those that matter for them. `spells`: freezes that hold or
    begin soon.
    """

    path: str
    now: datetime
    mirror: Mirror | None = None
    flows: tuple[tuple[FlowRef, Wire], ...] | None = None
    clusters: tuple[Cluster, ...] | None = None
    waiting: tuple[Waiting, ...] = ()
    reviews: tuple[Request, ...] = ()
    spells: tuple[Spell, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def health(self) -> Health:
        """The worst of what is known of it."""
        unsure = Health.DOUBTFUL if self.unread else Health.GOOD
        return max((each.health for each in self.troubles), default=unsure)

    @property
    def troubles(self) -> list[Trouble]:
        """What is not well, the worst first."""
        return sorted((*_of_service(self), *_of_clusters(self)), key=lambda each: -each.health)

    @property
    def upkeep(self) -> list[Upkeep]:
        """The maintenance that comes soon."""
        return [each for each in (self.mirror.upkeep if self.mirror else ()) if is_due(each, self.now)]

    def about(self, ref: FlowRef) -> list[Waiting]:
        """The open requests for a flow."""
        return [each for each in self.waiting if any(plan.ref == ref for plan in plans(each.request))]

    @property
    def elsewhere(self) -> list[Waiting]:
        """The open requests for flows that are not there, or could not be read."""
        there = {ref for ref, _ in self.flows or ()}
        return [each for each in self.waiting if there.isdisjoint(plan.ref for plan in plans(each.request))]


def _of_service(seen: Overview) -> Iterator[Trouble]:
    mirror = seen.mirror
    if mirror is None:
        return
    if mirror.state == POWEROFF:
        yield Trouble(Health.BAD, "powered off: nothing is replicated")
        return
    late = "changes may show late" if mirror.state not in {RUNNING, REBALANCING} else ""
    busy = [f"{name} {state}" for name, state in sorted(mirror.nodes.items()) if state != RUNNING.lower()]
    told = "; ".join(filter(None, (late, f"not ready: {', '.join(busy)}" if busy else "")))
    if told:
        yield Trouble(Health.DOUBTFUL, told)


def _of_clusters(seen: Overview) -> Iterator[Trouble]:
    """Of a service that is off they tell nothing more."""
    if seen.clusters is None or (seen.mirror is not None and seen.mirror.state == POWEROFF):
        return
    running = {alias for ref, flow in seen.flows or () if flow.get("enabled") for alias in (ref.source, ref.target)}
    for cluster in seen.clusters:
        if why := _unwell(cluster):
            yield Trouble(Health.BAD if cluster.alias in running else Health.DOUBTFUL, why)
    known = {cluster.alias for cluster in seen.clusters}
    missing = sorted(running - known)
    if missing and None not in known:
        named = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED} more" if missing[_NAMED:] else "")
        yield Trouble(Health.BAD, f"no cluster of this service, so that flows with it copy nothing: {named}")


def _unwell(cluster: Cluster) -> str:
    """What is wrong with the integration of a cluster; nothing when it works."""
    name = cluster.alias or "a cluster whose alias Aiven does not tell"
    if not cluster.enabled:
        return f"{name} is not enabled"
    if cluster.active and cluster.status != _FAILED:
        return ""
    state = "has failed" if cluster.status == _FAILED else "is not active"
    cause = f"; likely cause: {cluster.cause}" if cluster.cause else ""
    return f"{name} {state}{cause}" + (f" (“{cluster.errors[0]}”)" if cluster.errors else "")
