"""freeze, unfreeze and freezes: when nothing is applied."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.cards import answers, kit
from bot.core.access import Answer
from bot.core.freeze import Freeze, moment
from bot.core.intent import FreezeScope, ListFreezes, Unfreeze
from bot.core.rights import Right
from bot.desk.desk import AnswerError, Case, Handled
from bot.store import access as access_store
from bot.store.commit import Commit

_LONGEST: Final = timedelta(days=90)
_REASON_MAX: Final = 300


async def freeze(case: Case, intent: FreezeScope) -> Handled:
    """Freezes a scope, if the one who asks manages freezes on all of it."""
    allowed = _may(case, intent.scope)
    if not allowed.allowed:
        return _refused(case, "freeze", intent.scope, allowed)
    until = await _until(case, intent)
    if len(intent.reason) > _REASON_MAX:
        raise AnswerError(answers.trouble(f"That reason is too long; please say it in {_REASON_MAX} characters."))
    declared = Freeze(scope=intent.scope, until=until, by=case.user, at=case.now, reason=intent.reason.strip())
    commit = Commit()
    access_store.freeze(commit, case.access, declared)
    commit.note(case.note(f"freeze/{declared.scope}", "freeze", until=until.isoformat(), reason=declared.reason))
    return Handled(answers.say(f"🧊 Nothing is applied on {kit.code(declared.scope)} until {kit.when(until)}."), commit)


async def _until(case: Case, intent: FreezeScope) -> datetime:
    """When it ends. Raises AnswerError for what cannot be read, is over, or too far away."""
    if intent.lasting is not None:
        until: datetime | None = case.now + timedelta(seconds=intent.lasting)
    else:
        zone = (await case.desk.directory.profile(case.user)).zone
        until = moment(intent.until, case.now, zone)
    if until is None:
        raise AnswerError(answers.trouble(
            f"I cannot read “{intent.until}” as a time; write 18:00, 18:00Z, 2026-12-24T18:00Z, or for 2h."
        ))  # fmt: skip
    if not case.now < until <= case.now + _LONGEST:
        raise AnswerError(answers.trouble(f"That is over, or more than {_LONGEST.days} days away."))
    return until


def _may(case: Case, scope: str) -> Answer:
    return case.may(Right.MANAGE_FREEZE, scope)


def _refused(case: Case, action: str, scope: str, why: Answer) -> Handled:
    return case.refuse(f"freeze/{scope}", action, f"I cannot {action} {scope}", why.reason)


async def unfreeze(case: Case, intent: Unfreeze) -> Handled:
    """Ends a freeze that somebody declared; those of the policy end with their window."""
    allowed = _may(case, intent.scope)
    if not allowed.allowed:
        return _refused(case, "unfreeze", intent.scope, allowed)
    found = next((each for each in _live(case) if each.scope == intent.scope), None)
    if found is None:
        named = ", ".join(kit.code(each.scope) for each in _live(case)) or "nothing"
        said = f"🤔 Nobody froze {kit.code(intent.scope)}; frozen by people is: {named}."
        raise AnswerError(answers.say(said))
    commit = Commit()
    access_store.unfreeze(commit, case.access, found)
    commit.note(case.note(f"freeze/{found.scope}", "unfreeze"))
    return Handled(answers.say(f"✅ {kit.code(found.scope)} is no longer frozen."), commit)


def _live(case: Case) -> list[Freeze]:
    return [each for each in case.access.freezes if each.until > case.now]


async def list_freezes(case: Case, intent: ListFreezes) -> Handled:
    """What people froze, and the windows of the policy."""
    del intent
    if not case.access.held_by(case.person, case.now):
        return case.refuse("freeze", "list", "I cannot show what is frozen", "you hold no role")
    return Handled(answers.freezes(_live(case), case.policy.freezes, case.now))
