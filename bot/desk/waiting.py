"""While nobody decides: reminders and escalations of a request, reminders of reviews that are open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.cards import notices
from bot.core.people import UnsureError
from bot.core.policy.rules import Step
from bot.core.request import Request, State
from bot.core.waiting import stepped, steps_due, wake
from bot.core.weighing import approvers, weigh
from bot.desk.desk import Desk
from bot.desk.turn import Turn
from bot.store import letters, requests
from bot.store.commit import Commit, Lease
from bot.store.letters import Letter

_UNSURE_SECONDS: Final = 30


async def wait(turn: Turn, request: Request) -> None:
    """A pending request: takes the steps that are due, or waits for the next one."""
    due = steps_due(request, turn.policy, turn.now)
    if not due:
        await turn.wait(wake(request, turn.policy))
        return
    try:
        people = await turn.desk.people(request.deciders, turn.access, turn.policy)
    except UnsureError:
        await turn.wait(turn.now + timedelta(seconds=_UNSURE_SECONDS))
        return
    after = stepped(request, people, turn.access, turn.policy, turn.now)
    lacking = weigh(after, people, turn.access, turn.policy, turn.now).lacking
    commit = turn.commit(request, after)
    for step in due:
        _call(commit, turn, after, step, lacking)
    at = turn.now if after.state is State.APPROVED else None
    await turn.move(request, after, "step", at, commit)


def _call(commit: Commit, turn: Turn, request: Request, step: Step, lacking: Sequence[str]) -> None:
    """Reminds those whom the step names, and notes it."""
    minutes = int(step.after.total_seconds() // 60)
    escalated = step.quorum is not None
    answer = notices.waits(request, turn.policy.ids_of(step.mention), lacking, escalated=escalated)
    letter = Letter(to=step.channel or request.channel, answer=answer,
                    thread_of=None if step.channel else request.number)  # fmt: skip
    letters.owe(commit, f"step-{request.number}-{minutes}", letter, turn.now)
    commit.note(turn.note(request, "escalate" if escalated else "remind", minutes=minutes))


async def remind_of_review(desk: Desk, lease: Lease, number: int) -> None:
    """A review that is open: reminds of it from time to time."""
    request = await requests.load(desk.store, number)
    turn = Turn(desk, lease, *await desk.access.load())
    if request is None or request.glass is None or not request.wants_review:
        await turn.done()
        return
    broken_at, every = request.glass.broken_at or turn.now, turn.policy.break_glass.remind_every
    times = (turn.now - broken_at) // every
    commit = Commit()
    commit.holding(lease)
    if times:
        owe_review(commit, turn, request, times)
    commit.look(lease.item, broken_at + every * (times + 1))
    await desk.store.commit(commit)


def owe_review(commit: Commit, turn: Turn, request: Request, times: int) -> None:
    """A reminder, for the `times`th time."""
    rule = turn.policy.break_glass
    called = turn.policy.ids_of((*rule.mention, *approvers(request, turn.access, turn.now)))
    letter = Letter(to=rule.channel or request.channel, answer=notices.review_waits(request, called),
                    thread_of=None if rule.channel else request.number)  # fmt: skip
    letters.owe(commit, f"review-{request.number}-{times}", letter, turn.now)
    commit.note(turn.note(request, "remind-review", times=times))
