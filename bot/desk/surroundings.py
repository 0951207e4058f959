"""What is around a change, read all at once in a few seconds at most; what cannot be read is said and fails nothing.

The reads are shared with others who ask at the same time, unless they have to be of this very moment.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeVar

from bot.aiven.client import AivenClient
from bot.aiven.models import Integration, Service
from bot.core.flow import FlowRef, Wire
from bot.core.preflight.surroundings import Cluster, Mirror, Surroundings, Topic, Upkeep
from bot.desk.desk import Desk
from bot.desk.reads import Part, UnseenError, part, read, unread
from bot.store import requests

PATIENCE: Final = 4.0
"""For how many seconds somebody who asks for a change waits for the look around it."""

TOPICS_PATIENCE: Final = 15.0
"""The same for somebody who asks for nothing but the topics; a long list takes Aiven a while."""

_FAILED: Final = "failed"

_Params = ParamSpec("_Params")
_Answer = TypeVar("_Answer")


async def surroundings(  # noqa: PLR0913 - what is looked at, and for how long
    desk: Desk,
    ref: FlowRef,
    now: datetime,
    *,
    number: int | None = None,
    resumes_at: datetime | None = None,
    target_topics: bool = False,
    fresh: bool = False,
    patience: float = PATIENCE,
) -> Surroundings:
    """What is around a flow now.

    `number`: the request that it is read for, which is not another one. `target_topics`: read those of the target too.
    `fresh`: share no reads. Raises nothing of Aiven's; StoreError when the store cannot be read.
    """
    others = await _others(desk, ref, number)
    look = _Look(desk.aiven, ref, fresh=fresh)
    look.at_topics(ref.source, *((ref.target,) if target_topics else ()))
    look.at_all_else()
    await look.around(patience)
    return replace(look.found(now, patience), open_requests=others, resumes_at=resumes_at)


async def topics_around(desk: Desk, ref: FlowRef, now: datetime, patience: float = TOPICS_PATIENCE) -> Surroundings:
    """The clusters of a service, and the topics at both ends of a flow; nothing else is read."""
    look = _Look(desk.aiven, ref, fresh=False)
    look.at_topics(ref.source, ref.target)
    await look.around(patience)
    return look.found(now, patience)


async def _others(desk: Desk, ref: FlowRef, number: int | None) -> tuple[int, ...]:
    """The numbers of the other open requests for the flow, the oldest first."""
    found = await requests.load_open(desk.store)
    same = [each.number for each in found if any(step.ref == ref for step in each.steps)]
    return tuple(sorted(each for each in same if each != number))


class _Look:
    """The parts of one look. Once made they are on their way, and `around` has to follow."""

    def __init__(self, aiven: AivenClient, ref: FlowRef, *, fresh: bool) -> None:
        self._aiven = aiven
        self._ref = ref
        self._fresh = fresh
        self._place = (ref.project, ref.service)
        self._mirror: Part[Service] | None = None
        self._flows: Part[list[Wire]] | None = None
        self._integrations = part(
            f"the clusters of {ref.service}", self._ask(aiven.list_integrations, *self._place, disabled=True)
        )
        self._topics: list[Part[list[Topic] | None]] = []
        self._kafkas: list[Part[Service | None]] = []

    def at_topics(self, *aliases: str) -> None:
        """Looks at the topics of these clusters too."""
        self._topics = [
            part(f"the topics of {alias}", self._read_topics(alias), alias) for alias in dict.fromkeys(aliases)
        ]

    def at_all_else(self) -> None:
        """Looks at the service, its flows and the brokers of both clusters too."""
        name = self._ref.service
        self._mirror = part(f"the state of {name}", self._ask(self._aiven.get_service, *self._place))
        self._flows = part(f"the flows of {name}", self._ask(self._aiven.list_flows, *self._place))
        self._kafkas = [
            part(f"the brokers of {alias}", self._read_kafka(alias), alias)
            for alias in dict.fromkeys((self._ref.source, self._ref.target))
        ]

    def found(self, now: datetime, patience: float) -> Surroundings:
        """What was read, and a sentence for each thing that was not."""
        mirror = self._mirror.answer if self._mirror else None
        flows = self._flows.answer if self._flows else None
        kafkas = {each.about: each.answer for each in self._kafkas if each.answer is not None}
        return Surroundings(
            now=now,
            mirror=None if mirror is None else mirror_of(mirror),
            clusters=self._clusters(kafkas),
            flows=None if flows is None else tuple(flows),
            topics={each.about: tuple(each.answer) for each in self._topics if each.answer is not None},
            nodes={alias: kafka.nodes for alias, kafka in kafkas.items() if kafka.nodes},
            unread=tuple(unread(self._parts, patience)),
        )

    async def _ask(
        self,
        call: Callable[_Params, Coroutine[Any, Any, _Answer]],
        *args: _Params.args,
        **kwargs: _Params.kwargs,
    ) -> _Answer:
        if self._fresh:
            return await call(*args, **kwargs)
        return await self._aiven.shared.ask(call, *args, **kwargs)

    async def around(self, patience: float) -> None:
        """Waits for the parts, for so many seconds at most."""
        await read(self._parts, patience)

    @property
    def _parts(self) -> tuple[Part[Any], ...]:
        few = (self._mirror, self._integrations, self._flows)
        return (*(each for each in few if each is not None), *self._topics, *self._kafkas)

    async def _read_topics(self, alias: str) -> list[Topic] | None:
        """The topics of a cluster; None when there is no such cluster, which the rules say themselves."""
        cluster = await self._integration(alias, "its topics cannot be seen from here")
        if cluster is None or cluster.source_service is None:
            return None
        project = cluster.source_project or self._ref.project
        return await self._ask(self._aiven.list_topics, project, cluster.source_service)

    async def _read_kafka(self, alias: str) -> Service | None:
        """The Kafka service behind a cluster; None when there is no such cluster."""
        cluster = await self._integration(alias, "its brokers cannot be counted from here")
        if cluster is None or cluster.source_service is None:
            return None
        project = cluster.source_project or self._ref.project
        return await self._ask(self._aiven.get_service, project, cluster.source_service)

    async def _integration(self, alias: str, unseen: str) -> Integration | None:
        """The cluster with this alias. Raises UnseenError for one that is outside Aiven, or may be there unnamed."""
        found = await self._integrations.task
        cluster = next((each for each in found if each.alias == alias), None)
        if cluster is None and any(each.alias is None for each in found):
            raise UnseenError(f"Aiven does not tell the alias of every cluster; if one of them is {alias}, {unseen}.")
        if cluster is not None and cluster.source_service is None:
            raise UnseenError(f"{alias} is no cluster of Aiven's; {unseen}.")
        return cluster

    def _clusters(self, kafkas: Mapping[str, Service]) -> tuple[Cluster, ...] | None:
        """The clusters as a change is judged by them."""
        found = self._integrations.answer
        if found is None:
            return None
        states = {alias: kafka.state for alias, kafka in kafkas.items()}
        return tuple(cluster_of(each, states.get(each.alias or "", "")) for each in found)


def mirror_of(service: Service) -> Mirror:
    """A MirrorMaker service as rules see it."""
    return Mirror(
        name=service.service_name,
        state=service.state,
        nodes={node.name: node.state for node in service.node_states},
        upkeep=tuple(
            Upkeep(description=each.description, deadline=each.deadline, start_at=each.start_at)
            for each in service.maintenance.updates
        ),
        notices=service.service_notifications,
    )


def cluster_of(integration: Integration, state: str = "") -> Cluster:
    """A cluster as rules see it; where it failed and lists no errors, Aiven's sentence on it is the error."""
    status, condition = integration.integration_status, integration.integration_status.state
    told = (status.status_user_desc,) if status.status_user_desc and condition.status == _FAILED else ()
    return Cluster(
        alias=integration.alias,
        service=integration.source_service,
        endpoint=integration.source_endpoint or integration.source_endpoint_id,
        state=state,
        enabled=integration.enabled,
        active=integration.active,
        status=condition.status,
        cause=condition.likely_error_cause,
        errors=condition.errors or told,
    )
