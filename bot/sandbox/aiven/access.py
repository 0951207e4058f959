"""Who calls: checks the authorization header as Aiven does."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from bot.sandbox.aiven.wire import ApiError

SCHEMES = ("aivenv1", "bearer")
"""The scheme of Aiven's command line and Go clients, and that of its MCP server; both are accepted."""


class Access:
    """The tokens that are valid and those that were."""

    def __init__(self, token: str) -> None:
        """`token` is the one that is valid now; change it to rotate."""
        self.token = token
        self._expired: set[str] = set()

    def expire(self) -> None:
        """The token of now is too old from now on."""
        self._expired.add(self.token)

    def check(self, request: web.Request) -> None:
        """Raises `ApiError` 401 for a missing or expired token, 403 for an unknown one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in SCHEMES or token in self._expired:
            raise ApiError(HTTPStatus.UNAUTHORIZED, "Missing (expired) db token")
        if token != self.token:
            raise ApiError(HTTPStatus.FORBIDDEN, "Invalid token")
