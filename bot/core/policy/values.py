"""What the values of a policy document are written as."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from bot.core.grammar.mistake import WrongError
from bot.core.grammar.values import duration, name, scope
from bot.core.people import GROUP_NAME
from bot.core.rights import Right
from bot.core.roles import CHANGES

RULABLE: Final = frozenset({*CHANGES, Right.MANAGE_ACCESS})
"""The rights that rules can be about: changes of flows, and giving roles."""


def _duration(value: object) -> object:
    """Durations are written as `30m`, `8h`, `2d`, `1w`; stored ones are in ISO 8601."""
    if not isinstance(value, str) or value.startswith("P"):
        return value
    try:
        return timedelta(seconds=duration(value))
    except WrongError as wrong:
        raise ValueError(wrong.what) from None


def _scope(value: str) -> str:
    try:
        return scope(value)
    except WrongError as wrong:
        raise ValueError(wrong.what) from None


def _service(value: str) -> str:
    project, slash, service = value.partition("/")
    try:
        known = bool(slash) and (name(project), name(service))
    except WrongError:
        known = False
    if not known:
        raise ValueError(f"“{value}” is no service; write PROJECT/SERVICE")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return value


def no_text(value: object) -> object:
    """A list must be written as a list: a text would be read letter by letter."""
    if isinstance(value, str):
        raise ValueError(f"must be a list, as in [{value!r}]".replace("'", '"'))  # noqa: TRY004 - pydantic's way
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Scope = Annotated[str, AfterValidator(_scope)]
ServicePath = Annotated[str, AfterValidator(_service)]
"""A MirrorMaker service: `project/service`."""
Pattern = Annotated[str, Field(max_length=500), AfterValidator(_pattern)]
Subjects = Annotated[tuple[str, ...], BeforeValidator(no_text)]
"""Slack ids of users (U…) and user groups (S…), names of groups of the policy, or `everyone`."""
Rights = Annotated[frozenset[Right], BeforeValidator(no_text), PlainSerializer(sorted, return_type=list[Right])]
"""Written in order, or equal policies would have different digests in different processes."""

Scopes = Annotated[tuple[Scope, ...], BeforeValidator(no_text), Field(min_length=1)]
Name = Annotated[str, Field(pattern=f"^{GROUP_NAME}$")]
Channel = Annotated[str, Field(pattern=r"^([CG][A-Z0-9_]+)?$")]
Title = Annotated[str, Field(min_length=1, max_length=80)]
