"""What a new workspace starts with: the first admins and the policy. A workspace that has them keeps its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from bot.core.access import Grant
from bot.core.audit import BOT, Note
from bot.core.policy import Policy
from bot.store import access as grants
from bot.store import keys
from bot.store.access import AccessStore
from bot.store.commit import Commit, ConflictError
from bot.store.redis import Store

_log: Final = logging.getLogger(__name__)


async def seed(store: Store, access: AccessStore, admins: Sequence[str], policy: tuple[Policy, str] | None) -> None:
    """Gives the first admins their role when nobody is admin yet, and applies the policy (with its text) if none was.

    Raises StoreError when the store does not answer. Of replicas that start at once, one does it.
    """
    try:
        await _seed(store, access, admins, policy)
    except ConflictError:
        await _seed(store, access, admins, policy)


async def _seed(store: Store, access: AccessStore, admins: Sequence[str], policy: tuple[Policy, str] | None) -> None:
    known, _ = await access.load()
    now = store.clock.now()
    commit = Commit()
    commit.nudge(keys.SWEEP, now)
    if policy is not None and not await access.has_policy():
        grants.set_policy(commit, known, *policy, now=now)
        commit.note(Note(tag=f"{BOT}:policy:apply", by=BOT, at=now, policy=policy[0].digest))
    if not known.has_admin(now):
        for user in admins:
            given = Grant(subject=user, role="admin", scope="*", by=BOT, at=now)
            grants.grant(commit, known, given)
            commit.note(Note(tag=f"{BOT}:role:grant", by=BOT, at=now, subject=f"role/{given.key}"))
        if not admins:
            _log.warning("nobody is admin, so nobody may do anything: set SLUICE_ADMINS to your Slack user id")
    await store.commit(commit)
