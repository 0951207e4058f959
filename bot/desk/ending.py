"""What comes by the clock alone: grants that end, the newest hash of the audit log for all to see, what is too old."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from bot.cards import notices
from bot.core.access import Grant
from bot.core.audit import BOT, Note, cut_note, head_of
from bot.core.people import USER_ID
from bot.desk.desk import Desk
from bot.store import access as access_store
from bot.store import audit, drifts, letters, retention
from bot.store.commit import Commit, Lease
from bot.store.letters import Letter

_LONGEST_LEAD: Final = timedelta(hours=24)
_LEAD_PART: Final = 8
_SOON: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)


def reminded_at(grant: Grant, until: datetime) -> datetime:
    """When somebody hears that their role ends: after seven eighths of the time, but no more than a day before."""
    return until - min(_LONGEST_LEAD, (until - grant.at) / _LEAD_PART)


async def look_at_grant(desk: Desk, lease: Lease, key: str) -> None:
    """A grant that ends: reminds of it before, and clears it away after. It gives nothing from its end on anyway."""
    access, policy = await desk.access.load()
    grant = next((each for each in access.all() if each.key == key), None)
    commit = Commit()
    commit.holding(lease)
    if grant is None or grant.until is None:
        commit.done(lease.item)
    elif desk.now < reminded_at(grant, grant.until):
        commit.look(lease.item, reminded_at(grant, grant.until))
    elif desk.now < grant.until:
        _tell(commit, grant, "ends", desk.now)
        commit.look(lease.item, grant.until)
    else:
        _tell(commit, grant, "ended", desk.now)
        access_store.revoke(commit, access, grant)
        commit.done(lease.item)
        commit.note(Note(
            tag=f"{BOT}:role:end", by=BOT, at=desk.now, subject=f"role/{grant.key}", acting_for=grant.by,
            policy=policy.digest,
        ))  # fmt: skip
    await desk.store.commit(commit)


def _tell(commit: Commit, grant: Grant, what: str, now: datetime) -> None:
    """Whoever holds it, or for a group whoever gave it."""
    to = next((who for who in (grant.subject, grant.by) if re.fullmatch(USER_ID, who)), None)
    if to is not None:
        answer = notices.grant_ends(grant, over=what == "ended")
        letters.owe(commit, f"{what}-{grant.key}", Letter(to=to, answer=answer), now)


async def bear_witness(desk: Desk, lease: Lease) -> None:
    """Posts the newest hash of the audit log where the policy says, and looks again when it says."""
    _, policy = await desk.access.load()
    commit = Commit()
    commit.holding(lease)
    if not policy.audit.channel:
        commit.done(lease.item)
    else:
        head = await desk.store.newest_head()
        letters.owe(commit, "witness", Letter(to=policy.audit.channel, answer=notices.witness(head)), desk.now)
        commit.look(lease.item, desk.now + policy.audit.every)
    await desk.store.commit(commit)


async def sweep(desk: Desk, lease: Lease) -> None:
    """Drops some of what is kept no longer; looks again soon while there is more, else tomorrow."""
    store, before = desk.store, desk.now - desk.defaults.keep
    old, drifted = await retention.old_requests(store, before), await drifts.old(store, before)
    begins, last = await audit.base(store), await retention.old_entry(store, before)
    commit = Commit()
    commit.holding(lease)
    for number, flows in old.items():
        retention.forget(commit, number, flows)
    for ident in drifted:
        drifts.forget(commit, ident)
    if last is not None:
        retention.cut(commit, last, begins)
        commit.note(cut_note(head_of(last), desk.now))
    commit.look(lease.item, desk.now + (_SOON if old or drifted else _DAY))
    await store.commit(commit)
