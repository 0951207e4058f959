"""Which service, and which flow, somebody means: from the command, the channel's default, or by looking it up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from bot.aiven.errors import AivenError, ForbiddenError, InvalidError, NotFoundError
from bot.aiven.models import MIRRORMAKER
from bot.cards import answers, kit
from bot.core.access import may_reach
from bot.core.asked import Asked
from bot.core.delivery import Answer
from bot.core.flow import FlowRef, Wire
from bot.core.grammar.mistake import closest
from bot.core.intent import FlowName
from bot.core.rights import Kind, Right
from bot.desk.desk import AnswerError, Case

_NAMES_SHOWN: Final = 15


async def project_and_service(case: Case, asked: Asked, flow: FlowName | None = None) -> tuple[str, str | None]:
    """The project, and the service if one is named or a default. Raises AnswerError when no project is known."""
    project = (flow and flow.project) or asked.project
    service = (flow and flow.service) or asked.service
    if project is None or service is None:
        default = await case.desk.access.default_service(case.delivery.channel) or ""
        default_project, _, default_service = default.partition("/")
        settings = case.desk.defaults
        if service is None and project in (None, default_project or settings.project):
            service = default_service or settings.service
        project = project or default_project or settings.project
    if not project:
        raise AnswerError(answers.trouble(
            "I do not know which project you mean. Add --project PROJECT, or set a default for this channel with "
            "/flow use PROJECT/SERVICE."
        ))  # fmt: skip
    return project, service or None


async def flow_ref(case: Case, asked: Asked, flow: FlowName, *, new: bool = False) -> FlowRef:
    """The full address. Raises AnswerError when the flow (`new`: the service for it) is not one and only."""
    project, service = await project_and_service(case, asked, flow)
    if service is not None:
        return FlowRef(project=project, service=service, source=flow.source, target=flow.target)
    services = await mirrormakers(case, project)
    candidates = [FlowRef(project=project, service=name, source=flow.source, target=flow.target) for name in services]
    if not new or len(candidates) != 1:
        candidates = await _existing(case, candidates) if not new else candidates
    if len(candidates) == 1:
        return candidates[0]
    raise AnswerError(_which(project, services, candidates, flow))


async def _existing(case: Case, candidates: Sequence[FlowRef]) -> list[FlowRef]:
    readable = [ref for ref in candidates if case.may(Right.READ, str(ref)).allowed]
    found = await asyncio.gather(*(current(case, ref) for ref in readable))
    return [ref for ref, flow in zip(readable, found, strict=True) if flow is not None]


def _which(project: str, services: Sequence[str], found: Sequence[FlowRef], flow: FlowName) -> Answer:
    if not services:
        return answers.trouble(f"I see no MirrorMaker service in project {project} that you may read.")
    if found:
        lines = "\n".join(f"• {kit.code(str(ref))}" for ref in found)
        return answers.say(
            f"🤔 {kit.code(str(flow))} is on {len(found)} services. Which one? Add `--service`:\n{lines}"
        )
    names = ", ".join(kit.code(name) for name in services[:_NAMES_SHOWN])
    return answers.say(f"🤔 No service in {kit.code(project)} has a flow {kit.code(str(flow))}. I looked at {names}.")


async def mirrormakers(case: Case, project: str) -> list[str]:
    """The MirrorMaker services of a project on which the person may read something."""
    services = await _services(case, project)
    return sorted(name for name, kind in services if kind == MIRRORMAKER and may_see(case, f"{project}/{name}"))


async def _services(case: Case, project: str) -> list[tuple[str, str]]:
    try:
        return [(each.service_name, each.service_type) for each in await case.desk.aiven.list_services(project)]
    except NotFoundError:
        raise AnswerError(answers.trouble(f"Aiven knows no project {project}, or its token may not see it.")) from None


def may_see(case: Case, path: str) -> bool:
    """Whether some grant lets the person read at least one flow of this service."""
    return may_reach(case.access, case.person, frozenset({(Right.READ, Kind.REQUEST)}), path, case.now)


async def current(case: Case, ref: FlowRef) -> Wire | None:
    """The flow as it is now, None when there is none. Raises AnswerError for a service that can have none."""
    try:
        return await case.desk.aiven.get_flow(ref)
    except NotFoundError:
        return None
    except InvalidError:
        await check_service(case, ref.project, ref.service)
        raise


async def existing(case: Case, ref: FlowRef) -> Wire:
    """The flow as it is now. Raises AnswerError when there is none, with the nearest one that there is."""
    flow = await current(case, ref)
    if flow is None:
        await check_service(case, ref.project, ref.service)
        hint = await nearest_flow(case, ref)
        raise AnswerError(answers.trouble(f"There is no flow {ref.pair} on {ref.service_path}.{hint}"))
    return flow


async def check_service(case: Case, project: str, service: str) -> None:
    """Raises AnswerError when there is no such MirrorMaker service, with the nearest name that there is."""
    if await _has_flows(case, project, service):
        return
    try:
        found = await case.desk.aiven.get_service(project, service)
    except NotFoundError:
        names = await mirrormakers(case, project)
        near = closest(service, names)
        hint = f" Did you mean {near}?" if near else ""
        known = f" There are: {', '.join(names[:_NAMES_SHOWN])}." if names else ""
        raise AnswerError(
            answers.trouble(f"There is no service {service} in project {project}.{hint}{known}")
        ) from None
    if found.service_type not in ("", MIRRORMAKER):
        kind = found.service_type
        raise AnswerError(answers.trouble(
            f"{service} is a {kind} service. Flows live on the MirrorMaker service; see /flow list --project {project}."
        ))  # fmt: skip


async def _has_flows(case: Case, project: str, service: str) -> bool:
    """Whether the service can have flows: the one sign that needs no right beyond those for the flows themselves."""
    try:
        await case.desk.aiven.list_flows(project, service)
    except (ForbiddenError, InvalidError, NotFoundError):
        return False
    return True


def _may_read(case: Case, beside: FlowRef, flow: Wire) -> bool:
    source, target = str(flow.get("source_cluster")), str(flow.get("target_cluster"))
    return case.may(Right.READ, str(beside.model_copy(update={"source": source, "target": target}))).allowed


async def nearest_flow(case: Case, ref: FlowRef) -> str:
    """A hint which flow of the service may have been meant, empty when none is near."""
    try:
        flows = await case.desk.aiven.list_flows(ref.project, ref.service)
    except AivenError:
        return ""
    flows = [flow for flow in flows if _may_read(case, ref, flow)]
    pairs = {f"{flow.get('source_cluster')} -> {flow.get('target_cluster')}".lower(): flow for flow in flows}
    near = closest(ref.pair, pairs)
    if near is None:
        return ""
    flow = pairs[near]
    return f" Did you mean {flow.get('source_cluster')} -> {flow.get('target_cluster')}?"
