"""HCL, the language of Terraform: values, and attributes laid out as `terraform fmt` leaves them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pydantic import JsonValue

_ONE_LINE: Final = 110
"""Characters of a list that stays in its line."""


class Pair(NamedTuple):
    """An attribute with its value: an expression, or a list of them."""

    name: str
    value: str | list[str]


def quoted(text: str) -> str:
    """A string. What does not show is written by its number, as is a backtick; `${` and `%{` begin no template."""
    plain = "".join(map(_char, text))
    return f'"{plain.replace("${", "$${").replace("%{", "%%{")}"'


def _char(char: str) -> str:
    if char in '\\"':
        return f"\\{char}"
    if char.isprintable() and char != "`":
        return char
    return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else f"\\u{ord(char):04x}"  # noqa: PLR2004 - \u has four digits


def value(given: JsonValue) -> str | list[str]:
    """A value of a flow as an expression, or a list as one for each item."""
    if isinstance(given, list):
        return [quoted(str(item)) for item in given]
    return json.dumps(given) if isinstance(given, bool | int | float) else quoted(str(given))


def block(head: str, pairs: Iterable[Pair], remarks: Iterable[str] = ()) -> list[str]:
    """The lines of a block with these attributes, and these remarks at its end."""
    inside = [*attributes(pairs)]
    if said := [f"# {remark}" for remark in remarks]:
        inside += ["", *said]
    return [f"{head} {{", *(f"  {line}" if line else "" for line in inside), "}"]


def attributes(pairs: Iterable[Pair]) -> Iterator[str]:
    """Lines of attributes: those of one line with their signs below each other, then the long lists."""
    short: list[tuple[str, str]] = []
    long: list[Pair] = []
    for pair in pairs:
        line = in_line(pair.value)
        if isinstance(pair.value, str) or len(line) <= _ONE_LINE:
            short.append((pair.name, line))
        else:
            long.append(pair)
    width = max((len(name) for name, _ in short), default=0)
    yield from (f"{name.ljust(width)} = {line}" for name, line in short)
    for name, items in long:
        yield from ("", f"{name} = [", *(f"  {item}," for item in items), "]")


def in_line(given: str | list[str]) -> str:
    """A value in a line of its own, however long."""
    return given if isinstance(given, str) else f"[{', '.join(given)}]"
