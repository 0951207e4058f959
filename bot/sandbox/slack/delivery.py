"""What goes from Slack to the app, how it is signed, and what came back."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol
from urllib.parse import urlencode

from bot.sandbox.slack.model import Json

FORM: Final = "application/x-www-form-urlencoded"
USER_AGENT: Final = "Slackbot 1.0 (+https://api.slack.com/robots)"
ACK_SECONDS: Final = 3.0

TIMED_OUT: Final = "operation_timeout"
FAILED: Final = "dispatch_failed"


def sign(secret: str, timestamp: int | str, body: bytes) -> dict[str, str]:
    """The headers that prove a request Slack's (docs.slack.dev/authentication/verifying-requests-from-slack)."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One thing to deliver: a slash command, an interaction or an event, for either transport."""

    kind: Literal["slash_commands", "interactive", "events_api"]
    payload: Json
    retry_num: int | None = None
    retry_reason: str | None = None

    def body(self) -> bytes:
        """The HTTP body."""
        if self.kind == "events_api":
            return json.dumps(self.payload).encode()
        form = self.payload if self.kind == "slash_commands" else {"payload": json.dumps(self.payload)}
        return urlencode(form).encode()

    def headers(self) -> dict[str, str]:
        """The HTTP headers, except the signature."""
        kind = "application/json" if self.kind == "events_api" else FORM
        retry = {"X-Slack-Retry-Num": self.retry_num, "X-Slack-Retry-Reason": self.retry_reason}
        return {"Content-Type": kind, **{name: str(each) for name, each in retry.items() if each is not None}}

    def envelope(self) -> Json:
        """The same for Socket Mode (docs.slack.dev/apis/events-api/using-socket-mode)."""
        is_event = self.kind == "events_api"
        retry = {"retry_attempt": self.retry_num or 0, "retry_reason": self.retry_reason or ""} if is_event else {}
        return {
            "envelope_id": secrets.token_hex(16), "type": self.kind, "payload": self.payload,
            "accepts_response_payload": not is_event, **retry,
        }  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Delivery:
    """What became of it. `status` is None without an answer, 200 for an acked envelope; `json` None unless JSON.

    `error` is what the person sees: `operation_timeout`, `dispatch_failed`, or how an ack's content was wrong.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    json: Json | None = None
    seconds: float = 0.0
    error: str | None = None
    response_url: str | None = None
    trigger_id: str | None = None
    parcel: Parcel | None = None

    @property
    def ok(self) -> bool:
        """Whether the app took it in time and its answer was fine."""
        return self.status is not None and self.error is None


class Transport(Protocol):
    """A way to the app."""

    async def send(self, parcel: Parcel) -> Delivery:
        """Delivers once and waits for the ack, three seconds at most."""


def parse(text: str) -> Json | None:
    """A JSON object, or nothing."""
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
