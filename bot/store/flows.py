"""What is known of the flows of the services that are watched: as we last applied them, or saw them.

A commit that says that a change was applied says here what is known from then on, so that no look takes our own
change for somebody else's. For services that nobody watches there is no record, and none is made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.core import drift
from bot.core.drift import SETTLE, Drift, Found
from bot.core.flow import FlowRef, Wire
from bot.store import keys
from bot.store.clock import from_ms, to_ms
from bot.store.commit import Commit
from bot.store.redis import Store

_FLOW, _SENT, _TOLD = "flow:", "sent:", "told:"
_AT: Final = "at"
_TROUBLE: Final = "trouble"

CHANGED: Final = "flows"
"""Name of the check that what is known has not changed meanwhile."""

WRITING: Final = "writing"
"""Name of the check that no request writes on the service."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the flows of `path`, by pair, and which drift of which was reported (id, digest).

    `version`: None when the service is not watched. `looked_at`: None before the first look. `sent`: when we wrote a
    flow that nobody has looked at since. `writer`: the request that writes there now.
    """

    path: str
    version: int | None = None
    looked_at: datetime | None = None
    flows: Mapping[str, Wire] = field(default_factory=dict)
    sent: Mapping[str, datetime] = field(default_factory=dict)
    told: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    trouble: str = ""
    writer: str | None = None


def watch(commit: Commit, path: str, first: datetime) -> None:
    """Has a service looked at, at this moment for the first time unless it is watched already."""
    commit.run("HSETNX", keys.flows(path), "v", "0")
    commit.run("ZADD", "due", "LT", str(to_ms(first)), keys.drift(path))


async def load(store: Store, path: str) -> Known:
    """What is known of the flows of a service; one round trip."""
    async with store.redis.pipeline(transaction=False) as pipe:
        pipe.hgetall(store.keys(keys.flows(path)))
        pipe.hget(store.keys("lock"), path)
        stored, writer = await pipe.execute()
    if "v" not in stored:
        return Known(path, writer=writer)
    told = {name: text.partition(" ") for name, text in _those(stored, _TOLD)}
    return Known(
        path,
        version=int(stored["v"]),
        looked_at=from_ms(int(stored[_AT])) if _AT in stored else None,
        flows={name: json.loads(text) for name, text in _those(stored, _FLOW)},
        sent={name: from_ms(int(text)) for name, text in _those(stored, _SENT)},
        told={name: (ident, digest) for name, (ident, _, digest) in told.items()},
        trouble=stored.get(_TROUBLE, ""),
        writer=writer,
    )


def _those(stored: Mapping[str, str], beginning: str) -> list[tuple[str, str]]:
    return [(name.removeprefix(beginning), text) for name, text in stored.items() if name.startswith(beginning)]


def unchanged(commit: Commit, known: Known) -> None:
    """It must still be what was judged by, and no request may be writing there."""
    commit.expect(CHANGED, keys.flows(known.path), "v", "" if known.version is None else str(known.version))
    commit.expect(WRITING, "lock", known.path, "")


def applied(commit: Commit, ref: FlowRef, after: Wire | None, now: datetime) -> None:
    """We changed a flow, if its service is watched. It is compared soon, once it shows in every list of Aiven's."""
    key, name = keys.flows(ref.service_path), drift.pair(ref.source, ref.target)
    commit.update("HINCRBY", key, "v", "1")
    commit.update("HSET", key, _SENT + name, str(to_ms(now)))
    _put(commit, key, name, None if after is None else drift.part(after))
    commit.run("ZADD", "due", "XX", "LT", str(to_ms(now + SETTLE)), keys.drift(ref.service_path))


def _put(commit: Commit, key: str, name: str, flow: Wire | None) -> None:
    if flow is None:
        commit.update("HDEL", key, _FLOW + name)
    else:
        commit.update("HSET", key, _FLOW + name, json.dumps(flow))


def learn(commit: Commit, known: Known, flows: Mapping[str, Wire], now: datetime) -> None:
    """This is known from now on; all of it was looked at."""
    key = keys.flows(known.path)
    changed = [name for name, flow in flows.items() if known.flows.get(name) != flow]
    gone = known.flows.keys() - flows.keys()
    for name in (*changed, *gone):
        _put(commit, key, name, flows.get(name))
    if changed or gone:
        commit.update("HINCRBY", key, "v", "1")
    for name in known.sent:
        commit.update("HDEL", key, _SENT + name)
    commit.update("HSET", key, _AT, str(to_ms(now)))
    if known.trouble:
        commit.update("HDEL", key, _TROUBLE)


def adopt(commit: Commit, known: Known, taken: Drift) -> None:
    """What a flow drifted to is known from now on."""
    key, name = keys.flows(known.path), drift.pair(taken.ref.source, taken.ref.target)
    commit.update("HINCRBY", key, "v", "1")
    _put(commit, key, name, taken.now)
    forget_told(commit, known.path, [name])


def tell(commit: Commit, path: str, found: Found) -> None:
    """This drift was reported."""
    ref = found.drift.ref
    told = f"{found.id} {found.drift.digest}"
    commit.update("HSET", keys.flows(path), _TOLD + drift.pair(ref.source, ref.target), told)


def forget_told(commit: Commit, path: str, names: Iterable[str]) -> None:
    """Of these flows no report is open any more."""
    for name in names:
        commit.update("HDEL", keys.flows(path), _TOLD + name)


def stumble(commit: Commit, known: Known, trouble: str) -> None:
    """The flows cannot be read, and that was said."""
    commit.update("HSET", keys.flows(known.path), _TROUBLE, trouble)


def unwatch(commit: Commit, path: str) -> None:
    """Nothing is known of the flows of this service any more, and nobody looks."""
    commit.run("DEL", keys.flows(path))


def look_now(commit: Commit, path: str, now: datetime) -> None:
    """Has a watched service looked at at once; whoever looks now has lost it."""
    commit.run("ZADD", "due", "XX", "LT", str(to_ms(now)), keys.drift(path))
