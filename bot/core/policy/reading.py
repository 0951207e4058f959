"""TOML -> Policy, taken whole or not at all; what is wrong is named with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import ValidationError

from bot.core.grammar.mistake import closest
from bot.core.policy.check import impossible
from bot.core.policy.document import Policy

_TABLE: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?")
_KEY: Final = re.compile(r"\s*([\w.\"'-]+?)\s*=")

Path = tuple[str | int, ...]


class PolicyError(Exception):
    """Why a policy document cannot be used: a line of text for each thing that is wrong, in `lines`."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


def parse_policy(text: str, name: str = "policy") -> Policy:
    """The policy in this TOML text. Raises PolicyError; nothing is taken from a document that is wrong in part."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([_unreadable(name, str(error))]) from None
    if not document:
        raise PolicyError([f"{name}: is empty; write at least [approval] with a quorum."])
    try:
        policy = Policy.model_validate(document)
    except ValidationError as error:
        raise PolicyError(
            [_line(text, name, each["loc"], each["msg"], each["type"]) for each in error.errors()]
        ) from None
    if wrong := list(impossible(policy)):
        raise PolicyError([_refuse(text, name, loc, why) for loc, why in wrong])
    return policy


def _refuse(text: str, name: str, loc: Path, why: str) -> str:
    where = line_of(text, loc)
    return f"{name}{f':{where}' if where else ''}: {f'{_dotted(loc)} ' if loc else ''}{why}"


def _unreadable(name: str, said: str) -> str:
    """Tomllib ends its text with `(at line 3, column 7)`."""
    what, _, where = said.rpartition(" (at line ")
    line = where.partition(",")[0]
    return f"{name}:{line}: {what}" if line.isdecimal() else f"{name}: {said}"


def _line(text: str, name: str, loc: Path, message: str, kind: str) -> str:
    said = message.removeprefix("Value error, ")
    if not loc:
        # What the document as a whole says names its place itself, as `rules.2.mention: …`.
        dotted, colon, rest = said.partition(": ")
        loc, said = (_path(dotted), rest) if colon and " " not in dotted else ((), said)
    if kind == "extra_forbidden":
        said = f"is no key here{_hint(loc)}"
    return _refuse(text, name, loc, said[:1].lower() + said[1:])


def _path(dotted: str) -> Path:
    return tuple(int(part) if part.isdecimal() else part for part in dotted.split("."))


def _dotted(loc: Path) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)


def _hint(loc: Path) -> str:
    """The key that may have been meant."""
    near = closest(str(loc[-1]), _known())
    return f"; did you mean {near}?" if near else ""


def _known() -> set[str]:
    """Every key that a policy can have."""
    schemas = Policy.model_json_schema()
    return {key for each in (schemas, *schemas["$defs"].values()) for key in each.get("properties", {})}


def line_of(text: str, loc: Path) -> int | None:
    """The line (from 1) in which a TOML text sets this path, or the nearest that holds it; None when it has none."""
    best, best_depth = None, 0
    for number, path in _settings(text):
        depth = len(path)
        if depth > best_depth and path == tuple(loc[:depth]):
            best, best_depth = number, depth
    return best


def _settings(text: str) -> Iterator[tuple[int, Path]]:
    """Each line that opens a table or sets a key, with its whole path."""
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if (header := _TABLE.match(line)) is not None:
            table = _keys(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
            table = _numbered(table, counts)
            yield number, table
        elif (key := _KEY.match(line)) is not None:
            yield number, (*table, *_keys(key[1]))


def _keys(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _numbered(table: Path, counts: dict[Path, int]) -> Path:
    """A path with the number of the newest item put after each array of tables in it."""
    if table in counts:
        return (*table, counts[table])
    if table[:1] in counts:
        return (table[0], counts[table[:1]], *table[1:])
    return table
