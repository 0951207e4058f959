"""The HTTP side of Slack: Web API methods and response_urls, with the log of calls and trouble on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web

from bot.sandbox.slack.calls import RESPONSE_URL, Call
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import Fault, armed, hang_up
from bot.sandbox.slack.methods import Methods
from bot.sandbox.slack.model import Json
from bot.sandbox.slack.world import World

APP_LEVEL: Final = frozenset({"apps.connections.open"})
"""Methods for the app-level token; all others take the bot token."""

MAX_BODY_BYTES: Final = 4 * 1024 * 1024


class WebApi:
    """Answers `/api/METHOD` and `/actions/HOOK`. `respond` handles a message that came to a response_url."""

    def __init__(
        self, world: World, methods: Methods, respond: Callable[[str, Json], None], faults: list[Fault]
    ) -> None:
        self.calls: list[Call] = []
        self.faults = faults
        self._world = world
        self._methods = methods
        self._respond = respond

    def routes(self) -> list[web.RouteDef]:
        """What the server has to listen to."""
        return [
            web.route("*", "/api/{method}", self._call_method),
            web.post("/actions/{hook:.+}", self._post_response),
        ]

    async def _call_method(self, request: web.Request) -> web.Response:
        arguments = await _read(request)
        token = _token(request, arguments)
        method = request.match_info["method"]
        call = Call(method=method, arguments=arguments, at=self._world.clock())
        return await self._serve(request, call, lambda: self._run(method, arguments, token))

    async def _post_response(self, request: web.Request) -> web.Response:
        arguments = await _read(request)
        call = Call(method=RESPONSE_URL, arguments=arguments, at=self._world.clock())
        return await self._serve(request, call, lambda: self._take(request.match_info["hook"], arguments))

    async def _serve(self, request: web.Request, call: Call, effect: Callable[[], web.Response]) -> web.Response:
        """Logs the call and answers it, with the trouble that is armed for it."""
        self.calls.append(call)
        self._world.bell.ring()
        fault = armed(self.faults, call.method)
        response = await self._answer(fault, effect)
        dropped = response is None or (fault is not None and fault.drop == "after")
        call.ok, call.error = (False, "dropped") if response is None or dropped else _outcome(response)
        self._world.bell.ring()
        return hang_up(request) if response is None or dropped else response

    async def _answer(self, fault: Fault | None, effect: Callable[[], web.Response]) -> web.Response | None:
        if fault is None:
            return effect()
        await asyncio.sleep(fault.delay)
        return None if fault.drop == "before" else fault.answer() or effect()

    def _run(self, method: str, arguments: Json, token: str) -> web.Response:
        try:
            answer = {"ok": True, **self._method(method, token)(arguments)}
        except SlackError as error:
            answer = _refusal(error)
        return web.json_response(answer, headers={"x-oauth-scopes": "chat:write,commands,users:read"})

    def _method(self, method: str, token: str) -> Callable[[Json], Json]:
        own = self._world.workspace
        if method not in self._methods:
            raise SlackError("unknown_method")
        if not token:
            raise SlackError("not_authed")
        if token not in {own.bot_token, own.app_token}:
            raise SlackError("invalid_auth")
        if (token == own.app_token) is not (method in APP_LEVEL):
            raise SlackError("not_allowed_token_type")
        return self._methods[method]

    def _take(self, hook: str, arguments: Json) -> web.Response:
        try:
            self._respond(hook, arguments)
        except SlackError as error:
            gone = error.error in {"expired_url", "used_url"}
            status = HTTPStatus.NOT_FOUND if gone else HTTPStatus.BAD_REQUEST
            return web.json_response(_refusal(error), status=status)
        return web.Response(text="ok")


def _refusal(error: SlackError) -> Json:
    """Slack's answer; details stand twice in it, as public reports of `invalid_blocks` show."""
    answer: Json = {"ok": False, "error": error.error}
    if error.messages:
        noted = [f"[ERROR] {message}" for message in error.messages]
        answer |= {"errors": error.messages, "response_metadata": {"messages": noted}}
    return answer


def _outcome(response: web.Response) -> tuple[bool, str | None]:
    """Whether the app was served, and Slack's word if not."""
    try:
        answer = json.loads(response.text or "")
    except ValueError:
        answer = {}
    error = answer.get("error") if isinstance(answer, dict) else None
    if error or response.status != HTTPStatus.OK:
        return False, str(error or f"status {response.status}")
    return True, None


async def _read(request: web.Request) -> Json:
    """The arguments, wherever they stand: query, form or JSON."""
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            body = {}
        return dict(request.query) | (body if isinstance(body, dict) else {})
    form = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    if "payload" in form:
        form |= json.loads(form.pop("payload"))
    return dict(request.query) | form


def _token(request: web.Request, arguments: Json) -> str:
    """Takes the token out of the call; in a JSON body it does not count."""
    argument = str(arguments.pop("token", "")) if request.content_type != "application/json" else ""
    arguments.pop("token", None)
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or argument
