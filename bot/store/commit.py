"""A commit: what must still be so, what is written then, and the audit notes of it. All of it happens, or none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bot.core.audit import Entry, Head, Note, entry_after, head_of
from bot.core.flow import Frozen
from bot.store.clock import to_ms
from bot.store.keys import Keys

HEAD: Final = "head"
"""Name of the check that nobody else has written to the audit log meanwhile."""


class ConflictError(Exception):
    """Something was no longer as the commit expected, so nothing was written; `check` names it."""

    def __init__(self, check: str) -> None:
        super().__init__(f"the store moved on: {check}")
        self.check = check


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to look at an item: nobody else commits under it while the fence is the newest."""

    item: str
    fence: int


@dataclass(slots=True)
class Commit:
    """Collects checks, commands and notes; `store.commit` carries them out."""

    checks: list[tuple[str, ...]] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    updates: list[tuple[str, ...]] = field(default_factory=list)
    nudges: list[tuple[str, str]] = field(default_factory=list)
    seized: list[tuple[str, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def expect(self, name: str, key: str, field: str, *wanted: str) -> None:
        """The hash field must have one of these values; `''` stands for absent."""
        self.checks.append((name, key, field, *wanted))

    def run(self, command: str, key: str, *args: str) -> None:
        """A Redis command on one key."""
        self.commands.append((command, key, *args))

    def update(self, command: str, key: str, *args: str) -> None:
        """A Redis command on a key that is there already; where it is not, nothing is done."""
        self.updates.append((command, key, *args))

    def holding(self, lease: Lease) -> None:
        """The lease must still be ours."""
        self.expect("lease", "lease", lease.item, str(lease.fence))

    def put(self, key: str, value: Frozen, *, version: int, was: int | None = None) -> None:
        """Write a record as this version. `was`: the version that must be there now (None: no record)."""
        self.expect("version", key, "v", "" if was is None else str(was))
        self.run("HSET", key, "v", str(version), "doc", value.model_dump_json())

    def look(self, item: str, at: datetime) -> None:
        """The item is due at this moment, for anybody; whoever looks at it now has lost it."""
        self.run("ZADD", "due", str(to_ms(at)), item)
        self.run("HDEL", "lease", item)

    def keep(self, lease: Lease, until: datetime) -> None:
        """The lease lasts until this moment."""
        self.run("ZADD", "due", str(to_ms(until)), lease.item)

    def seize(self, item: str, until: datetime) -> None:
        """The item is leased until this moment to the one who commits; whoever looks at it now has lost it."""
        self.seized.append((item, str(to_ms(until))))

    def nudge(self, item: str, at: datetime) -> None:
        """The item is due at this moment, unless somebody looks at it: they see, when they want to end, what is new."""
        self.nudges.append((item, str(to_ms(at))))

    def done(self, item: str) -> None:
        """Nothing is left to look at."""
        self.run("ZREM", "due", item)
        self.run("HDEL", "lease", item)

    def note(self, note: Note) -> None:
        """An audit entry that is written with the rest."""
        self.notes.append(note)


_ALWAYS: Final = ("due", "lease", "fence")
"""The first keys of every commit."""


def script_arguments(commit: Commit, head: Head, keys: Keys) -> tuple[list[str], str, Head]:
    """KEYS and ARGV[1] of the commit script with the audit entries in place, and the head of the chain after it."""
    checks, commands = list(commit.checks), list(commit.commands)
    after = head
    if commit.notes:
        checks.append((HEAD, "audit:head", "hash", *_stored(head)))
        entries = list(_chained(commit.notes, head))
        after = head_of(entries[-1])
        # First, for Lua takes nothing back: a server without memory refuses these, but not a ZREM, say.
        commands[:0] = [
            *(
                ("XADD", "audit", f"{each.seq}-0", "previous", each.previous, "note", each.text, "hash", each.hash)
                for each in entries
            ),
            ("HSET", "audit:head", "seq", str(after.seq), "hash", after.hash),
        ]
    wanted = [each[1] for each in (*checks, *commands, *commit.updates)]
    names = list(dict.fromkeys([*_ALWAYS, *wanted]))
    number = {name: index for index, name in enumerate(names, 1)}
    spec: dict[str, Any] = {
        "checks": [[check[0], number[check[1]], *check[2:]] for check in checks],
        "commands": [[command[0], number[command[1]], *command[2:]] for command in commands],
        "updates": [[command[0], number[command[1]], *command[2:]] for command in commit.updates],
        "nudges": commit.nudges,
        "seized": commit.seized,
    }
    return [keys(name) for name in names], json.dumps(spec), after


def _stored(head: Head) -> tuple[str]:
    return ("" if head.seq == 0 else head.hash,)


def _chained(notes: list[Note], head: Head) -> Iterator[Entry]:
    for note in notes:
        entry = entry_after(head, note)
        head = head_of(entry)
        yield entry
