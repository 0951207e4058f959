"""When a change is to be made, and for how long: what was typed becomes moments."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.cards import answers
from bot.core.asked import Proposing
from bot.core.batch import Batch
from bot.core.freeze import moment
from bot.core.plan import Plan, Timing
from bot.core.undoing import reverse
from bot.desk.desk import AnswerError, Case

_FURTHEST: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=30)
_SHORTEST: Final = timedelta(minutes=1)


async def timing_of(case: Case, asked: Proposing) -> Timing:
    """When and for how long. Raises AnswerError for what cannot be read, is over, or too far away."""
    if asked.lasting is not None and not _SHORTEST <= timedelta(seconds=asked.lasting) <= _LONGEST:
        raise AnswerError(answers.trouble(f"--for takes from 1m to {_LONGEST.days}d."))
    if not asked.at:
        return Timing(lasting=asked.lasting)
    zone = (await case.desk.directory.profile(case.user)).zone
    at = moment(asked.at, case.delivery.since or case.now, zone)
    if at is None:
        raise AnswerError(answers.trouble(
            f"I cannot read “{asked.at}” as a time; write 22:00, 22:00Z, tomorrow 06:00 or 2026-12-24T06:00Z."
        ))  # fmt: skip
    if not case.now < at <= case.now + _FURTHEST:
        raise AnswerError(answers.trouble(f"{at:%Y-%m-%d %H:%M} UTC is over, or more than {_FURTHEST.days} days away."))
    return Timing(at=at, lasting=asked.lasting)


def check_way_back(plan: Plan | Batch) -> None:
    """Raises AnswerError for a change for a while that could not be taken back as a whole."""
    if plan.timing.lasting is None:
        return
    if isinstance(plan, Batch):
        raise AnswerError(answers.trouble("--for works on one flow at a time; ask for each of them."))
    back = reverse(plan)
    if not back.exact:
        said = " ".join(back.said)
        raise AnswerError(answers.trouble(f"That could not be taken back: {said} Leave out --for, or set it first."))
