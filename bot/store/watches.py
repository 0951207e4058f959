"""How changes are landing, as far as it is not in their requests: which request changed a flow last, and who looks."""

from __future__ import annotations

from typing import Final

from bot.core.flow import FlowRef
from bot.core.watching import Watch, next_look
from bot.store import keys
from bot.store.commit import Commit
from bot.store.redis import Store

OVERTAKEN: Final = "overtaken"
"""Name of the check that no later request has changed the same flows."""

_NUMBER: Final = "number"


def begin(commit: Commit, number: int, watch: Watch) -> None:
    """Who changed flows watches them; whoever watched one before sees that at the next look, and lets it go."""
    for landing in watch.flows:
        changed(commit, number, landing.ref)
    commit.look(keys.watch(number), next_look(watch, watch.since))


def changed(commit: Commit, number: int, ref: FlowRef) -> None:
    """A write of this request changed the flow."""
    last = keys.watched(str(ref))
    commit.run("HSET", last, _NUMBER, str(number))
    commit.run("EXPIRE", last, str(keys.WATCHED_SECONDS))


def not_overtaken(commit: Commit, number: int, watch: Watch) -> None:
    """This request is the last one whose writes changed the flows. The check `OVERTAKEN` fails when another is."""
    for landing in watch.flows:
        commit.expect(OVERTAKEN, keys.watched(str(landing.ref)), _NUMBER, "", str(number))


async def overtaking(store: Store, number: int, watch: Watch) -> dict[FlowRef, int]:
    """Which of the flows another request has changed last, and its number."""
    async with store.redis.pipeline(transaction=False) as pipe:
        for landing in watch.flows:
            pipe.hget(store.keys(keys.watched(str(landing.ref))), _NUMBER)
        found = [int(last) if last else number for last in await pipe.execute()]
    return {each.ref: last for each, last in zip(watch.flows, found, strict=True) if last != number}
