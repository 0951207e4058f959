"""The audit chain: each entry carries the hash of the one before, so that a change, a gap or a swap shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import Field, JsonValue

from bot.core.canonical import canonical
from bot.core.flow import Frozen

GENESIS: Final = "0" * 64
"""What the first entry has in place of a hash before it."""


BOT: Final = "sluice"
"""Who acts when it is not a person."""

SEND: Final = "send"
"""The action of the entry that is written before a change is sent; its tag is `sluice:request:send`."""

CUT: Final = "cut"
"""The action of the entry that tells which beginning of the log was dropped; its tag is `sluice:audit:cut`."""

_OURS: Final = f'"by":"{BOT}"'
"""What the text of an entry holds that is not about a person: the others need no reading."""


class Note(Frozen):
    """What is to be recorded, before it has its place in the chain.

    `tag` is `source:subject:action` (for example `button:request:approve`), `by` a user id or `sluice`, `acting_for`
    the requester of what it is about, `channel` where it came from, `policy` the digest of the policy it was judged by.
    """

    tag: str
    by: str
    at: datetime
    subject: str = ""
    acting_for: str = ""
    channel: str = ""
    policy: str = ""
    details: dict[str, JsonValue] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A note in its place: number `seq` (from 1) after the entry with hash `previous`.

    `text` is the note as canonical JSON; `hash` is the SHA-256 of `SEQ PREVIOUS TEXT`, in hex.
    """

    seq: int
    previous: str
    text: str
    hash: str

    @property
    def note(self) -> Note:
        """What was recorded. Raises ValueError for a text that is no note."""
        return Note.model_validate_json(self.text)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain."""

    seq: int = 0
    hash: str = GENESIS


def entry_after(head: Head, note: Note) -> Entry:
    """The entry that puts this note after that head."""
    return _entry(head, canonical(note.model_dump(mode="json")))


def head_of(entry: Entry) -> Head:
    """The head of the chain that ends with this entry."""
    return Head(seq=entry.seq, hash=entry.hash)


def cut_note(dropped: Head, now: datetime) -> Note:
    """What is recorded when the log's beginning, up to this entry, is dropped."""
    return Note(tag=f"{BOT}:audit:{CUT}", by=BOT, at=now, details={"seq": dropped.seq, "hash": dropped.hash})


def cut_at(entry: Entry) -> Head | None:
    """Up to where the log was dropped, if this entry tells of that. Raises ValueError for an entry that is no note."""
    if _OURS not in entry.text or f':{CUT}"' not in entry.text:
        return None
    note = entry.note
    seq = note.details.get("seq")
    if note.tag != f"{BOT}:audit:{CUT}" or not isinstance(seq, int):
        return None
    return Head(seq=seq, hash=str(note.details.get("hash")))


def follow_intents(entries: Iterable[Entry], waiting: dict[str, int]) -> None:
    """Keeps in `waiting` which writes were announced (subject -> entry number) with nothing said of them since.

    Raises ValueError for an entry that is no note.
    """
    for entry in entries:
        if _OURS not in entry.text:
            continue
        note = entry.note
        if note.tag.endswith(f":{SEND}"):
            waiting[note.subject] = entry.seq
        else:
            waiting.pop(note.subject, None)


def verify(entries: Iterable[Entry], head: Head | None = None) -> int | None:
    """The number at which the chain is first wrong, None when all follow one another from `head` (or the start)."""
    head = head or Head()
    for entry in entries:
        if entry != _entry(head, entry.text):
            return head.seq + 1
        head = head_of(entry)
    return None


def _entry(head: Head, text: str) -> Entry:
    seq = head.seq + 1
    hashed = hashlib.sha256(f"{seq} {head.hash} {text}".encode()).hexdigest()
    return Entry(seq, head.hash, text, hashed)
