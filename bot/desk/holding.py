"""A change that was made for a while: people are told before it is taken back, and then it is."""

from __future__ import annotations

from typing import Final

from bot.cards import notices
from bot.core.holding import announce_at, held_since, next_look, stays_for, wants_it
from bot.core.request import Request
from bot.desk.turn import Turn
from bot.store import history, keys, letters, requests
from bot.store.letters import Letter

_LOOKED_AT: Final = 20


async def hold(turn: Turn, request: Request) -> None:
    """Announces that it is taken back, begins to take it back, or waits for either."""
    announcing = announce_at(request)
    if request.revert_at is not None and request.revert_at <= turn.now:
        wanted = await _wanted_by(turn, request)
        after = request.taken_back(turn.now) if wanted is None else stays_for(request, wanted, turn.now)
        await turn.move(request, after, "revert")
    elif announcing is not None and announcing <= turn.now:
        await _announce(turn, request)
    else:
        await turn.wait(next_look(request))


async def _wanted_by(turn: Turn, request: Request) -> int | None:
    """The request that asked for the same for good while this held, and found it so already."""
    store, since = turn.desk.store, held_since(request)
    index = keys.changes_of(str(request.flow_plan.ref))
    found = [await requests.load(store, number) for number in await history.numbers(store, index, 0, _LOOKED_AT)]
    return next((each.number for each in found if each is not None and wants_it(each, request, since)), None)


async def _announce(turn: Turn, request: Request) -> None:
    announced = request.moved(turn.now, announced=True, note=request.note)
    commit = turn.commit(request, announced)
    letter = Letter(to=request.channel, answer=notices.reverts(request), thread_of=request.number)
    letters.owe(commit, f"revert-{request.number}", letter, turn.now)
    commit.note(turn.note(request, "announce-revert"))
    await turn.move(request, announced, "announce", commit=commit)
