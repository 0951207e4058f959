"""Looks how a change that was applied is landing, until it has settled or somebody has to look.

Fails open: what cannot be read is said, and neither ends the watch nor calls anybody. A look is one commit under its
lease, so a crash costs no more than that look.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.aiven.client import AivenClient
from bot.aiven.errors import NotFoundError, RateLimitedError
from bot.aiven.models import Integration, LogLine
from bot.cards import watching as cards
from bot.core import outcome
from bot.core.flow import FlowRef, Wire
from bot.core.outcome import Reading
from bot.core.plan import Plan
from bot.core.preflight.surroundings import Cluster
from bot.core.request import Request, State
from bot.core.seeing import FlowSeen, Found, Seen
from bot.core.watching import Watch, WatchState, next_look, overtaken, taken_back, watched
from bot.desk.desk import Desk
from bot.desk.reads import part, read, unread
from bot.desk.surroundings import cluster_of, mirror_of
from bot.desk.turn import Turn
from bot.store import keys, letters, requests, watches
from bot.store.commit import Lease
from bot.store.letters import Letter

PATIENCE: Final = 5.0
"""For how many seconds a look waits for Aiven: many are watched, and none may hold up what people wait for."""

_WRITING: Final = timedelta(seconds=5)
_LOGS: Final = 20
_LOGS_SHOWN: Final = 3
_RECENT: Final = timedelta(minutes=10)
"""How much older than the change a log line may be that is shown with it."""


async def look(desk: Desk, lease: Lease, number: int) -> None:
    """One look. Raises ConflictError when the store moved on, StoreError when it is away."""
    access, policy, (document,) = await desk.access.load_beside(keys.request(number))
    request, turn = requests.read(document), Turn(desk, lease, access, policy)
    if request is None or request.watch is None or not request.watch.goes_on:
        await turn.done()
        return
    if request.state is State.APPLYING:
        # Nobody but who applies it changes the record now: what came of the write must not be lost to a conflict.
        await turn.wait(turn.now + _WRITING)
        return
    watch = request.watch
    if watch.back is not request.reverting:
        await _keep(turn, request, taken_back(watch, turn.now))
        return
    watch = overtaken(watch, await watches.overtaking(desk.store, number, watch), turn.now)
    if watch.goes_on:
        await _see(turn, request, watch)
    else:
        await _keep(turn, request, watch)


async def _see(turn: Turn, request: Request, watch: Watch) -> None:
    """Asks Aiven, and keeps what comes of it."""
    seen, wait = await _seen(turn.desk, request, watch)
    odd = [each.ref for each in watch.flows if seen.flow(each.ref.pair).is_odd]
    watch = overtaken(watch, await _at_work(turn, request, odd), turn.now)
    after = watched(watch, seen, turn.now) if watch.goes_on else watch
    if after.state is WatchState.TROUBLED:
        after = after.model_copy(update={"logs": await _logs(turn.desk, watch)})
    await _keep(turn, request, after, wait)


async def _at_work(turn: Turn, request: Request, odd: Sequence[FlowRef]) -> dict[FlowRef, int]:
    """Which of these flows another request is changing right now, so that what is seen may be its doing."""
    writer = await requests.writes_on(turn.desk.store, odd[0].service_path) if odd else None
    if writer is None or writer.number == request.number:
        return {}
    return {step.ref: writer.number for step in writer.steps if step.ref in odd}


async def _keep(turn: Turn, request: Request, watch: Watch, wait: float = 0.0) -> None:
    """Commits a look: the card is painted if it shows anything new; when it was the last, it is noted and told."""
    news = request.watch is not None and watch.shown != request.watch.shown
    after = request.model_copy(update={"watch": watch, "version": request.version + news})
    commit = turn.commit(request, after)
    if watch.state is not WatchState.OVERTAKEN:
        watches.not_overtaken(commit, request.number, watch)
    if watch.goes_on:
        commit.look(turn.lease.item, next_look(watch, turn.now, timedelta(seconds=wait)))
    else:
        commit.done(turn.lease.item)
        commit.note(turn.note(after, "watch", state=watch.state, said=watch.said or watch.line))
    if watch.state is WatchState.TROUBLED:
        letter = Letter(to=after.channel, answer=cards.trouble(after, watch), thread_of=after.number)
        letters.owe(commit, f"watch-{after.number}{'-back' if watch.back else ''}", letter, turn.now)
    await turn.desk.store.commit(commit)


async def _seen(desk: Desk, request: Request, watch: Watch) -> tuple[Seen, float]:
    """What is to be seen, all read at once; and how many seconds Aiven asks to be left alone.

    Others who look at the same service share what is read of it. The flows are read for this look alone.
    """
    aiven, ref = desk.aiven, watch.flows[0].ref
    place = (ref.project, ref.service)
    aliases = [alias for each in watch.flows if each.aim.copies for alias in (each.ref.source, each.ref.target)]
    service = part(f"the state of {ref.service}", aiven.shared.ask(aiven.get_service, *place))
    flows = part(f"the flow{'s' if len(watch.flows) > 1 else ''}", _flows(aiven, watch))
    clusters = part(f"the clusters of {ref.service}", _integrations(aiven, place) if aliases else _nothing())
    parts = (service, flows, clusters)
    await read(parts, PATIENCE)
    ends = None if clusters.answer is None else _ends(aliases, clusters.answer)
    unnamed = [_UNNAMED] if ends is None and clusters.answer is not None else []
    found = Seen(
        service=ref.service,
        mirror=None if service.answer is None else mirror_of(service.answer),
        ends=ends,
        flows={} if flows.answer is None else _compared(request, watch, flows.answer),
        unread=(*unread(parts, PATIENCE), *unnamed),
    )
    waits = (each.error.wait for each in parts if isinstance(each.error, RateLimitedError))
    return found, max((wait or 0.0 for wait in waits), default=0.0)


def _integrations(aiven: AivenClient, place: tuple[str, str]) -> Coroutine[Any, Any, list[Integration]]:
    return aiven.shared.ask(aiven.list_integrations, *place, disabled=True)


async def _flows(aiven: AivenClient, watch: Watch) -> dict[tuple[str, str], Wire]:
    """The flows that there are, by source and target: one by itself, several with all of their service."""
    ref = watch.flows[0].ref
    if len(watch.flows) > 1:
        found = await aiven.list_flows(ref.project, ref.service)
        return {(str(each.get("source_cluster")), str(each.get("target_cluster"))): each for each in found}
    try:
        return {(ref.source, ref.target): await aiven.get_flow(ref)}
    except NotFoundError:
        return {}


def _compared(request: Request, watch: Watch, flows: Mapping[tuple[str, str], Wire]) -> dict[str, FlowSeen]:
    """The flows as they are, compared with what was planned."""
    plans = {step.ref: step for step in request.steps}
    return {
        ref.pair: _flow_seen(plans[ref], flows.get((ref.source, ref.target)))
        for ref in (each.ref for each in watch.flows)
        if ref in plans
    }


def _flow_seen(plan: Plan, flow: Wire | None) -> FlowSeen:
    if outcome.compare(plan, flow) is Reading.AFTER:
        return FlowSeen(Found.PLANNED, _progress(flow or {}))
    return FlowSeen(Found.GONE if flow is None else Found.CHANGED)


_UNNAMED: Final = "Aiven does not tell the alias of every cluster."


async def _nothing() -> list[Integration]:
    return []


def _progress(flow: Wire) -> float | None:
    """The flow's progress, where Aiven tells one that is a number."""
    told = flow.get("replication_progress")
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _ends(aliases: Iterable[str], integrations: Iterable[Integration]) -> Mapping[str, Cluster | None] | None:
    """The clusters with these aliases, enabled before others; None when one may be there with its alias not told."""
    found = sorted(map(cluster_of, integrations), key=lambda each: each.enabled)
    clusters = {each.alias: each for each in found}
    ends = {alias: clusters.get(alias) for alias in aliases}
    return None if None in clusters and None in ends.values() else ends


async def _logs(desk: Desk, watch: Watch) -> tuple[str, ...]:
    """The newest lines at warning or worse since just before the change, in their order; or why there are none."""
    ref = watch.flows[0].ref
    log = part(f"the log of {ref.service}", desk.aiven.list_logs(ref.project, ref.service, _LOGS))
    await read([log], PATIENCE)
    if log.answer is None:
        return tuple(f"({why})" for why in unread([log], PATIENCE))
    recent = [each for each in log.answer if each.time is None or each.time >= watch.since - _RECENT]
    return tuple(map(_line, reversed(recent[:_LOGS_SHOWN])))


def _line(logged: LogLine) -> str:
    return " ".join(filter(None, (_clock(logged.time), logged.severity, logged.msg)))


def _clock(moment: datetime | None) -> str:
    return f"{moment:%H:%M:%S}" if moment else ""
