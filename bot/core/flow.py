"""A replication flow, its address, and the changes that can be made to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bot.core.fields import ALIAS_PATTERN, BY_NAME, EXCLUSION_SPELLINGS, Type, Use
from bot.core.fields import Field as FlowField

Wire = dict[str, JsonValue]
"""A flow as Aiven sends and takes it: sparse (an absent key means the default), unknown keys included."""

SERVICE_MAX_LENGTH: Final = 64


class Frozen(BaseModel):
    """A value: immutable, refuses unknown keys, round-trips through JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FlowRef(Frozen):
    """The address of a flow; written `project/service/source->target`."""

    project: str
    service: str
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.project}/{self.service}/{self.source}->{self.target}"

    @property
    def pair(self) -> str:
        """The two aliases as they are typed."""
        return f"{self.source} -> {self.target}"

    @property
    def service_path(self) -> str:
        """The MirrorMaker service, `project/service`: what writes are serialised by."""
        return f"{self.project}/{self.service}"


class Create(Frozen):
    """Make the flow; `body` is the whole POST body."""

    verb: Literal["create"] = "create"
    body: Wire


class Patch(Frozen):
    """Change the flow; `body` is the whole PUT body: only what changes, `[]` or `""` clears."""

    verb: Literal["update"] = "update"
    body: Wire


class Delete(Frozen):
    """Remove the flow; nothing is sent."""

    verb: Literal["delete"] = "delete"
    body: Wire = Field(default_factory=dict, max_length=0)


Change = Annotated[Create | Patch | Delete, Field(discriminator="verb")]


def writable(flow: Mapping[str, JsonValue]) -> Wire:
    """The part of a flow that a person can decide on: the fields of the table that can be set and are (not `null`).

    Keys that the table does not know stay out: Aiven adds gauges, which change by themselves, and what nobody can set
    here nobody approves here.
    """
    return {key: value for key, value in flow.items() if value is not None and _can_be_set(key)}


def _can_be_set(key: str) -> bool:
    field = BY_NAME.get(key)
    return field is not None and field.use is not Use.READ_ONLY


def apply(flow: Mapping[str, JsonValue], change: Change) -> Wire | None:
    """What Aiven stores after the change: POST stores its body, PUT merges and drops what is cleared."""
    if isinstance(change, Delete):
        return None
    stored = {} if isinstance(change, Create) else dict(flow)
    return {key: value for key, value in (stored | change.body).items() if not is_clear(key, value)}


def is_clear(key: str, value: JsonValue) -> bool:
    """Whether sending `value` for `key` removes the key (`[]` for lists, `""` for the comma list)."""
    field = BY_NAME.get(key)
    return field is not None and field.clear is not None and value == field.clear


def holds(flow: Mapping[str, JsonValue] | None, change: Change) -> bool:
    """Whether the flow is as the change wants it: every key that was sent has its value, or is gone if cleared."""
    if isinstance(change, Delete):
        return flow is None
    if flow is None:
        return False
    return all(_same(flow.get(key), None if is_clear(key, sent) else sent) for key, sent in change.body.items())


def _same(left: JsonValue, right: JsonValue) -> bool:
    """Equal as JSON: `True` is not `1`."""
    return type(left) is type(right) and left == right


def same_effect(one: Mapping[str, JsonValue] | None, other: Mapping[str, JsonValue] | None) -> bool:
    """Whether two flows (None: there is none) work the same: a field that is not set works as its default does."""
    if one is None or other is None:
        return one is other
    return all(_same(_effect(one, name), _effect(other, name)) for name in one.keys() | other.keys())


def _effect(flow: Mapping[str, JsonValue], name: str) -> JsonValue:
    value = flow.get(name)
    return BY_NAME[name].default if value is None and name in BY_NAME else value


def exclusion_key(flow: Mapping[str, JsonValue]) -> str:
    """The spelling of the exclusion list that this flow carries, else the one to write."""
    return next((key for key in EXCLUSION_SPELLINGS if flow.get(key)), EXCLUSION_SPELLINGS[0])


def problem(field: FlowField, value: JsonValue) -> str | None:
    """Why Aiven would refuse this value, as the end of a sentence that begins with the field's name; else None."""
    match field.type:
        case Type.BOOLEAN:
            return None if isinstance(value, bool) else "must be on or off"
        case Type.INTEGER:
            return _integer_problem(field, value)
        case Type.ENUM:
            return None if value in field.enum else f"must be one of {', '.join(field.enum)}"
        case Type.LIST:
            return _list_problem(field, value)
        case Type.NUMBER:
            return "is read-only"
        case Type.STRING | Type.COMMA:
            return _string_problem(field, value)


def _integer_problem(field: FlowField, value: JsonValue) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return "must be a whole number"
    if field.minimum is not None and value < field.minimum:
        return f"must be {field.minimum} or more"
    return "is too large" if value > INT_MAX else None


INT_MAX: Final = 2**31 - 1
"""Kafka reads these settings as Java `int`."""


_HIDDEN: Final = "holds a character that does not show, such as a line break"
"""Nobody can approve what they cannot see."""


def _list_problem(field: FlowField, value: JsonValue) -> str | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return "must be a list of texts"
    if field.max_items is not None and len(value) > field.max_items:
        return f"has {len(value)} items, {field.max_items} are allowed"
    if "" in value:
        return "has an empty item"
    return None if all(item.isprintable() for item in value if isinstance(item, str)) else _HIDDEN


def _string_problem(field: FlowField, value: JsonValue) -> str | None:
    if not isinstance(value, str):
        return "must be a text"
    if field.max_length is not None and len(value) > field.max_length:
        return f"is {len(value)} characters long, {field.max_length} are allowed"
    if field.use is Use.IDENTITY and not re.fullmatch(ALIAS_PATTERN, value):
        return "may hold letters, digits, dots, hyphens and underscores only"
    return None if value.isprintable() else _HIDDEN


def body_problems(body: Mapping[str, JsonValue], *, creating: bool) -> Iterable[str]:
    """Everything that Aiven would refuse in a POST (`creating`) or PUT body, one sentence each."""
    for key, value in body.items():
        field = BY_NAME.get(key)
        if field is None:
            yield f"{key} is no field of a replication flow"
        elif field.use is Use.READ_ONLY or (field.use is Use.IDENTITY and not creating):
            yield f"{key} cannot be set in {'a create' if creating else 'an update'}"
        elif (why := problem(field, value)) is not None:
            yield f"{key} {why}"
    if creating:
        yield from (f"{f.name} is missing" for f in BY_NAME.values() if f.required and f.name not in body)
