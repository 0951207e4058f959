"""How Web API methods are called: a name, arguments in, Slack's answer out or a `SlackError`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, TypeVar

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.model import Json

Method = Callable[[Json], Json]
Methods = Mapping[str, Method]
T = TypeVar("T")

PAGE: Final = 100


def page(members: list[T], arguments: Json) -> tuple[list[T], Json]:
    """One page and the `response_metadata` that leads to the next; the cursor is opaque to callers."""
    cursor = str(arguments.get("cursor") or "0")
    limit = str(arguments.get("limit") or PAGE)
    if not cursor.isdigit() or not limit.isdigit():
        raise SlackError("invalid_limit" if cursor.isdigit() else "invalid_cursor")
    start, following = int(cursor), int(cursor) + int(limit)
    after = str(following) if following < len(members) else ""
    return list(islice(members, start, following)), {"next_cursor": after}


def is_true(value: object) -> bool:
    """A boolean argument: JSON's true, or a form's word for it."""
    return value is True or str(value).lower() in {"true", "1"}
