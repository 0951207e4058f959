"""A small language to say what JSON Slack accepts; a broken rule reads as it does in Slack's answers.

The wording of length, number, schema and property errors is Slack's own, as answers quoted in public issues show
it (grafana/oncall#5121, nicklambourne/slackblocks#36), for example
`must be less than 151 characters [json-pointer:/blocks/0/text/text]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

Errors = Iterator[str]


def at(text: str, pointer: str) -> str:
    """An error with its place."""
    return f"{text} [json-pointer:{pointer}]"


class Rule(Protocol):
    """Something a JSON value has to fulfil."""

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401 - any JSON
        """What is wrong with the value that stands at the pointer."""


@dataclass(frozen=True, slots=True)
class Str:
    """A string with a length between `least` and `most` characters."""

    most: int
    least: int = 1

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401
        """Reports another type and a wrong length."""
        if not isinstance(value, str):
            yield at("must provide a string", pointer)
        elif len(value) < self.least:
            yield at(f"must be more than {self.least - 1} characters", pointer)
        elif len(value) > self.most:
            yield at(f"must be less than {self.most + 1} characters", pointer)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few values."""

    values: tuple[Any, ...]

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401
        """Reports any other value."""
        if not any(value == one and type(value) is type(one) for one in self.values):
            yield at("must be a valid enum value", pointer)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number within bounds."""

    least: int
    most: int

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401
        """Reports another type and a number out of bounds."""
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            yield at(f"must be an integer from {self.least} to {self.most}", pointer)


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever it is, Slack takes it as far as this simulator knows."""

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401, ARG002
        """Never reports."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Text:
    """A text object (docs.slack.dev/reference/block-kit/composition-objects/text-object)."""

    most: int
    mrkdwn: bool = True

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401
        """Reports what breaks the object, preceded by Slack's own headline for it."""
        if not isinstance(value, dict):
            yield at("must provide an object", pointer)
            return
        kinds: dict[str, dict[str, Rule]] = {
            "plain_text": PLAIN_ONLY,
            **({"mrkdwn": MRKDWN_ONLY} if self.mrkdwn else {}),
        }
        kind = str(value.get("type"))
        if kind not in kinds:
            yield at(f"unsupported type: {kind}", f"{pointer}/type")
            return
        fields: dict[str, Rule] = {"type": ANYTHING, "text": Str(self.most), **kinds[kind]}
        wrong = list(Shape(fields, ("text",)).check(value, pointer))
        if wrong:
            yield at("failed to match all allowed schemas", pointer)
            yield from wrong


@dataclass(frozen=True, slots=True)
class Many:
    """A list with between `least` and `most` members that all fulfil a rule."""

    of: Rule
    most: int
    least: int = 1

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401
        """Reports another type, a wrong number, and what is wrong with each member."""
        if not isinstance(value, list):
            yield at("must provide an array", pointer)
            return
        if len(value) > self.most:
            yield at(f"no more than {self.most} items allowed", pointer)
        if len(value) < self.least:
            yield at(f"no less than {self.least} items allowed", pointer)
        for index, member in enumerate(value):
            yield from self.of.check(member, f"{pointer}/{index}")


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with known properties: `required` ones, and at least one of `any_of`."""

    fields: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401
        """Reports missing and unknown properties and what is wrong with the others; null counts as missing."""
        if not isinstance(value, dict):
            yield at("must provide an object", pointer)
            return
        given = {key: each for key, each in value.items() if each is not None}
        for key in self.required:
            if key not in given:
                yield at(f"missing required field: {key}", pointer)
        if self.any_of and not any(key in given for key in self.any_of):
            yield at(f"missing required field: {' or '.join(self.any_of)}", pointer)
        for key, each in given.items():
            if key not in self.fields:
                yield at(f"invalid additional property: {key}", pointer)
            else:
                yield from self.fields[key].check(each, f"{pointer}/{key}")


@dataclass(frozen=True, slots=True)
class ByType:
    """An object whose `type` says which shape it has; `common` properties belong to every type."""

    shapes: Mapping[str, Shape]
    common: Mapping[str, Rule] = field(default_factory=dict)

    def check(self, value: Any, pointer: str) -> Errors:  # noqa: ANN401
        """Reports unknown types and what is wrong with the shape."""
        if not isinstance(value, dict):
            yield at("must provide an object", pointer)
            return
        shape = self.shapes.get(str(value.get("type")))
        if shape is None:
            yield at(f"unsupported type: {value.get('type')}", f"{pointer}/type")
            return
        fields = {"type": ANYTHING, **self.common, **shape.fields}
        yield from Shape(fields, shape.required, shape.any_of).check(value, pointer)

    def only(self, *types: str) -> ByType:
        """The same, for some of the types."""
        return ByType({kind: self.shapes[kind] for kind in types}, self.common)


BOOL: Final = OneOf((True, False))
ANYTHING: Final = Anything()
PLAIN_ONLY: Final[dict[str, Rule]] = {"emoji": BOOL}
MRKDWN_ONLY: Final[dict[str, Rule]] = {"verbatim": BOOL}
