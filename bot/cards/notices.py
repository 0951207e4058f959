"""What people are told without having asked: reminders, calls for a decision, what ends, what was broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cards import kit, words
from bot.core.access import Grant
from bot.core.audit import Head
from bot.core.delivery import Answer
from bot.core.request import Request

_CALLED: Final = 20


def _notice(text: str) -> Answer:
    return Answer(text=kit.fit(text, kit.SECTION_MAX))


def _called(subjects: Sequence[str]) -> str:
    more = f" and {len(subjects) - _CALLED} more" if len(subjects) > _CALLED else ""
    return f" cc {', '.join(map(kit.mention, subjects[:_CALLED]))}{more}" if subjects else ""


def waits(request: Request, called: Sequence[str], lacking: Sequence[str], *, escalated: bool) -> Answer:
    """Nobody has decided yet."""
    sign = "📣" if escalated else "⏰"
    takes = f"It takes {kit.named(', '.join(lacking))}." if lacking else "That is enough now."
    since = kit.when(request.asked_at)
    return _notice(f"{sign} *{kit.esc(words.headline(request))}* waits since {since}. {takes}{_called(called)}")


def holds(request: Request) -> Answer:
    """A change for a while was made."""
    return _notice(
        f"⏱️ {kit.mention(request.by)} {kit.esc(words.headline(request))}: applied, and read back. It is taken back "
        f"{_when_back(request)}; {kit.code(f'/flow cancel {request.number}')} does that at once."
    )


def reverts(request: Request) -> Answer:
    """It is taken back soon."""
    return _notice(
        f"⏪ {kit.mention(request.by)} {kit.esc(words.headline(request))} is taken back {_when_back(request)}. Who may "
        f"deny it can let it stay: {kit.code(f'/flow deny {request.number} why…')}."
    )


def _when_back(request: Request) -> str:
    return kit.when(request.revert_at) if request.revert_at else "soon"


def broken(request: Request, called: Sequence[str]) -> Answer:
    """The glass was broken: what for, by whom, and what is to be done now."""
    by, reason = (request.glass.by, request.glass.reason) if request.glass else ("", "")
    return _notice(
        f"🔨 {kit.mention(by)} broke the glass: *{kit.esc(words.headline(request))}* on "
        f"{kit.code(words.place(request.plan))} is applied without its approvals. Why: {kit.esc(reason)}. Somebody "
        f"else has to review it: {kit.code(f'/flow review {request.number} …')}.{_called(called)}"
    )


def review_waits(request: Request, called: Sequence[str]) -> Answer:
    """A review is still open."""
    by = request.glass.by if request.glass else ""
    return _notice(
        f"⏰ *{kit.esc(words.headline(request))}* was made without its approvals by {kit.mention(by)}, and nobody has "
        f"reviewed it: {kit.code(f'/flow review {request.number} …')}.{_called(called)}"
    )


def grant_ends(grant: Grant, *, over: bool) -> Answer:
    """A role ends, or has ended."""
    verb, when = ("ended", "") if over else ("ends", f" {kit.when(grant.until)}" if grant.until else "")
    return _notice(
        f"⏳ {kit.mention(grant.subject)}: the role {kit.code(str(grant))} {verb}{when}. It came from "
        f"{kit.mention(grant.by)}; who manages access can give it again."
    )


def witness(head: Head) -> Answer:
    """The end of the audit log, for everybody to remember."""
    return _notice(
        f"🔗 The audit log has {head.seq:,} entries; the newest has the hash {kit.code(head.hash)}. If it is ever "
        "shorter, somebody cut it."
    )


def unseen(path: str, why: str) -> Answer:
    """A service that is to be watched cannot be read."""
    return _notice(
        f"⚠️ I cannot see whether others change flows of {kit.code(path)}: {kit.esc(why)} I go on trying, and say no "
        "more of it; `[drift]` of the policy names the services that I look at."
    )
