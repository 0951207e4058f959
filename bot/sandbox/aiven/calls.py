"""What the simulator saw: one `Call` per HTTP request, and the pattern that picks some."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from urllib.parse import urlencode

from aiohttp import web
from pydantic import JsonValue

READS_BY_POST = ("/metrics", "/logs")
"""Aiven reads these two with POST; they change nothing."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One request as it arrived, and what became of it.

    `path` and `query` are percent-decoded, `text` is the body exactly as sent, `authorization` has its token
    removed. `status` is `None` until the call is answered, and for ever if the connection was dropped.
    `applied` says whether the call changed the world.
    """

    method: str
    path: str
    query: dict[str, str]
    text: str
    authorization: str
    user_agent: str
    status: int | None = None
    applied: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def json(self) -> JsonValue:
        """The body as JSON; `None` when there is none or it is not JSON."""
        try:
            parsed: JsonValue = json.loads(self.text)
        except ValueError:
            return None
        return parsed

    @property
    def is_write(self) -> bool:
        """Whether the call asks for a change."""
        return self.method not in {"GET", "HEAD"} and not self.path.endswith(READS_BY_POST)

    def __str__(self) -> str:
        """One line for people: `PUT /v1/project/… {"enabled": false} -> 200`."""
        target = f"{self.path}?{urlencode(self.query)}" if self.query else self.path
        body = json.dumps(self.json, ensure_ascii=False) if self.json is not None else self.text
        return " ".join(filter(None, (self.method, target, body, "->", str(self.status or "no answer"))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Picks calls. `method` is a verb or `*`; `path` a glob if it holds `*` or `?`, else a part of it."""

    method: str = "*"
    path: str = "*"

    def matches(self, call: Call) -> bool:
        """Whether the call is one of those that are meant."""
        return self.method in {"*", call.method} and self._matches_path(call.path)

    def _matches_path(self, path: str) -> bool:
        return fnmatchcase(path, self.path) if set(self.path) & set("*?") else self.path in path


async def read_call(request: web.Request) -> Call:
    """The request as a `Call`; reads its body to the end."""
    return Call(
        method=request.method,
        path=request.rel_url.path,
        query=dict(request.query),
        text=(await request.read()).decode(errors="replace"),
        authorization=_without_token(request.headers.get("authorization", "")),
        user_agent=request.headers.get("user-agent", ""),
    )


def _without_token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return f"{scheme} ***" if token else ""
