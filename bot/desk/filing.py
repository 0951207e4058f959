"""A plan becomes a request: what it takes is told off, the record and its card are committed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.cards import answers
from bot.core.batch import Batch
from bot.core.deciding import unreasoned
from bot.core.giving import Giving
from bot.core.plan import Plan
from bot.core.policy import Needs, needs_of
from bot.core.preflight.finding import Finding
from bot.core.request import Glass, Request, State
from bot.core.waiting import wake
from bot.desk.desk import AnswerError, Case, Handled
from bot.store import keys, requests
from bot.store.commit import Commit

REASON_MAX: Final = 1000


def check_reason(reason: str) -> None:
    """Raises AnswerError for a reason that no card could show."""
    if len(reason) > REASON_MAX:
        raise AnswerError(answers.trouble(f"That reason is too long; please say it in {REASON_MAX} characters."))


GRACE: Final = timedelta(hours=1)
"""How long after the time that a change was asked for it can still be approved and made."""


def _expires(case: Case, plan: Plan | Batch | Giving, wanted: Needs) -> datetime:
    at = None if isinstance(plan, Giving) else plan.timing.at
    return case.now + wanted.time_to_live if at is None else at + GRACE


async def file(
    case: Case,
    plan: Plan | Batch | Giving,
    reason: str,
    findings: tuple[Finding, ...] = (),
    glass: str = "",
    undoes: int | None = None,
) -> Handled:
    """The request for a plan, unless one for the same plan is open. `glass`: why it cannot wait for its approvals."""
    if same := await requests.asked_before(case.desk.store, plan.digest):
        return Handled(answers.asked_already(same, glass=bool(glass)))
    wanted = needs_of(case.policy, plan.parts)
    said = reason.strip() or glass.strip()
    if (why := unreasoned(wanted, said)) is not None:
        raise AnswerError(answers.trouble(f"For that {why}."))
    free = wanted.is_free and not any(each.stops for each in findings)
    number = await requests.next_number(case.desk.store)
    where = wanted.channel or case.desk.defaults.channel or case.delivery.channel
    request = Request(
        number=number, by=case.user, reason=said, channel=where, plan=plan, policy=case.policy.digest, needs=wanted,
        state=State.APPROVED if free else State.PENDING, asked_at=case.now, changed_at=case.now,
        expires_at=_expires(case, plan, wanted), findings=findings, undoes=undoes,
        glass=Glass(by=case.user, reason=glass.strip(), at=case.now) if glass else None,
    )  # fmt: skip
    commit = Commit()
    requests.add(commit, request, requests.Card(number=number, channel=where, asked_in=case.delivery.channel))
    commit.note(case.note(
        f"request/{number}", "ask", place=plan.place, digest=plan.digest, typed=case.delivery.typed, reason=said,
        break_glass=glass,
    ))  # fmt: skip
    answer = answers.confirm_glass(request) if glass else answers.asked(request, where)
    if free:
        return Handled(answer, commit, goes_on=request, asked=request)
    commit.look(keys.work(number), wake(request, case.policy))
    return Handled(answer, commit, asked=request)
