"""Bodies in and out: strict JSON, and errors as in Aiven's OpenAPI document (2025-04, "Errors")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import NoReturn

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import JsonValue

from bot.core.flow import Wire


class ApiError(Exception):
    """A refusal: HTTP status, the sentence for people and maybe the code for programs."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        """`code` is one of Aiven's snake case error codes; most endpoints document none."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


def reply(body: Mapping[str, JsonValue]) -> web.Response:
    """A 200 with this JSON body."""
    return web.json_response(body)


def error_body(status: int, message: str, code: str | None = None) -> Wire:
    """The body of a failed call: `message`, and `errors` with it, the status and maybe a code."""
    error: Wire = {"message": message, "status": status}
    if code is not None:
        error["error_code"] = code
    return {"message": message, "errors": [error]}


def error_reply(error: ApiError) -> web.Response:
    """The error as an HTTP response."""
    return web.json_response(error_body(error.status, error.message, error.code), status=error.status)


async def read_object(request: web.Request) -> Wire:
    """The JSON object in the request's body; raises `ApiError` 400 for anything else, NaN included."""
    try:
        body: JsonValue = json.loads(await request.read(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise ApiError(HTTPStatus.BAD_REQUEST, "Request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise ApiError(HTTPStatus.BAD_REQUEST, "Request body must be a JSON object")
    return body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns refusals, unknown paths and wrong methods into Aiven's error body."""
    try:
        return await handler(request)
    except ApiError as error:
        return error_reply(error)
    except web.HTTPException as error:
        return error_reply(ApiError(error.status, error.reason))
