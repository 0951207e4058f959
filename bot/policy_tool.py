"""`sluice policy`: a policy as a file, checked, tried, compared with the one in force, and applied."""

from __future__ import annotations

import asyncio
import difflib
import getpass
import json
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.core.audit import Note
from bot.core.explain import Asked, explain
from bot.core.policy import Policy, parse_policy
from bot.core.policy.cases import failures, parse_cases
from bot.core.rights import Right
from bot.settings import StoreSettings
from bot.store import access as grants
from bot.store import audit, keys, requests
from bot.store.access import AccessStore
from bot.store.commit import Commit
from bot.store.opening import opened
from bot.store.redis import Store, StoreError

_WRONG: Final = 1
_NONE: Final = "# no policy was applied; the default holds: one approver who is not the requester, within a day\n"


class PolicyToolError(Exception):
    """Why it could not be done: one line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do: `check`, `test`, `schema` need no store; `show`, `diff`, `apply`, `explain` are about it.

    `sure`: apply without asking. `team`: the workspace, when the store holds several.
    """

    verb: str
    file: Path | None = None
    cases: Path | None = None
    team: str | None = None
    sure: bool = False
    who: str = ""
    rights: Sequence[str] = ()
    place: str = ""
    groups: Sequence[str] = ()


def offline(wanted: Wanted) -> int | None:
    """Does what needs no store; the exit code, None for everything else. Raises PolicyError and PolicyToolError."""
    match wanted.verb:
        case "schema":
            print(schema())
            return 0
        case "check":
            policy = read(wanted.file)[0]
            print(f"good: {len(policy.rules)} rules, {len(policy.deny)} denials, digest {policy.digest}")
            return 0
        case "test":
            return _test(wanted)
        case _:
            return None


def schema() -> str:
    """The JSON Schema of a policy document."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | Policy.model_json_schema(), indent=2)


def read(path: Path | None) -> tuple[Policy, str]:
    """The policy in a file, and its text. Raises PolicyError, or PolicyToolError when the file cannot be read."""
    text = _text(path)
    return parse_policy(text, str(path)), text


def _text(path: Path | None) -> str:
    try:
        return Path(str(path)).read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}"
        raise PolicyToolError(why) from None


def _test(wanted: Wanted) -> int:
    policy, _ = read(wanted.file)
    table = parse_cases(_text(wanted.cases), str(wanted.cases))
    failed = list(failures(policy, table))
    for line in failed:
        print(f"{wanted.cases}: {line}", file=sys.stderr)
    print(f"{len(table.cases) - len(failed)} of {len(table.cases)} cases are as expected")
    return _WRONG if failed else 0


async def run(settings: StoreSettings, wanted: Wanted) -> int:
    """Does it with the store; the exit code. Raises PolicyError, PolicyToolError, WorkspaceError, OPENING_ERRORS."""
    fresh = read(wanted.file) if wanted.file else None
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    async with opened(url, settings.data_dir) as where:
        try:
            store = Store(where.redis, await audit.workspace(where.redis, wanted.team))
            return await _with_store(store, wanted, fresh)
        except StoreError as error:
            why = f"the store does not answer: {error}"
            raise PolicyToolError(why) from None


async def _with_store(store: Store, wanted: Wanted, fresh: tuple[Policy, str] | None) -> int:
    access = AccessStore(store)
    text = await access.policy_text() or _NONE
    if wanted.verb == "explain":
        return await _explain(access, store, wanted)
    if fresh is None:
        print(text, end="")
        return 0
    changes = list(_diff(text, fresh[1], str(wanted.file)))
    print("\n".join(changes) or "nothing changes")
    if wanted.verb == "apply" and changes:
        return await _apply(store, access, wanted, fresh)
    return 0


def _diff(old: str, new: str, name: str) -> Sequence[str]:
    return list(difflib.unified_diff(old.splitlines(), new.splitlines(), "in force", name, lineterm=""))


async def _apply(store: Store, access: AccessStore, wanted: Wanted, fresh: tuple[Policy, str]) -> int:
    if not wanted.sure and not await asyncio.to_thread(_agreed):
        print("nothing was changed")
        return _WRONG
    known, before = await access.load()
    policy, text = fresh
    commit = Commit()
    now, me = store.clock.now(), f"cli:{getpass.getuser()}"
    grants.set_policy(commit, known, policy, text, now=now)
    for number in await requests.open_numbers(store):
        # Its rules may have steps by now that come before the next look.
        commit.nudge(keys.work(number), now)
    commit.note(Note(
        tag="cli:policy:apply", by=me, at=now, acting_for=me, channel=socket.gethostname(), policy=policy.digest,
        details={"before": before.digest},
    ))  # fmt: skip
    await store.commit(commit)
    print(f"in force: digest {policy.digest}")
    return 0


def _agreed() -> bool:
    return input("Put this in force? [y/N] ").strip().lower() in ("y", "yes")


async def _explain(access: AccessStore, store: Store, wanted: Wanted) -> int:
    try:
        rights = frozenset(Right(each) for each in wanted.rights)
    except ValueError:
        why = f"there are the rights {', '.join(Right)}"
        raise PolicyToolError(why) from None
    known, policy = await access.load()
    person = policy.person(wanted.who, frozenset(wanted.groups))
    found = explain(known, policy, Asked(person, rights, wanted.place, store.clock.now()))
    print(f"{wanted.who} asks for {', '.join(sorted(rights))} on {wanted.place}: {found.outcome}")
    for fact in found.facts:
        print(f"  - {fact}")
    for change in found.would:
        print(f"  would change with {change}")
    return 0
