"""Scopes: patterns over `project/service/source->target`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_PARTS: Final = 3
_PATTERNS: Final = 4096


def matches(pattern: str, place: str) -> bool:
    """Whether a scope pattern covers a place: `*` and `?` stay within a part, a `*` at the end covers all beneath."""
    stem = _plain_stem(pattern)
    return _compiled(pattern).fullmatch(place) is not None if stem is None else place.startswith(stem)


def reaches(pattern: str, path: str) -> bool:
    """Whether a scope pattern covers at least something beneath `project/service`."""
    parts = pattern.split("/")
    return matches(pattern, f"{path}/") or (len(parts) == _PARTS and matches("/".join(parts[:2]), path))


def beginning(pattern: str) -> str:
    """`project/service`, `project` or nothing: the parts at the beginning of a pattern that hold no glob."""
    parts = pattern.split("/")[:2]
    plain = next((number for number, part in enumerate(parts) if set("*?") & set(part)), len(parts))
    return "/".join(parts[:plain])


@lru_cache(maxsize=_PATTERNS)
def beginnings(place: str) -> tuple[str, ...]:
    """The beginnings of all patterns that could cover a place."""
    project, _, rest = place.partition("/")
    return ("", project, f"{project}/{rest.partition('/')[0]}")


@lru_cache(maxsize=_PATTERNS)
def _plain_stem(pattern: str) -> str | None:
    """What stands before the `*` at the end, when that is the only glob; most scopes are so."""
    stem = pattern[:-1]
    return stem if pattern.endswith("*") and not set("*?") & set(stem) else None


@lru_cache(maxsize=_PATTERNS)
def _compiled(pattern: str) -> re.Pattern[str]:
    stem, tail = (pattern[:-1], ".*") if pattern.endswith("*") else (pattern, "")
    globs = {"*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(globs.get(char, re.escape(char)) for char in stem) + tail, re.DOTALL)


def overlaps(one: str, other: str) -> bool:
    """Whether two scope patterns may cover a place in common; in doubt they do."""
    beginnings = [re.split(r"[*?]", each, maxsplit=1)[0] for each in (one, other)]
    return beginnings[0].startswith(beginnings[1]) or beginnings[1].startswith(beginnings[0])


def is_pattern(place: str) -> bool:
    """Whether it stands for several places; an address of a flow never does."""
    return "*" in place or "?" in place


def within(outer: str, inner: str) -> bool:
    """Whether scope `inner` surely lies within scope `outer`; when in doubt it does not.

    Only a plain stem with `*` at its end, or the same text, counts: who may grant must not grant more than they hold.
    """
    stem = _plain_stem(outer)
    return inner == outer or (stem is not None and inner.startswith(stem))
