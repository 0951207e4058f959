"""Replies of Aiven, read without I/O: a status and a body become a value or an error by meaning.

Shapes and messages as in Aiven's OpenAPI document (2025-04, "Errors") and the public issues of its clients: bodies can
be HTML from a load balancer, `errors` a list of objects, of texts, or a text, and the wait of a 429 stand in its words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from bot.aiven.errors import (
    AivenError,
    BadTokenError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
    UnknownOutcomeError,
)

_MESSAGE_MAX: Final = 300
_SECRETS: Final = re.compile(
    r"(?i)(aivenv1|bearer|basic)\s+\S+"
    r"|((?:password|passwd|token|secret|api[-_]?key|access[-_]?key)[\\\"']*\s*[:=]\s*)"
    r"(?:\\?\"[^\"]*\"?|\\?'[^']*'?|[^\s\"',}]+)"
    r"|://[^/\s:@]+:[^/\s@]+@"
    r"|\bAVNS_\w+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
    r"|-----BEGIN[\s\S]*?(?:-----END[^\n]*|\Z)"
)
_TRY_AGAIN: Final = re.compile(r"try again in (\d+(?:\.\d+)?)\s*s")
_LONGEST_WAIT: Final = 3600.0

PASSING: Final = frozenset({408, 417, 425, 429, 500, 501, 502, 503, 504})
"""Statuses after which a read is worth another try (aiven/go-client-codegen `retry.go`)."""


def scrub(text: str, token: str = "") -> str:
    """A text of Aiven's as one short line without anything that looks like a secret."""
    hidden = text.replace(token, "***") if token else text
    hidden = _SECRETS.sub(lambda match: f"{match[2] or ''}***", hidden)
    line = " ".join("".join(char if char.isprintable() else " " for char in hidden).split())
    return line if len(line) <= _MESSAGE_MAX else f"{line[: _MESSAGE_MAX - 1]}…"


def parse(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """The JSON of a body, `{}` for an empty one. Raises ValueError for anything else."""
    try:
        return json.loads(body) if body.strip() else {}
    except RecursionError:
        why = "nested too deep"
        raise ValueError(why) from None


def failure_in(reply: Any) -> str | None:  # noqa: ANN401 - any JSON
    """What a 2xx reply says went wrong all the same: a non-empty `errors`, or an `error`."""
    if not isinstance(reply, dict) or not (reply.get("errors") or reply.get("error")):
        return None
    return message_of(reply) or "it answered with an error and no words"


def message_of(reply: Any) -> str:  # noqa: ANN401 - any JSON
    """The words for people in an error reply, empty when there are none."""
    if not isinstance(reply, dict):
        return ""
    errors = reply.get("errors")
    listed = errors if isinstance(errors, list) else [errors]
    told = [each.get("message") if isinstance(each, dict) else each for each in listed]
    words = [reply.get("message"), *told, reply.get("error")]
    return next((word for word in words if isinstance(word, str) and word.strip()), "")


def words_in(body: bytes) -> str:
    """What an error body says: Aiven's message, or the title of an HTML page."""
    try:
        return message_of(parse(body))
    except ValueError:
        title = re.search(rb"<(?:title|h1)[^>]*>([^<]+)<", body[:4096], re.IGNORECASE)
        return title[1].decode("utf-8", "replace") if title else ""


def wait_in(headers: Mapping[str, str], words: str, now: datetime) -> float | None:
    """How long to wait: from `Retry-After` (seconds or a date), else from the words `try again in 28s`."""
    header = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", header):
        return min(float(header), _LONGEST_WAIT)
    if header:
        try:
            seconds = (parsedate_to_datetime(header).astimezone(UTC) - now).total_seconds()
        except ValueError:
            seconds = None
        if seconds is not None:
            return min(max(seconds, 0.0), _LONGEST_WAIT)
    match = _TRY_AGAIN.search(words)
    return min(float(match[1]), _LONGEST_WAIT) if match else None


def error_for(status: int, words: str, *, wait: float | None, what: str, writing: bool) -> AivenError:
    """The error that a status means. `words`: Aiven's, scrubbed; `what`: what we were doing, as in `read the flow`."""
    said = f": {words.removesuffix('.')}" if words else ""
    known = _certain(status, words, said, what, wait)
    if known is not None:
        return known
    if status in PASSING or status >= 500:  # noqa: PLR2004 - HTTP's border of server errors
        if writing:
            return UnknownOutcomeError(f"Aiven answered {status} when I tried to {what}{said}.", status=status)
        return UnavailableError(f"Aiven cannot {what} just now ({status}){said}.", status=status, wait=wait)
    return InvalidError(f"Aiven did not take it ({status}){said}.", status=status)


def _certain(status: int, words: str, said: str, what: str, wait: float | None) -> AivenError | None:
    """The errors that say for sure that nothing was changed."""
    if status == 401 or (status == 403 and words.startswith("Invalid token")):  # noqa: PLR2004
        return BadTokenError(f"Aiven does not take my token{said}. An admin has to renew AIVEN_TOKEN.", status=status)
    match status:
        case 403:
            return ForbiddenError(f"Aiven does not let my token {what}{said}.", status=status)
        case 404 | 405:
            found = "found nothing when I tried to" if status == 404 else "knows no way to"  # noqa: PLR2004
            return NotFoundError(f"Aiven {found} {what}{said}.", status=status)
        case 409:
            return ConflictError(f"Aiven refused to {what}{said}.", status=status)
        case 429:
            asked = f" It asks to wait {round(wait)} s." if wait is not None else ""
            return RateLimitedError(f"Aiven gets too many calls.{asked}", status=status, wait=wait)
        case _:
            return None
