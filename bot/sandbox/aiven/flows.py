"""The five endpoints of replication flows.

Behaviour follows Aiven's OpenAPI document (2025-04) and the acceptance tests of terraform-provider-aiven
(2026-08): flows are stored sparsely, PUT merges, POST answers without the flow, aliases are not checked.
Assumed, because no public source says: the texts of refusals, 409 for a second flow of a pair, 400 for
unknown keys and for the pair inside a PUT, 409 for writes while the service is powered off, and that a new
flow stores `follower_fetching_enabled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from pydantic import JsonValue

from bot.core.fields import BY_NAME
from bot.core.flow import Create, Patch, Wire, apply, body_problems
from bot.sandbox.aiven.lookup import project_of, service_of
from bot.sandbox.aiven.model import MIRRORMAKER, Flow, Service
from bot.sandbox.aiven.wire import ApiError, read_object, reply
from bot.sandbox.aiven.world import World

PATH = "/v1/project/{project:[^/]+}/service/{service:[^/]+}/mirrormaker/replication-flows"
PAIR_PATH = PATH + "/{source:[^/]+}/{target:[^/]+}"


class Flows:
    """Handlers over one world."""

    def __init__(self, world: World) -> None:
        """Reads and changes this world."""
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """What to add to the application."""
        return [
            web.get(PATH, self.list),
            web.post(PATH, self.create),
            web.get(PAIR_PATH, self.get),
            web.put(PAIR_PATH, self.patch),
            web.delete(PAIR_PATH, self.delete),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """`{"replication_flows": […]}`, in no promised order."""
        flows = service_of(self._world, request, MIRRORMAKER).flows.values()
        return reply({"replication_flows": [self._shown(request, flow) for flow in flows if _visible(flow)]})

    async def get(self, request: web.Request) -> web.Response:
        """`{"replication_flow": …}`."""
        flow = _find(service_of(self._world, request, MIRRORMAKER), request)
        if not _visible(flow):
            raise _unknown_flow(request)
        return reply({"replication_flow": self._shown(request, flow)})

    async def create(self, request: web.Request) -> web.Response:
        """Stores the body; answers `{}`."""
        service = self._writable(request)
        body = await _checked_body(request, creating=True)
        pair = (str(body["source_cluster"]), str(body["target_cluster"]))
        if pair in service.flows:
            raise ApiError(HTTPStatus.CONFLICT, f"Replication flow {pair[0]} -> {pair[1]} already exists")
        stored = apply({}, Create(body={"follower_fetching_enabled": True} | body)) or {}
        service.flows[pair] = Flow(stored=stored, hidden_reads=self._world.eventual_create)
        return reply({})

    async def patch(self, request: web.Request) -> web.Response:
        """Merges the body into the flow, `[]` and `""` clear; answers with the whole flow."""
        flow = _find(self._writable(request), request)
        body = await _checked_body(request, creating=False)
        flow.stored = apply(flow.stored, Patch(body=body)) or {}
        return reply({"replication_flow": self._shown(request, flow)})

    async def delete(self, request: web.Request) -> web.Response:
        """Removes the flow; answers `{}`."""
        service = self._writable(request)
        _find(service, request)
        del service.flows[_pair(request)]
        return reply({})

    def _writable(self, request: web.Request) -> Service:
        service = service_of(self._world, request, MIRRORMAKER)
        if service.state == "POWEROFF":
            raise ApiError(HTTPStatus.CONFLICT, "Service is not powered on", "not_powered")
        return service

    def _shown(self, request: web.Request, flow: Flow) -> Wire:
        """Only what is stored, and the progress of a flow that runs."""
        project = project_of(self._world, request)
        service = service_of(self._world, request)
        ends = {flow.stored["source_cluster"], flow.stored["target_cluster"]}
        attached = ends <= project.active_aliases(service.name)
        runs = flow.stored.get("enabled") is True and attached and service.state == "RUNNING"
        return flow.stored | ({"replication_progress": _progress(flow)} if runs else {})


def _progress(flow: Flow) -> float:
    if flow.coming:
        flow.progress = flow.coming.pop(0)
    return flow.progress


def _pair(request: web.Request) -> tuple[str, str]:
    return request.match_info["source"], request.match_info["target"]


def _unknown_flow(request: web.Request) -> ApiError:
    source, target = _pair(request)
    return ApiError(HTTPStatus.NOT_FOUND, f"Replication flow {source} -> {target} does not exist")


def _find(service: Service, request: web.Request) -> Flow:
    flow = service.flows.get(_pair(request))
    if flow is None:
        raise _unknown_flow(request)
    return flow


def _visible(flow: Flow) -> bool:
    """Whether this read sees the flow; each read that does not brings the moment nearer."""
    if flow.hidden_reads == 0:
        return True
    flow.hidden_reads -= 1
    return False


async def _checked_body(request: web.Request, *, creating: bool) -> Wire:
    body = await read_object(request)
    if (why := _refusal(body, creating=creating)) is not None:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"Invalid input for replication_flow: {why}")
    return body


def _refusal(body: Mapping[str, JsonValue], *, creating: bool) -> str | None:
    unknown = next((key for key in body if key not in BY_NAME), None)
    if unknown is not None:
        return f"Additional properties are not allowed ('{unknown}' was unexpected)"
    return next(iter(body_problems(body, creating=creating)), None)
