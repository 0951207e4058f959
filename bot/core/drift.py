"""What others changed behind us: flows as they are known, against flows as they are.

Known is what we applied last, or saw last. Only fields that can be set count: gauges, and keys that nobody knows yet,
change by themselves. And only what works otherwise: that a default is written out, by Terraform or by Aiven for all
flows at once, changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from bot.core.canonical import digest
from bot.core.fields import BY_NAME, WRITABLE
from bot.core.flow import Create, Delete, FlowRef, Frozen, Wire, is_clear, same_effect, writable
from bot.core.plan import Difference, differences, rights_of
from bot.core.rights import Right

SETTLE: Final = timedelta(minutes=1)
"""How long what we wrote gets to show in every list of Aiven's before a look may be surprised by it."""

ID_LENGTH: Final = 8
_SAID_MOST: Final = 5
_AGAIN: Final = 30
"""Seconds in which a look is not repeated: the clocks of store and process may differ by a little."""


class Drift(Frozen):
    """A flow that is not as it is known; None: there is none."""

    ref: FlowRef
    known: Wire | None
    now: Wire | None

    @cached_property
    def digest(self) -> str:
        """What tells this drift from another one of the same flow."""
        return digest([_effects(self.known), _effects(self.now)])

    @property
    def differences(self) -> list[Difference]:
        """What works otherwise, in the order of the field table; of a flow that is gone or new all that is set."""
        found = differences(self.known or {}, self.now or {})
        if self.known is None or self.now is None:
            return found
        return [each for each in found if counts(each)]

    @property
    def rights(self) -> frozenset[Right]:
        """The rights that it would have taken to ask for this change."""
        if self.now is None:
            return rights_of(Delete())
        if self.known is None:
            return rights_of(Create(body=self.now))
        return frozenset(BY_NAME[each.field].right for each in self.differences)


class State(StrEnum):
    """What became of a drift that was reported.

    `over`: the flow is as it was known before; `settled`: a change that was made here left nothing of it; `overtaken`:
    the flow has drifted further; `unwatched`: the policy names the service no longer.
    """

    OPEN = "open"
    ADOPTED = "adopted"
    OVER = "over"
    SETTLED = "settled"
    OVERTAKEN = "overtaken"
    UNWATCHED = "unwatched"


class Said(Frozen):
    """A line of Aiven's log of a project."""

    service: str
    at: datetime | None
    who: str
    what: str


class Found(Frozen):
    """A drift as it was reported.

    `since`: when the flow was last seen as it was known. `said`: what Aiven's log has of the service from then on;
    `unread`: why that could not be read. `by`: who adopted it, or asked for `request`, which is to put it back.
    `next_id`: the report of what it drifted to.
    """

    id: str
    version: int = 1
    drift: Drift
    at: datetime
    since: datetime
    said: tuple[Said, ...] = ()
    unread: str = ""
    state: State = State.OPEN
    ended_at: datetime | None = None
    by: str = ""
    request: int | None = None
    next_id: str = ""

    def changed(self, **changes: object) -> Found:
        """The next version, with these fields changed."""
        return self.model_copy(update={**changes, "version": self.version + 1})

    def ended(self, state: State, now: datetime, **changes: object) -> Found:
        """The last version."""
        return self.changed(state=state, ended_at=now, **changes)


def found(drift: Drift, now: datetime, since: datetime, said: tuple[Said, ...] = (), unread: str = "") -> Found:
    """The report of a drift that was noticed now."""
    ident = digest([str(drift.ref), drift.digest, now.isoformat()])[:ID_LENGTH]
    return Found(id=ident, drift=drift, at=now, since=since, said=said, unread=unread)


def pair(source: str, target: str) -> str:
    """What a flow of a service is known by."""
    return f"{source}->{target}"


def part(flow: Mapping[str, object]) -> Wire:
    """The part of a flow that is compared: what can be set, and is."""
    return {key: value for key, value in writable(flow).items() if not is_clear(key, value)}  # type: ignore[arg-type]


def by_pair(flows: Iterable[Wire]) -> dict[str, Wire]:
    """Flows as Aiven lists them, by what they are known by."""
    return {pair(*_ends(flow)): part(flow) for flow in flows}


def settled(known: Mapping[str, Wire], sent: Collection[str], now: Mapping[str, Wire]) -> dict[str, Wire]:
    """What is known of the flows, once what makes no difference is learnt.

    To those that we wrote (`sent`) Aiven may have added what it likes. The same holds when a write is read back: what
    was sent counts as planned even if there is more.
    """
    return {
        name: now[name]
        if name in now and (same(now[name], flow) or (name in sent and _holds(now[name], flow)))
        else flow
        for name, flow in known.items()
    }


def _holds(more: Wire, flow: Wire) -> bool:
    return all(each.before is None for each in differences(flow, more))


def compare(path: str, known: Mapping[str, Wire], now: Mapping[str, Wire]) -> tuple[Drift, ...]:
    """How the flows of `project/service` differ from what is known of them, by pair."""
    project, _, service = path.partition("/")
    found = []
    for name in sorted({*known, *now}):
        before, after = known.get(name), now.get(name)
        if not same(before, after):
            source, target = _ends(after or before or {})
            ref = FlowRef(project=project, service=service, source=source, target=target)
            found.append(Drift(ref=ref, known=before, now=after))
    return tuple(found)


def _ends(flow: Wire) -> tuple[str, str]:
    return str(flow.get("source_cluster")), str(flow.get("target_cluster"))


def same(one: Wire | None, other: Wire | None) -> bool:
    """Whether two states of a flow differ in nothing that counts."""
    return same_effect(one, other)


def counts(each: Difference) -> bool:
    """Whether a field that differs makes the flow work otherwise."""
    return not same({each.field: each.before}, {each.field: each.after})


def _effects(flow: Wire | None) -> Wire | None:
    """How a flow works, field by field."""
    if flow is None:
        return None
    return {each.name: each.default if flow.get(each.name) is None else flow[each.name] for each in WRITABLE}


def end_of(drift: Drift, known: Wire | None) -> State:
    """How a report ends whose flow does not differ from what is known of it (`known`) any more."""
    return State.OVER if same(drift.known, known) else State.SETTLED


def heard(log: Iterable[Said], service: str, since: datetime) -> tuple[Said, ...]:
    """What a log says of a service since a moment, the newest first, and no more than a report can show.

    Nothing says that it is about the drift: which events Aiven writes for changes of flows is not published.
    """
    lines = [each for each in log if each.service == service and each.at is not None and each.at >= since]
    return tuple(sorted(lines, key=lambda each: each.at or since, reverse=True)[:_SAID_MOST])


def next_look(path: str, every: timedelta, now: datetime) -> datetime:
    """When to look at a service next.

    Each has its own moments, found by its name, so that a hundred services do not come at once.
    """
    period = int(every.total_seconds())
    phase = spread(path, period)
    rounds = (int(now.timestamp()) + _AGAIN - phase) // period + 1
    return datetime.fromtimestamp(rounds * period + phase, now.tzinfo)


def spread(path: str, most: int) -> int:
    """A number below `most` that is another one for each name, and the same on every replica."""
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big") % most
