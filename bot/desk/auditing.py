"""audit verify: whether anybody has meddled with the audit log."""

from __future__ import annotations

from bot.cards import answers
from bot.core.intent import VerifyAudit
from bot.core.rights import Right
from bot.desk.desk import Case, Handled
from bot.store import audit
from bot.store.commit import Commit

EVERYTHING = "*"
"""The log is one for the whole workspace, so who reads it may read about everything."""


async def verify(case: Case, intent: VerifyAudit) -> Handled:
    """The verdict over the whole chain. A chain that is not whole is itself recorded."""
    del intent
    allowed = case.may(Right.READ_AUDIT, EVERYTHING)
    if not allowed.allowed:
        return case.refuse("audit", "verify", "I cannot check the audit log for you", allowed.reason)
    verdict = await audit.check(case.desk.store)
    commit = Commit()
    commit.note(case.note("audit", "verify", entries=verdict.head.seq, hash=verdict.head.hash, wrong=verdict.wrong))
    return Handled(answers.audit(verdict.head, verdict.wrong, verdict.dangling), commit)
