"""`sluice audit`: the audit log from the command line, with no Slack and no Aiven at hand."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.core.audit import Entry
from bot.settings import StoreSettings
from bot.store import audit
from bot.store.opening import opened
from bot.store.redis import Store, StoreError

_WRONG: Final = 1


class AuditError(Exception):
    """Why the log cannot be read: one line."""


Bound = int | datetime
"""Where a part of the log begins or ends: the number of an entry, or a moment."""


def bound(text: str) -> Bound:
    """`42`, `2026-11-24` or `2026-11-24T06:00Z`; a moment without a zone is one of UTC. Raises ArgumentTypeError."""
    try:
        if text.isdigit():
            return int(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        why = f"“{text}” is neither the number of an entry nor a time such as 2026-11-24T06:00Z"
        raise ArgumentTypeError(why) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the log: `verify`, `export` (entries `first` to `last`) or `tail` (the last `count`, then `follow`).

    `team`: the workspace; needed when the store holds several.
    """

    verb: str
    team: str | None = None
    first: Bound | None = None
    last: Bound | None = None
    count: int = 10
    follow: bool = False


async def run(settings: StoreSettings, wanted: Wanted) -> int:
    """Prints it; the exit code: 1 for a chain that is not whole. Raises AuditError, WorkspaceError, OPENING_ERRORS."""
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    async with opened(url, settings.data_dir) as where:
        try:
            store = Store(where.redis, await audit.workspace(where.redis, wanted.team))
            if wanted.verb == "verify":
                return await _verify(store)
            async for entry in _entries(store, wanted):
                print(line(entry), flush=wanted.follow)
        except StoreError as error:
            why = f"the store does not answer: {error}"
            raise AuditError(why) from None
    return 0


async def _verify(store: Store) -> int:
    verdict = await audit.check(store)
    if verdict.wrong is not None:
        print(f"NOT whole: entry {verdict.wrong} is the first that is wrong or missing", file=sys.stderr)
        return _WRONG
    if verdict.dangling:
        print(f"NOT complete: no outcome of the writes of {', '.join(verdict.dangling)}", file=sys.stderr)
        return _WRONG
    print(f"whole: {verdict.head.seq} entries, the newest has the hash {verdict.head.hash}")
    return 0


async def _entries(store: Store, wanted: Wanted) -> AsyncIterator[Entry]:
    newest = (await store.newest_head()).seq if wanted.verb == "tail" else 0
    first = newest - wanted.count + 1 if wanted.verb == "tail" else wanted.first
    start = max(1, first) if isinstance(first, int) else 1
    async for entry in audit.follow(store, start - 1) if wanted.follow else audit.entries(store, start):
        if isinstance(wanted.last, int) and entry.seq > wanted.last:
            return
        if _within(entry, wanted):
            yield entry


def _within(entry: Entry, wanted: Wanted) -> bool:
    """Whether its moment lies between those that are asked for. One that cannot be read is shown."""
    start, end = (each if isinstance(each, datetime) else None for each in (wanted.first, wanted.last))
    if start is None and end is None:
        return True
    try:
        at = entry.note.at
    except ValueError:
        return True
    return (start is None or start <= at) and (end is None or at <= end)


def line(entry: Entry) -> str:
    """One entry as JSON. Its hash is the SHA-256 of `SEQ PREVIOUS NOTE`, the note with sorted keys and no blanks."""
    try:
        note = json.loads(entry.text)
    except ValueError:
        note = entry.text
    shown = {"seq": entry.seq, "previous": entry.previous, "note": note, "hash": entry.hash}
    return json.dumps(shown, ensure_ascii=False)
