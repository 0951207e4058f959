"""The audit chain: each entry carries the hash of the one before, so that a change, a gap or a swap shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import Field, JsonValue

from bot.core.canonical import digest
from bot.core.flow import Frozen

GENESIS: Final = "0" * 64
"""What the first entry has in place of a hash before it."""


class Note(Frozen):
    """What is to be recorded, before it has its place in the chain.

    `tag` is `source:subject:action` (for example `slack:request:approve`), `by` a user id or `sluice`.
    """

    tag: str
    by: str
    at: datetime
    subject: str = ""
    details: dict[str, JsonValue] = Field(default_factory=dict)


class Entry(Frozen):
    """A note in its place: number `seq` (from 1) after the entry with hash `previous`."""

    seq: int
    previous: str
    note: Note
    hash: str


class Head(Frozen):
    """The end of a chain."""

    seq: int = 0
    hash: str = GENESIS


def entry_after(head: Head, note: Note) -> Entry:
    """The entry that puts this note after that head."""
    return Entry(seq=head.seq + 1, previous=head.hash, note=note, hash=_hash(head.seq + 1, head.hash, note))


def head_of(entry: Entry) -> Head:
    """The head of the chain that ends with this entry."""
    return Head(seq=entry.seq, hash=entry.hash)


def verify(entries: Iterable[Entry], head: Head | None = None) -> int | None:
    """The number at which the chain is first wrong, None when all follow one another from `head` (or the start)."""
    head = head or Head()
    for entry in entries:
        if entry != entry_after(head, entry.note):
            return head.seq + 1
        head = head_of(entry)
    return None


def _hash(seq: int, previous: str, note: Note) -> str:
    return digest([seq, previous, note.model_dump(mode="json")])
