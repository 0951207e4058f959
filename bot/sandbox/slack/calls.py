"""The log of Web API calls, without tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.sandbox.slack.model import Json

RESPONSE_URL: Final = "response_url"
"""The `method` of a post to a response_url."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One call: Web API method or `response_url`, what it said, and how it ended.

    `ok` is None until the call is answered; `error` is Slack's word, an HTTP status, or `dropped`; `at` seconds
    since 1970.
    """

    method: str
    arguments: Json = field(default_factory=dict)
    at: float
    ok: bool | None = None
    error: str | None = None

    def __str__(self) -> str:
        """One line for people."""
        end = "no answer yet" if self.ok is None else "ok" if self.ok else self.error
        return f"{self.method} {self.arguments} -> {end}"
