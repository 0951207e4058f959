"""A change of a flow as one command for a POSIX shell: `avn` (aiven-client 4.18.0) or `curl`."""

from __future__ import annotations

import json
from shlex import quote
from typing import Final
from urllib.parse import quote as percent

from bot.core.fields import BY_NAME, Use
from bot.core.flow import Change, Create, Delete, FlowRef, Wire

_METHODS: Final = {"create": "POST", "update": "PUT", "delete": "DELETE"}

_API: Final = "${AIVEN_WEB_URL:-https://api.aiven.io}/v1"
"""avn and Sluice look at this variable too, so all three reach the same Aiven."""

_ONE_LINE: Final = 160
"""Characters of JSON that one can still read in a line; longer ones get a line for each value."""


def avn(ref: FlowRef, change: Change) -> str:
    """The line for Aiven's own client. Its `create` puts the two aliases into the body by itself."""
    words = [
        # With `=`, for an alias may begin with a hyphen.
        f"--project={ref.project}", f"--source-cluster={ref.source}", f"--target-cluster={ref.target}", ref.service,
    ]  # fmt: skip
    if not isinstance(change, Delete):
        words.append(_json(_without_identity(change.body)))
    return " ".join(["avn mirrormaker replication-flow", change.verb, *map(quote, words)])


def curl(ref: FlowRef, change: Change) -> str:
    """The line for curl; the shell puts the token in, which is not known here."""
    words = ["curl -sS -X", _METHODS[change.verb], f'"{_API}{_path(ref, change)}"']
    words.append('-H "authorization: aivenv1 $AIVEN_TOKEN"')
    if not isinstance(change, Delete):
        words += ["-H 'content-type: application/json' --data-raw", quote(_json(change.body))]
    return " ".join(words)


def _path(ref: FlowRef, change: Change) -> str:
    parts = ["project", ref.project, "service", ref.service, "mirrormaker", "replication-flows"]
    if not isinstance(change, Create):
        parts += [ref.source, ref.target]
    return "".join(f"/{percent(part, safe='')}" for part in parts)


def _without_identity(body: Wire) -> Wire:
    return {key: value for key, value in body.items() if key not in _IDENTITY}


_IDENTITY: Final = frozenset(field.name for field in BY_NAME.values() if field.use is Use.IDENTITY)


def _json(body: Wire) -> str:
    """JSON in ASCII. Between single quotes a shell takes line breaks as they are, and to JSON they mean nothing."""
    line = json.dumps(body)
    text = line if len(line) <= _ONE_LINE else json.dumps(body, indent=2)
    # A backtick can stand in a JSON text only, where this means the same.
    return text.replace("`", r"\u0060")
