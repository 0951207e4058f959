"""What one look at changed flows and their service sees: in a line, what is wrong with it, and where to look next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor
from typing import Final, NamedTuple

from bot.core.plan import Plan
from bot.core.preflight.surroundings import Cluster, Mirror

RUNNING: Final = "RUNNING"
REBALANCING: Final = "REBALANCING"
POWEROFF: Final = "POWEROFF"
_FAILED: Final = "failed"
_NODE_RUNS: Final = "running"
_AT_WORK: Final = frozenset({"", "running", "unknown"})
"""What Aiven says of an integration that works, if it says anything; whether it is active is told apart."""

CONSOLE: Final = "the Aiven Console"
_SHOWN: Final = 3
_WELL: Final = "running"
_WORDS_MAX: Final = 160


class Aim(StrEnum):
    """What a flow is to do after its change. A flow that is new or resumed has no progress to go by at first."""

    STARTS = "starts"
    RUNS = "runs"
    RESTS = "rests"
    GONE = "gone"

    @property
    def copies(self) -> bool:
        """Whether anything is replicated; if not, the clusters do not matter."""
        return self in {Aim.STARTS, Aim.RUNS}


class Found(StrEnum):
    """The flow, compared with what was planned."""

    PLANNED = "as planned"
    CHANGED = "changed"
    GONE = "gone"


class FlowSeen(NamedTuple):
    """A flow as it was seen; `found` is None when it could not be read. `progress`: 0 to 1, None if none is shown."""

    found: Found | None = None
    progress: float | None = None

    @property
    def is_odd(self) -> bool:
        """Whether it is another flow than planned."""
        return self.found in {Found.CHANGED, Found.GONE}


UNSEEN: Final = FlowSeen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look has seen; None stands for what could not be read, and `unread` says why, a sentence each.

    `service`: the name of the MirrorMaker service, `mirror`: how it is. `ends`: the aliases of the flows that copy and
    their clusters, None for an alias that no integration has. `flows`: by pair, as in `a -> b`.
    """

    service: str
    mirror: Mirror | None = None
    ends: Mapping[str, Cluster | None] | None = None
    flows: Mapping[str, FlowSeen] = field(default_factory=dict)
    unread: tuple[str, ...] = field(default=())

    def is_whole(self, aims: Aims) -> bool:
        """Whether all was read that matters."""
        flows = all(self.flow(pair).found is not None for pair in aims)
        return flows and self.mirror is not None and (self.ends is not None or not copies(aims))

    def flow(self, pair: str) -> FlowSeen:
        """How this flow was seen."""
        return self.flows.get(pair, UNSEEN)

    def show(self, aims: Aims) -> str:
        """What to type to see more."""
        return f"`/flow show {next(iter(aims))}`" if len(aims) == 1 else f"`/flow list {self.service}`"


Aims = Mapping[str, Aim]
"""What the flows that are looked at are to do, by pair."""


def copies(aims: Aims) -> bool:
    """Whether any of them replicates; if not, the clusters do not matter."""
    return any(aim.copies for aim in aims.values())


class Wrong(NamedTuple):
    """Something that is not as it should be, and where to look. `at_once`: waiting does not mend it.

    `harmless`: it may be like that while all is well, or as somebody wants it, so nobody is called for it.
    """

    text: str
    at_once: bool = False
    harmless: bool = False


def aim_of(plan: Plan) -> Aim:
    """What the flow is to do after this change."""
    if plan.after is None:
        return Aim.GONE
    if plan.after.get("enabled") is not True:
        return Aim.RESTS
    return Aim.RUNS if plan.before is not None and plan.before.get("enabled") is True else Aim.STARTS


def percent(progress: float) -> str:
    """`98 %`; never 100 before it is."""
    return f"{floor(progress * 100 + 1e-9)} %"


def line(seen: Seen, aims: Aims) -> str:
    """All of it in a line: `mm2-eu RUNNING 3/3 nodes · kafka-eu running · kafka-us running · progress 98 %`."""
    flows = [_flow(seen.flow(pair), aim) for pair, aim in aims.items()]
    return " · ".join([
        _service(seen), *(_ends(seen) if copies(aims) else ()), *(flows if len(flows) == 1 else _flows(seen, aims)),
    ])  # fmt: skip


def _service(seen: Seen) -> str:
    if seen.mirror is None:
        return f"{seen.service} cannot be read"
    states = seen.mirror.nodes.values()
    up = sum(state == _NODE_RUNS for state in states)
    nodes = f" {up}/{len(states)} nodes" if states else ""
    return f"{seen.service} {seen.mirror.state or 'state not told'}{nodes}"


def _ends(seen: Seen) -> Iterator[str]:
    if seen.ends is None:
        yield "clusters cannot be read"
        return
    words = {alias: _word(cluster) for alias, cluster in seen.ends.items()}
    well = [alias for alias, word in words.items() if word == _WELL]
    few = len(words) <= _SHOWN
    yield from (f"{alias} {word}" for alias, word in words.items() if few or alias not in well)
    if well and not few:
        yield f"{len(well)} clusters {_WELL}"


def _word(cluster: Cluster | None) -> str:
    """How an integration is, in a word or two."""
    if cluster is None:
        return "not integrated"
    if not cluster.enabled:
        return "not enabled"
    if cluster.active:
        return cluster.status or "active"
    return "not active" if cluster.status in _AT_WORK else cluster.status


def _flow(seen: FlowSeen, aim: Aim) -> str:
    if seen.found is None:
        return "flow cannot be read"
    if seen.is_odd:
        return "flow there again" if aim is Aim.GONE else f"flow {seen.found}"
    if aim.copies:
        return "no progress shown" if seen.progress is None else f"progress {percent(seen.progress)}"
    return "flow gone" if aim is Aim.GONE else "flow paused"


def _flows(seen: Seen, aims: Aims) -> Iterator[str]:
    """Several of them: how many, which are odd, and how far the one is that lags most."""
    yield f"{len(aims)} flows"
    yield from [f"{pair} {seen.flow(pair).found}" for pair in aims if seen.flow(pair).is_odd][:_SHOWN]
    unread = sum(seen.flow(pair).found is None for pair in aims)
    if unread:
        yield f"{unread} cannot be read"
    shown = [seen.flow(pair) for pair, aim in aims.items() if aim.copies and seen.flow(pair).found is Found.PLANNED]
    told = [each.progress for each in shown if each.progress is not None]
    if told:
        yield f"progress {percent(min(told))} or more"
    if len(told) < len(shown):
        yield f"{len(shown) - len(told)} show no progress"


def wrongs(seen: Seen, aims: Aims) -> Iterator[Wrong]:
    """What is wrong with the service, and with the clusters of flows that are to copy; the worst first."""
    found = [*_wrong_service(seen, aims), *(_wrong_ends(seen) if copies(aims) else ())]
    yield from sorted(found, key=lambda each: (not each.at_once, each.harmless))


def _wrong_service(seen: Seen, aims: Aims) -> Iterator[Wrong]:
    mirror = seen.mirror
    if mirror is None:
        return
    if mirror.state == POWEROFF:
        yield _powered_off(seen, aims)
        return
    busy = [f"{name} is {state or 'not told'}" for name, state in sorted(mirror.nodes.items()) if state != _NODE_RUNS]
    if mirror.state == REBALANCING and not busy:
        text = f"{seen.service} is still rebalancing. It works meanwhile; {CONSOLE} shows when it is done."
        yield Wrong(text, harmless=True)
    elif mirror.state != RUNNING or busy:
        nodes = f" ({', '.join(busy[:_SHOWN])})" if busy else ""
        state = mirror.state or "in a state that Aiven does not tell"
        yield Wrong(f"{seen.service} is still {state}{nodes}. Look at its nodes in {CONSOLE}.")


def _powered_off(seen: Seen, aims: Aims) -> Wrong:
    """Whoever pauses or deletes a flow may well power the service off next."""
    if not copies(aims):
        text = f"{seen.service} is powered off; there is nothing to be seen until it is on again."
        return Wrong(text, at_once=True, harmless=True)
    text = f"{seen.service} is powered off, so nothing is copied. Power it on, then see with {seen.show(aims)}"
    return Wrong(f"{text} whether the flow is still there.", at_once=True)


def _wrong_ends(seen: Seen) -> Iterator[Wrong]:
    for alias, cluster in (seen.ends or {}).items():
        if (wrong := _wrong_end(seen, alias, cluster)) is not None:
            yield wrong


def _wrong_end(seen: Seen, alias: str, cluster: Cluster | None) -> Wrong | None:
    its = f"The integration of {alias}"
    if cluster is None:
        text = f"No integration of {seen.service} has the alias {alias}, so the flow copies nothing."
        return Wrong(f"{text} Integrate the cluster, or make the flow anew with an alias that there is.")
    if not cluster.enabled:
        return Wrong(f"{its} is not enabled, so the flow copies nothing. Enable it in {CONSOLE}.")
    if cluster.status == _FAILED:
        return Wrong(f"{its} has failed{_error(cluster)}. {_cause(seen, alias, cluster)}", at_once=True)
    if not cluster.active or cluster.status not in _AT_WORK:
        return Wrong(f"{its} is still {_word(cluster)}{_error(cluster)}. {_cause(seen, alias, cluster)}")
    return None


def _error(cluster: Cluster) -> str:
    """Aiven's own words, the first of them."""
    if not cluster.errors:
        return ""
    said = cluster.errors[0].rstrip(".")
    return f": “{said if len(said) <= _WORDS_MAX else said[: _WORDS_MAX - 1] + '…'}”"


def _cause(seen: Seen, alias: str, cluster: Cluster) -> str:
    """Where to look, by Aiven's likely cause. A cluster is the source of its integration, at either end of a flow."""
    place = cluster.service or cluster.endpoint or alias
    match cluster.cause:
        case "source":
            where = f"the side of the cluster. Look whether {place} runs and lets MirrorMaker in: its address, "
            return f"Likely cause (Aiven: source): {where}credentials and ACLs."
        case "destination":
            return f"Likely cause (Aiven: destination): {seen.service} itself. Look at its log and its nodes."
        case "integration":
            return f"Likely cause (Aiven: integration): what is configured in it. Look at it in {CONSOLE}."
        case _:
            return f"Aiven tells no likely cause. Look at the integration and at {place} in {CONSOLE}."
