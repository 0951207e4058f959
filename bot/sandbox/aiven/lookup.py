"""From the names in a request's path to the things they mean, or Aiven's refusal."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from bot.sandbox.aiven.model import KAFKA, Project, Service
from bot.sandbox.aiven.wire import ApiError
from bot.sandbox.aiven.world import World


def project_of(world: World, request: web.Request, *, to_write: bool = False) -> Project:
    """The project in the path.

    `to_write` asks for more than the role `read_only`; Aiven's list of permissions (go-client-codegen v0.214)
    asks for `service:data:write` even to list flows or topics. Raises `ApiError` 404 or 403.
    """
    name = request.match_info["project"]
    project = world.projects.get(name)
    if project is None:
        raise ApiError(HTTPStatus.NOT_FOUND, f"Project {name} does not exist", "project_not_found")
    if project.role is None:
        raise ApiError(HTTPStatus.FORBIDDEN, "Not a project member")
    if to_write and project.role == "read_only":
        raise ApiError(HTTPStatus.FORBIDDEN, "Permission denied", "permission_denied")
    return project


def service_in(project: Project, name: str) -> Service:
    """The service of this name; raises `ApiError` 404."""
    service = project.services.get(name)
    if service is None:
        raise ApiError(HTTPStatus.NOT_FOUND, f"Service {name} does not exist", "service_not_found")
    return service


def service_of(world: World, request: web.Request, service_type: str | None = None) -> Service:
    """The service in the path; with a type, one whose data are used, so that it takes the right to write.

    Raises `ApiError` 404, 403, or 400 for a service of another type (text assumed).
    """
    project = project_of(world, request, to_write=service_type is not None)
    service = service_in(project, request.match_info["service"])
    if service_type not in {None, service.type}:
        raise ApiError(HTTPStatus.BAD_REQUEST, f"Not available for service type '{service.type}'")
    return service


def kafka_of(world: World, request: web.Request) -> Service:
    """The Kafka service in the path; raises `ApiError` 503 while it is powered off."""
    service = service_of(world, request, KAFKA)
    if service.state == "POWEROFF":
        text = "An error occurred. Please try again later."
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, text, "kafka_service_unavailable")
    return service
