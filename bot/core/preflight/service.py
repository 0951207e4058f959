"""Rules about the MirrorMaker service and the integrations of the clusters with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, Rule, Said, count, note, short, some, stop, warn
from bot.core.preflight.surroundings import Cluster, Upkeep

RUNNING: Final = "RUNNING"
REBALANCING: Final = "REBALANCING"
POWEROFF: Final = "POWEROFF"
SOON: Final = timedelta(days=7)
"""Maintenance whose deadline is further away is no news on a card."""

_TEXT_SHOWN: Final = 120
_FAILED: Final = "failed"


def powered_off(case: Case) -> Iterator[Said]:
    """The service is off: nothing can be changed there. Breakable, for Aiven may take a change all the same."""
    mirror = case.around.mirror
    if mirror is not None and mirror.state == POWEROFF:
        yield stop(
            f"{mirror.name} is powered off: nothing is replicated, and Aiven may refuse the change. Power the "
            "service on first; flows can be missing afterwards."
        )


def not_running(case: Case) -> Iterator[Said]:
    """The service is being built or moved about."""
    mirror = case.around.mirror
    if mirror is None or mirror.state in {RUNNING, POWEROFF}:
        return
    if mirror.state == REBALANCING:
        yield note(f"{mirror.name} is rebalancing; it works, but the change may show later than usual.")
        return
    busy = [name for name, state in sorted(mirror.nodes.items()) if state != RUNNING.lower()]
    nodes = f" ({some(busy)} not ready)" if busy else ""
    yield warn(
        f"{mirror.name} is {mirror.state}{nodes}, not RUNNING: the change may not take effect until it is. Wait for "
        "it if you can."
    )


def upkeep(case: Case) -> Iterator[Said]:
    """Maintenance that comes soon, or at a time that is not told."""
    mirror = case.around.mirror
    due = [each for each in (mirror.upkeep if mirror else ()) if is_due(each, case.around.now)]
    if mirror is None or not due or case.deletes:
        return
    first = due[0]
    when = f" {_when(first)}" if _when(first) else ""
    more = f" (and {count(len(due) - 1, 'more update')})" if due[1:] else ""
    yield note(
        f"Maintenance waits on {mirror.name}{when}: {short(first.description, _TEXT_SHOWN)}{more}. It can restart "
        "nodes, so the flow may stop for a moment then."
    )


def _when(update: Upkeep) -> str:
    if update.start_at:
        return f"and starts at {update.start_at}"
    return f"until {update.deadline}" if update.deadline else ""


def is_due(update: Upkeep, now: datetime) -> bool:
    """Whether it comes soon, or at a time that is not told."""
    return update.at is None or update.at - now <= SOON


def notices(case: Case) -> Iterator[Said]:
    """What Aiven announces about the service, such as the end of life of its version."""
    mirror = case.around.mirror
    if mirror is not None and mirror.notices and (case.creates or case.starts):
        more = f" (and {count(len(mirror.notices) - 1, 'more notice')})" if mirror.notices[1:] else ""
        yield note(f"Aiven announces about {mirror.name}: {short(mirror.notices[0], _TEXT_SHOWN)}{more}")


def integration(case: Case) -> Iterator[Said]:
    """An integration that is off, not active or failed, for a flow that is to run."""
    for cluster in (case.source, case.target):
        if cluster is not None and case.runs and (said := _integration(case, cluster)) is not None:
            yield said


def _integration(case: Case, cluster: Cluster) -> Said | None:
    its = f"The integration of `{cluster.alias}`"
    if not cluster.enabled:
        text = f"{its} is not enabled, so the flow copies nothing. Enable it in the Aiven Console first."
        return stop(text) if case.starts else warn(text)
    if cluster.status == _FAILED:
        return warn(f"{its} has failed{_cause(cluster)}. The flow cannot work until that is mended.")
    if not cluster.active:
        return warn(f"{its} is not active{_cause(cluster)}; until it is, the flow copies nothing.")
    return None


def _cause(cluster: Cluster) -> str:
    likely = f"; Aiven's likely cause: {cluster.cause}" if cluster.cause else ""
    error = f" (“{short(cluster.errors[0], _TEXT_SHOWN // 2)}”)" if cluster.errors else ""
    return likely + error


RULES: Final = (
    Rule(
        name="powered-off",
        breakable=True,
        levels=(Level.STOP,),
        title="The MirrorMaker service is powered off",
        why="Nothing runs on a service that is off, and Aiven refuses requests that need it to run. Whoever may "
        "break the glass can try all the same, for example to prepare a flow.",
        example="mm2-eu is powered off: nothing is replicated, and Aiven may refuse the change. Power the service on "
        "first; flows can be missing afterwards.",
        link="https://aiven.io/docs/platform/concepts/service-power-cycle",
        check=powered_off,
    ),
    Rule(
        name="not-running",
        levels=(Level.WARN, Level.NOTE),
        title="The MirrorMaker service is being rebuilt or rebalanced",
        why="While nodes are being built a change may be accepted and show much later, which looks like a change "
        "that failed. A service that is only rebalancing works, so that is a note.",
        example="mm2-eu is REBUILDING (`mm2-eu-2` not ready), not RUNNING: the change may not take effect until it "
        "is. Wait for it if you can.",
        link=f"{AIVEN}/concepts/configuration-layers",
        check=not_running,
    ),
    Rule(
        name="integration",
        breakable=True,
        levels=(Level.STOP, Level.WARN),
        title="An integration that is off, not active or failed",
        why="Both clusters of a flow are integrated with the MirrorMaker service. Without a working integration the "
        "flow is accepted and idle. An integration that is off stops a flow from being started; a person who breaks "
        "the glass may create the flow first and enable the integration afterwards.",
        example="The integration of `kafka-us` has failed; Aiven's likely cause: destination. The flow cannot work "
        "until that is mended.",
        link=f"{AIVEN}/get-started",
        check=integration,
    ),
    Rule(
        name="maintenance",
        levels=(Level.NOTE,),
        title="Maintenance comes soon",
        why="A maintenance update can restart nodes. It is told when it starts, or must be done, within seven days, "
        "so that a change and a restart are not taken for each other.",
        example="Maintenance waits on mm2-eu until 2026-11-25T12:00:00Z: Apache Kafka version update. It can restart "
        "nodes, so the flow may stop for a moment then.",
        link="https://aiven.io/docs/platform/concepts/maintenance-window",
        check=upkeep,
    ),
    Rule(
        name="notices",
        levels=(Level.NOTE,),
        title="Aiven announces something about the service",
        why="Such as the end of life of its version. It is told when a flow is made or started, not at every change.",
        example="Aiven announces about mm2-eu: This version reaches its end of life on 2027-01-31.",
        link="https://aiven.io/docs/platform/reference/eol-for-major-versions",
        check=notices,
    ),
)
