"""The card of a request in every state: who, what, why, the differences, who decided, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cards import buttons, findings, kit, progress, watching, words
from bot.core.audit import Head
from bot.core.batch import Batch
from bot.core.delivery import Answer
from bot.core.freeze import Frost
from bot.core.giving import Giving
from bot.core.intent import Verdict
from bot.core.plan import DIGEST_SHOWN, Plan
from bot.core.policy import Needs
from bot.core.request import DECIDABLE, Request, State
from bot.core.weighing import Standing, Weighing

_NOT_KNOWN: Final = Standing()

_SAID: Final = {
    Verdict.APPROVE: "👍 approved",
    Verdict.DENY: "⛔ denied",
    Verdict.CANCEL: "🚫 taken back",
    Verdict.BREAK: "🔨 glass broken",
    Verdict.REVIEW: "🔎 reviewed",
}
_APPROVERS_SHOWN: Final = 12
_DECISIONS_SHOWN: Final = 6
_HASH_SHOWN: Final = 16
_SHORT, _MIDDLE, _LONG = 400, 800, 1200
"""Limits of the parts. With the differences they stay below the 12,000 characters that Slack takes in one message."""


def card(
    request: Request,
    standing: Standing = _NOT_KNOWN,
    *,
    refused_by: Sequence[str] = (),
    page: int = 1,
    head: Head | None = None,
) -> Answer:
    """The card. `standing`: where it stands now.

    `refused_by`: the channels that it was meant for and that did not take it. `page`: which part of a change that is
    too long for one card. `head`: the end of the audit log, which a result bears witness to.
    """
    above = [
        kit.header(words.headline(request)),
        kit.fields(
            f"*State*\n{_state(request, standing.weighing)}",
            f"*Asked by*\n{kit.mention(request.by)}",
            *_subject(request.plan),
            f"*Plan*\n{kit.code(request.plan.digest[:DIGEST_SHOWN])}",
        ),
        *_broken(request),
        *_change(request, page),
        *progress.blocks(request),
    ]
    beneath = [
        *_because(request, standing.frost),
        *watching.blocks(request),
        *_decisions(request),
        *_waiting(request, standing.approvers),
        *_ruled(request, standing.weighing),
        *_misplaced(request, refused_by),
        kit.context(f"{_times(request)} · policy {kit.code(request.policy[:DIGEST_SHOWN])}{_witness(head)}"),
        *buttons.row(request),
    ]
    room = kit.MESSAGE_MAX - kit.length([*above, *beneath])
    found = findings.blocks(request.findings, room) if request.state in DECIDABLE else []
    return Answer(text=summary(request), blocks=(*above, *found, *beneath))


def summary(request: Request) -> str:
    """One line that says all that matters, for notifications, lists and screen readers."""
    sign = "🔨 " if request.is_broken else ""
    whom = f" to {kit.mention(request.plan.subject)}" if isinstance(request.plan, Giving) else ""
    line = f"{sign}{kit.esc(words.headline(request))}{whom} on {kit.esc(words.place(request.plan))}"
    tail = f" {kit.esc(request.outcome)}" if request.outcome else ""
    return kit.fit(f"{line} — {words.state(request.state)}, asked by {kit.mention(request.by)}.{tail}", kit.TEXT_MAX)


def announced(request: Request) -> Answer:
    """What is posted first, and turned into the card: true at any time, for it may be all that stays of it.

    It calls those whom the policy wants called, since Slack tells nobody of a mention that an edit brings.
    """
    called = f" cc {', '.join(map(kit.mention, request.needs.mention))}" if request.needs.mention else ""
    what = f"📝 *{kit.esc(words.headline(request))}* on {kit.code(words.place(request.plan))}"
    how = f"{kit.code(f'/flow request {request.number}')} tells how it stands."
    text = f"{what}, asked by {kit.mention(request.by)}. {how}{called}"
    return Answer(text=kit.fit(text, kit.TEXT_MAX), blocks=(kit.section(text),))


def told(request: Request) -> Answer:
    """What the requester is told when it has ended."""
    sign, _ = words.STATES[request.state]
    text = f"{sign} {kit.mention(request.by)} {kit.esc(words.headline(request))}: {kit.esc(request.outcome)}"
    return Answer(text=kit.fit(text, kit.SECTION_MAX))


def _state(request: Request, weighing: Weighing | None) -> str:
    shown = words.state(request.state)
    if request.state is not State.PENDING or weighing is None or weighing.needs == Needs():
        return shown
    return f"{shown}: {kit.named(', '.join(weighing.lacking))}"


def _subject(plan: Plan | Batch | Giving) -> list[str]:
    if not isinstance(plan, Giving):
        return [f"*Service*\n{kit.code(words.place(plan))}"]
    how_long = "until it is taken away" if plan.lasting is None else f"for {words.duration(plan.lasting)}"
    return [f"*Gets it*\n{kit.mention(plan.subject)}", f"*How long*\n{how_long}"]


def _broken(request: Request) -> list[kit.Block]:
    """That its approvals were bypassed, in plain sight."""
    if request.glass is None or not request.is_broken:
        return []
    review = "Somebody else has to review it." if request.wants_review else "It was reviewed."
    by, at = kit.mention(request.glass.by), kit.when(request.glass.broken_at or request.glass.at)
    who = f"🔨 *Glass broken* by {by} {at}, without the approvals that it takes"
    return [kit.section(f"{who}: {kit.esc(request.glass.reason)}\n{review}", _MIDDLE)]


def _change(request: Request, page: int) -> list[kit.Block]:
    """The differences, or a part of them and how to see the rest: what is approved must be there to be seen."""
    pages = kit.code_pages(words.lines(request.plan))
    page = min(page, len(pages))
    shown = kit.section(pages[page - 1])
    if len(pages) == 1:
        return [shown]
    other = page % len(pages) + 1
    more = f"⚠️ This is part {page} of {len(pages)} of the change: `/flow request {request.number} --page {other}`"
    return [shown, kit.section(f"{more} shows the next.")]


def _because(request: Request, frost: Frost | None) -> list[kit.Block]:
    """Why it was asked, why it waits, how it ended."""
    told = request.glass.reason if request.glass and request.is_broken else ""
    quote = kit.esc(request.reason if request.reason != told else "").replace("\n", "\n>")
    cold = f"🧊 Once approved it waits for {kit.named(frost.what)}, until {kit.when(frost.until)}." if frost else ""
    return [
        *([kit.section(f">{quote}", _LONG)] if quote else []),
        *([kit.section(cold, _SHORT)] if cold and request.state is State.PENDING else []),
        *([kit.section(f"*{_so_far(request)}:* {kit.named(request.note)}", _MIDDLE)] if request.note else []),
        *([kit.section(f"*Result:* {kit.esc(request.outcome)}", _LONG)] if request.outcome else []),
    ]


def _so_far(request: Request) -> str:
    return "So far" if request.state is State.HOLDING else "Waiting"


def _decisions(request: Request) -> list[kit.Block]:
    said = [
        f"{_SAID[each.verdict]} by {kit.mention(each.by)} {kit.when(each.at)}"
        + (f": {kit.esc(each.reason)}" if each.reason else "")
        for each in request.decisions[-_DECISIONS_SHOWN:]
        if not (each.verdict is Verdict.BREAK and request.is_broken)
    ]
    return [kit.context(*said, limit=_SHORT)] if said else []


def _waiting(request: Request, approvers: Sequence[str]) -> list[kit.Block]:
    if request.state is not State.PENDING:
        return []
    if request.stops:
        line = kit.code(f"/flow break-glass {request.number} reason…")
        return [kit.context(f"No approval can overrule the stop; who may break the glass can: {line}")]
    others = [who for who in approvers if who != request.by]
    called = [kit.context(f"cc {', '.join(map(kit.mention, request.needs.mention))}")] if request.needs.mention else []
    shown = ", ".join(kit.mention(who) for who in others[:_APPROVERS_SHOWN])
    more = f" and {len(others) - _APPROVERS_SHOWN} more" if len(others) > _APPROVERS_SHOWN else ""
    nobody = "Nobody but the requester may approve this now; an admin can give the role: `/flow role grant`."
    return [kit.context(f"May approve: {shown}{more}" if others else nobody, limit=_MIDDLE), *called]


def _ruled(request: Request, weighing: Weighing | None) -> list[kit.Block]:
    """Which rules it is under, what they take, and what they took when it was asked, if that was something else."""
    now, quorums = request.needs, request.needs.quorums
    if weighing is not None and request.is_open:
        now, quorums = weighing.needs, weighing.quorums
    said = []
    if now != Needs() or now != request.needs:
        said.append(f"It takes {words.takes(quorums)} ({_rules(now)}).")
    if quorums != now.quorums:
        said.append(f"Nobody decided in time; before, it took {words.takes(now.quorums)}.")
    if now.type_flow and request.state is State.PENDING:
        said.append(f"Approve it with `/flow approve {request.number} {request.plan.name}`.")
    if now != request.needs:
        before = f"{words.takes(request.needs.quorums)} ({_rules(request.needs)})"
        said.append(f"The policy has changed: when it was asked for it took {before}.")
    return [kit.context(*(kit.named(each) for each in said), limit=_SHORT)] if said else []


def _rules(wanted: Needs) -> str:
    return ", ".join(f"“{name}”" for name in wanted.rules) or "by default"


def _misplaced(request: Request, refused_by: Sequence[str]) -> list[kit.Block]:
    if not refused_by:
        return []
    where = ", ".join(kit.channel(each) for each in refused_by)
    how = f" Approvers can type `/flow approve {request.number}`." if request.state in DECIDABLE else ""
    return [kit.context(f"⚠️ I may not post in {where}; invite me there with `/invite`.{how}", limit=_SHORT)]


def _witness(head: Head | None) -> str:
    """Who cuts the end of the audit log off would have to change this card as well."""
    return f" · audit log {head.seq}:{head.hash[:_HASH_SHOWN]}" if head else ""


def _times(request: Request) -> str:
    asked = f"Asked {kit.when(request.asked_at)}"
    if request.undoes is not None:
        asked = f"{asked} · undoes request {request.undoes}"
    if request.state in DECIDABLE and not request.reverting:
        return f"{asked} · runs out {kit.when(request.expires_at)}"
    return asked if request.is_open else f"{asked} · ended {kit.when(request.changed_at)}"
