"""A change that was made for a while: people are told before it is taken back, and then it is."""

from __future__ import annotations

from bot.cards import notices
from bot.core.holding import announce_at, next_look
from bot.core.request import Request
from bot.desk.turn import Turn
from bot.store import letters
from bot.store.letters import Letter


async def hold(turn: Turn, request: Request) -> None:
    """Announces that it is taken back, begins to take it back, or waits for either."""
    announcing = announce_at(request)
    if request.revert_at is not None and request.revert_at <= turn.now:
        await turn.move(request, request.taken_back(turn.now), "revert")
    elif announcing is not None and announcing <= turn.now:
        await _announce(turn, request)
    else:
        await turn.wait(next_look(request))


async def _announce(turn: Turn, request: Request) -> None:
    announced = request.moved(turn.now, announced=True, note=request.note)
    commit = turn.commit(request, announced)
    letter = Letter(to=request.channel, answer=notices.reverts(request), thread_of=request.number)
    letters.owe(commit, f"revert-{request.number}", letter, turn.now)
    commit.note(turn.note(request, "announce-revert"))
    await turn.move(request, announced, "announce", commit=commit)
