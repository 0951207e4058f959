"""list, show, requests, reviews, request, whoami, help: answers that change nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.aiven.errors import InvalidError, NotFoundError
from bot.cards import answers
from bot.cards.request import card as request_card
from bot.core.access import Answer as Judgement
from bot.core.access import may_reach
from bot.core.flow import FlowRef, Wire
from bot.core.giving import Giving
from bot.core.grammar.verb import Verb
from bot.core.grammar.verbs import BY_WORD, VERBS
from bot.core.intent import Help, ListFlows, ListRequests, ListReviews, ShowFlow, ShowRequest, WhoAmI
from bot.core.request import Request
from bot.core.rights import Kind, Right
from bot.core.roles import CHANGES
from bot.core.weighing import standing
from bot.desk import places
from bot.desk.desk import AnswerError, Case, Handled
from bot.store import requests

_OF_FLOWS: Final = frozenset((right, kind) for right in (Right.READ, *CHANGES) for kind in Kind)


async def list_flows(case: Case, intent: ListFlows) -> Handled:
    """The flows of a service that the person may read; without a service those of every one in the project."""
    project, service = await places.project_and_service(case, intent)
    services = [service] if service else await places.mirrormakers(case, project)
    if service and not places.may_see(case, f"{project}/{service}"):
        return no_sight(case, f"{project}/{service}")
    flows = [pair for name in services for pair in await _flows(case, project, name)]
    title = f"{project}/{service}" if service else project
    more = f"list {project}/{service}" if service else f"list --project {project}"
    return Handled(answers.flow_list(title, flows, intent.page, more))


async def _flows(case: Case, project: str, service: str) -> list[tuple[FlowRef, Wire]]:
    try:
        flows = await case.desk.aiven.list_flows(project, service)
    except (NotFoundError, InvalidError):
        await places.check_service(case, project, service)
        raise
    return readable(case, project, service, flows)


def readable(case: Case, project: str, service: str, flows: Iterable[Wire]) -> list[tuple[FlowRef, Wire]]:
    """Those of the flows of a service that the person may read, with their addresses."""
    found = [
        (FlowRef(project=project, service=service, source=str(flow.get("source_cluster")),
                 target=str(flow.get("target_cluster"))), flow)
        for flow in flows
    ]  # fmt: skip
    return [(ref, flow) for ref, flow in found if case.may(Right.READ, str(ref)).allowed]


def no_sight(case: Case, place: str) -> Handled:
    """The refusal for somebody who may read nothing of a service."""
    return case.refuse(place, "read", f"I cannot show {place}", case.may(Right.READ, f"{place}/").reason)


async def show_flow(case: Case, intent: ShowFlow) -> Handled:
    """One flow as it is now."""
    ref = await places.flow_ref(case, intent, intent.flow)
    sight = case.may(Right.READ, str(ref))
    if not sight.allowed:
        return case.refuse(str(ref), "read", f"I cannot show {ref}", sight.reason)
    return Handled(answers.flow(ref, await places.existing(case, ref), intent.page))


async def list_requests(case: Case, intent: ListRequests) -> Handled:
    """The open requests for flows that the person may read."""
    found = await requests.load_open(case.desk.store)
    seen = [each for each in found if sees(case, each)]
    return Handled(answers.request_list(seen, intent.page, "requests"))


def _sight(case: Case, request: Request) -> Judgement:
    """Whether the person may see somebody else's request: all the places that it is about."""
    right = Right.MANAGE_ACCESS if isinstance(request.plan, Giving) else Right.READ
    found = [case.may(right, part.place) for part in request.plan.parts]
    return next((each for each in found if not each.allowed), found[0])


def sees(case: Case, request: Request) -> bool:
    """Whether the person may see this request; one's own always."""
    return request.by == case.user or _sight(case, request).allowed


async def list_reviews(case: Case, intent: ListReviews) -> Handled:
    """The changes that were made without their approvals and that nobody has reviewed."""
    found = await requests.load_reviews(case.desk.store)
    return Handled(answers.review_list([each for each in found if sees(case, each)], intent.page))


async def show_request(case: Case, intent: ShowRequest) -> Handled:
    """One request as its card shows it; buttons stay on the card."""
    found = await requests.load(case.desk.store, intent.number)
    if found is None:
        raise AnswerError(answers.trouble(f"There is no request {intent.number}; /flow requests shows the open ones."))
    if not sees(case, found):
        why = _sight(case, found).reason
        return case.refuse(f"request/{intent.number}", "read", f"I cannot show request {intent.number}", why)
    people = await case.desk.people(found.deciders, case.access, case.policy)
    shown = request_card(found, standing(found, people, case.access, case.policy, case.now), page=intent.page)
    blocks = tuple(block for block in shown.blocks if block["type"] != "actions")
    return Handled(shown.model_copy(update={"blocks": blocks}))


async def who_am_i(case: Case, intent: WhoAmI) -> Handled:
    """What the person holds, and may do here."""
    del intent
    default = await case.desk.access.default_service(case.delivery.channel)
    grants = case.access.held_by(case.person, case.now)
    return Handled(answers.who_am_i(case.user, grants, _verbs(case, default), default))


async def help_(case: Case, intent: Help) -> Handled:
    """What the person can do here, or all about one verb."""
    if intent.topic:
        verb = BY_WORD.get(intent.topic.split()[0])
        return Handled(answers.help_one(verb) if verb else answers.no_such_topic(intent.topic))
    default = await case.desk.access.default_service(case.delivery.channel)
    return Handled(answers.help_all(_verbs(case, default), default))


def _verbs(case: Case, default: str | None) -> list[Verb]:
    """The verbs that the person has a use for, here (on the channel's service) where there is one to go by."""

    def useful(verb: Verb) -> bool:
        path = default if verb.takes <= _OF_FLOWS else None
        return not verb.takes or may_reach(case.access, case.person, verb.takes, path, case.now)

    return [verb for verb in VERBS if useful(verb)]
