"""Sends what is owed to people: notices, reminders, calls for a decision.

Fails open: no trouble with Slack holds up a request. A crash between sending and forgetting sends it twice, never less.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from bot.desk.desk import Desk
from bot.pace import Pace
from bot.sender import Sender, SlackAwayError, SlackRefusedError
from bot.store import keys, letters, requests
from bot.store.commit import Commit, Lease
from bot.store.letters import Letter

_log: Final = logging.getLogger(__name__)

_TRIES: Final = 20
_LONGEST_WAIT: Final = 300.0


class Postman:
    """Looks at the `say:ID` items."""

    def __init__(self, desk: Desk, sender: Sender, pace: Pace) -> None:
        self._desk = desk
        self._sender = sender
        self._pace = pace

    async def look(self, lease: Lease, ident: str) -> None:
        """Sends a letter. Raises ConflictError when the store moved on meanwhile."""
        letter = await letters.load(self._desk.store, ident)
        if letter is None:
            await self._end(lease)
            return
        channel, thread = await self._place(letter)
        if wait := self._pace.wait(channel, self._desk.now):
            await self._again(lease, letter, self._desk.now + wait)
            return
        try:
            await self._sender.post(channel, letter.answer, thread=thread, broadcast=thread is not None)
        except SlackAwayError as away:
            await self._put_off(lease, letter, away)
            return
        except SlackRefusedError as refused:
            _log.warning("a message to %s is given up: %s", channel, refused.error)
        self._pace.used(channel, self._desk.now)
        await self._end(lease)

    async def _place(self, letter: Letter) -> tuple[str, str | None]:
        """The channel and the thread; a card that was never posted has neither."""
        card = None if letter.thread_of is None else await requests.load_card(self._desk.store, letter.thread_of)
        return (letter.to, None) if card is None or card.ts is None else (card.channel, card.ts)

    async def _put_off(self, lease: Lease, letter: Letter, away: SlackAwayError) -> None:
        if letter.tries >= _TRIES:
            _log.warning("a message to %s is given up: %s", letter.to, away)
            await self._end(lease)
            return
        wait = away.wait or min(2.0**letter.tries, _LONGEST_WAIT)
        tried = letter.model_copy(update={"tries": letter.tries + 1})
        await self._again(lease, tried, self._desk.store.clock.after(wait))

    async def _again(self, lease: Lease, letter: Letter, at: datetime) -> None:
        commit = Commit()
        commit.holding(lease)
        letters.owe(commit, keys.ident(lease.item), letter, at)
        await self._desk.store.commit(commit)

    async def _end(self, lease: Lease) -> None:
        commit = Commit()
        commit.holding(lease)
        commit.run("DEL", lease.item)
        commit.done(lease.item)
        await self._desk.store.commit(commit)
