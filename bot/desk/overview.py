"""status: services at a glance, read all at once in a few seconds at most; what cannot be read is said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from bot.aiven.errors import InvalidError, NotFoundError
from bot.aiven.models import MIRRORMAKER, Integration, Service
from bot.cards import answers, overview
from bot.core.flow import FlowRef, Wire
from bot.core.freeze import spells
from bot.core.history import plans
from bot.core.overview import Overview, Waiting
from bot.core.people import People, UnsureError
from bot.core.preflight.surroundings import Cluster
from bot.core.questions import ShowStatus
from bot.core.request import Request
from bot.core.rights import Right
from bot.core.weighing import standing
from bot.desk import places
from bot.desk.desk import AnswerError, Case, Handled
from bot.desk.reading import no_sight, readable, sees
from bot.desk.reads import Part, part, read, unread
from bot.desk.surroundings import PATIENCE, cluster_of, mirror_of
from bot.store import requests

_AHEAD: Final = timedelta(days=1)
"""How far ahead a freeze is told of."""


async def status(case: Case, intent: ShowStatus) -> Handled:
    """A service, or without one those of the project that the person may read something of."""
    project, service = await places.project_and_service(case, intent)
    if intent.whole and intent.service is None:
        service = None
    if service is None:
        return await _project(case, project, intent.page)
    path = f"{project}/{service}"
    if not places.may_see(case, path):
        return no_sight(case, path)
    (seen,) = await _look(case, project, {service: None})
    return Handled(overview.of_service(seen, intent.page))


async def _project(case: Case, project: str, page: int) -> Handled:
    found = await _services(case, project)
    pages = max(1, -(-len(found) // overview.SERVICES))
    page = min(page, pages)
    names = sorted(found)[(page - 1) * overview.SERVICES : page * overview.SERVICES]
    seen = await _look(case, project, {name: found[name] for name in names})
    return Handled(overview.of_project(project, seen, page, pages, len(found)))


async def _services(case: Case, project: str) -> dict[str, Service]:
    """The MirrorMaker services of a project. Raises AnswerError when they cannot be listed, or there are none."""
    aiven = case.desk.aiven
    listed = part(f"the services of {project}", aiven.shared.ask(aiven.list_services, project))
    await read([listed], PATIENCE)
    if isinstance(listed.error, NotFoundError):
        raise AnswerError(answers.trouble(f"Aiven knows no project {project}, or its token may not see it."))
    if listed.answer is None:
        raise AnswerError(answers.trouble(" ".join(unread([listed], PATIENCE))))
    found = {each.service_name: each for each in listed.answer if each.service_type == MIRRORMAKER}
    seen = {name: each for name, each in found.items() if places.may_see(case, f"{project}/{name}")}
    if not seen:
        raise AnswerError(answers.trouble(f"I see no MirrorMaker service in project {project} that you may read."))
    return seen


@dataclass(slots=True)
class _Look:
    """What of one service is on its way. `known`: the service itself, when it has been read before."""

    project: str
    name: str
    known: Service | None
    service: Part[Service] | None
    flows: Part[list[Wire]]
    integrations: Part[list[Integration]]

    @property
    def path(self) -> str:
        """`project/service`."""
        return f"{self.project}/{self.name}"

    @property
    def parts(self) -> list[Part[Any]]:
        """All of it."""
        return [each for each in (self.service, self.flows, self.integrations) if each is not None]


def _begun(case: Case, project: str, name: str, known: Service | None) -> _Look:
    aiven = case.desk.aiven
    ask = aiven.shared.ask
    return _Look(
        project, name, known,
        None if known else part(f"the state of {name}", ask(aiven.get_service, project, name)),
        part(f"the flows of {name}", ask(aiven.list_flows, project, name)),
        part(f"the clusters of {name}", ask(aiven.list_integrations, project, name, disabled=True)),
    )  # fmt: skip


async def _look(case: Case, project: str, services: Mapping[str, Service | None]) -> list[Overview]:
    """Services as they are now, with what waits and what is frozen there."""
    looks = [_begun(case, project, name, known) for name, known in services.items()]
    await read([each for look in looks for each in look.parts], PATIENCE)
    for look in looks:
        await _check(case, look)
    return await _beside(case, [_seen(case, look) for look in looks])


async def _check(case: Case, look: _Look) -> None:
    """Raises AnswerError, with the nearest name, for what is no MirrorMaker service."""
    if look.service is None:
        return
    kind = look.service.answer.service_type if look.service.answer else ""
    errors = [each.error for each in look.parts]
    if kind not in {"", MIRRORMAKER} or any(isinstance(each, NotFoundError | InvalidError) for each in errors):
        await places.check_service(case, look.project, look.name)


def _seen(case: Case, look: _Look) -> Overview:
    """What was read, as far as the person may see it."""
    service = look.known or (look.service.answer if look.service else None)
    flows = look.flows.answer
    pairs = None if flows is None else tuple(readable(case, look.project, look.name, flows))
    return Overview(
        path=look.path, now=case.now, mirror=None if service is None else mirror_of(service), flows=pairs,
        clusters=_clusters(case, look, pairs or ()), unread=tuple(unread(look.parts, PATIENCE)),
        spells=tuple(spells(case.policy.freezes, case.access.freezes, look.path, case.now, _AHEAD)),
    )  # fmt: skip


def _clusters(case: Case, look: _Look, flows: Sequence[tuple[FlowRef, Wire]]) -> tuple[Cluster, ...] | None:
    """The clusters of those flows; those too that no flow uses, for who may read all of the service.

    One without a name may be any of them.
    """
    found = look.integrations.answer
    if found is None:
        return None
    used = {None, *(alias for ref, _ in flows for alias in (ref.source, ref.target))}
    whole = case.may(Right.READ, f"{look.path}/*").allowed
    return tuple(cluster_of(each) for each in found if each.alias in used or (whole and each.enabled))


async def _beside(case: Case, seen: Sequence[Overview]) -> list[Overview]:
    """The services with the requests that wait for somebody there, and the reviews."""
    found = await asyncio.gather(requests.load_open(case.desk.store), requests.load_reviews(case.desk.store))
    waiting, reviews = ([each for each in some if sees(case, each)] for some in found)
    people = await _people(case, waiting)
    return [
        replace(
            each, reviews=tuple(_on(each.path, reviews)),
            waiting=tuple(_standing(case, request, people) for request in _on(each.path, waiting)),
        )
        for each in seen
    ]  # fmt: skip


def _on(path: str, found: Sequence[Request]) -> list[Request]:
    """Those for flows of the service, the oldest first."""
    return [each for each in reversed(found) if any(plan.ref.service_path == path for plan in plans(each))]


def _standing(case: Case, request: Request, people: People | None) -> Waiting:
    return Waiting(request, standing(request, people, case.access, case.policy, case.now))


async def _people(case: Case, waiting: Sequence[Request]) -> People | None:
    """Who decided about these; None when Slack cannot be asked, and then it is not said what they lack."""
    users = [user for request in waiting for user in request.deciders]
    try:
        return await case.desk.people(users, case.access, case.policy)
    except UnsureError:
        return None
