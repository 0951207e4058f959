"""What one look at a changed flow and its service sees: in a line, and what is wrong with it and where to look next."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look has seen; None stands for what could not be read, and `unread` says why, a sentence each.

    `service`: the name of the MirrorMaker service, `mirror`: how it is. `ends`: the flow's two aliases and their
    clusters, None for an alias that no integration has. `progress`: 0 to 1, None if Aiven shows none.
    """

    service: str
    pair: str
    mirror: Mirror | None = None
    ends: Mapping[str, Cluster | None] | None = None
    flow: Found | None = None
    progress: float | None = None
    unread: tuple[str, ...] = field(default=())

    def is_whole(self, aim: Aim) -> bool:
        """Whether all was read that matters."""
        return self.mirror is not None and self.flow is not None and (self.ends is not None or not aim.copies)


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


def line(seen: Seen, aim: Aim) -> str:
    """All of it in a line: `mm2-eu RUNNING 3/3 nodes · kafka-eu running · kafka-us running · progress 98 %`."""
    return " · ".join([_service(seen), *(_ends(seen) if aim.copies else ()), _flow(seen, aim)])


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
    else:
        yield from (f"{alias} {_word(cluster)}" for alias, cluster in seen.ends.items())


def _word(cluster: Cluster | None) -> str:
    """How an integration is, in a word or two."""
    if cluster is None:
        return "not integrated"
    if not cluster.enabled:
        return "not enabled"
    if cluster.active:
        return cluster.status or "active"
    return "not active" if cluster.status in _AT_WORK else cluster.status


def _flow(seen: Seen, aim: Aim) -> str:
    if seen.flow is None:
        return "flow cannot be read"
    if seen.flow is not Found.PLANNED:
        return "flow there again" if aim is Aim.GONE else f"flow {seen.flow}"
    if aim.copies:
        return "no progress shown" if seen.progress is None else f"progress {percent(seen.progress)}"
    return "flow gone" if aim is Aim.GONE else "flow paused"


def wrongs(seen: Seen, aim: Aim) -> Iterator[Wrong]:
    """What is wrong with the service, and with the clusters of a flow that is to copy; the worst first."""
    found = [*_wrong_service(seen, aim), *(_wrong_ends(seen) if aim.copies else ())]
    yield from sorted(found, key=lambda each: (not each.at_once, each.harmless))


def _wrong_service(seen: Seen, aim: Aim) -> Iterator[Wrong]:
    mirror = seen.mirror
    if mirror is None:
        return
    if mirror.state == POWEROFF:
        yield _powered_off(seen, aim)
        return
    busy = [f"{name} is {state or 'not told'}" for name, state in sorted(mirror.nodes.items()) if state != _NODE_RUNS]
    if mirror.state == REBALANCING and not busy:
        text = f"{seen.service} is still rebalancing. It works meanwhile; {CONSOLE} shows when it is done."
        yield Wrong(text, harmless=True)
    elif mirror.state != RUNNING or busy:
        nodes = f" ({', '.join(busy[:_SHOWN])})" if busy else ""
        state = mirror.state or "in a state that Aiven does not tell"
        yield Wrong(f"{seen.service} is still {state}{nodes}. Look at its nodes in {CONSOLE}.")


def _powered_off(seen: Seen, aim: Aim) -> Wrong:
    """Whoever pauses or deletes a flow may well power the service off next."""
    if not aim.copies:
        text = f"{seen.service} is powered off; there is nothing to be seen until it is on again."
        return Wrong(text, at_once=True, harmless=True)
    text = f"{seen.service} is powered off, so nothing is copied. Power it on, then see with `/flow show {seen.pair}`"
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
