"""Makes Slack show what became of a drift: posts its report, and changes it when somebody has decided or it is over.

As with cards: what is posted first has no buttons, which come with the first repaint, once the message's place is
recorded. Fails open: no trouble with Slack holds up a look or a decision; `/flow drift` tells as much.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from bot.cards import drifts as cards
from bot.core.drift import Found
from bot.desk.desk import Desk
from bot.pace import Pace
from bot.sender import Sender, SlackAwayError, SlackRefusedError
from bot.store import drifts, keys
from bot.store.commit import Commit, Lease
from bot.store.drifts import Message

_log: Final = logging.getLogger(__name__)

_TRIES: Final = 20
_LONGEST_WAIT: Final = 300.0
_GONE: Final = "message_not_found"


class Reporter:
    """Looks at the `found:ID` items."""

    def __init__(self, desk: Desk, sender: Sender, pace: Pace) -> None:
        self._desk = desk
        self._sender = sender
        self._pace = pace

    async def look(self, lease: Lease, ident: str) -> None:
        """One step towards a true message. Raises ConflictError when the store moved on meanwhile."""
        stored = await drifts.load_shown(self._desk.store, ident)
        if stored is None:
            await self._done(lease)
            return
        found, message = stored
        if message.ts is not None and message.shown == found.version:
            await self._done(lease, found)
        elif wait := self._pace.wait(message.channel, self._desk.now):
            await self._again(lease, message, self._desk.now + wait)
        else:
            await self._show(lease, found, message)

    async def _show(self, lease: Lease, found: Found, message: Message) -> None:
        try:
            shown = await self._shown(found, message)
        except SlackAwayError as away:
            await self._put_off(lease, found, message, away.wait)
        except SlackRefusedError as refused:
            _log.warning("drift %s cannot be shown in %s: %s", found.id, message.channel, refused.error)
            # A message that somebody deleted is posted anew.
            lost = message.model_copy(update={"ts": None}) if refused.error == _GONE else message
            await self._put_off(lease, found, lost, _LONGEST_WAIT)
        else:
            self._pace.used(shown.channel, self._desk.now)
            await self._again(lease, shown, self._desk.now)

    async def _shown(self, found: Found, message: Message) -> Message:
        """Makes one call to Slack; where the message is after it."""
        if message.ts is None:
            channel, ts = await self._sender.post(message.channel, cards.announced(found))
            return Message(channel=channel, ts=ts)
        await self._sender.update(message.channel, message.ts, cards.report(found))
        return message.model_copy(update={"shown": found.version, "tries": 0})

    async def _put_off(self, lease: Lease, found: Found, message: Message, wait: float | None) -> None:
        if message.tries >= _TRIES:
            _log.error("the message of drift %s is given up", found.id)
            await self._done(lease, found)
            return
        seconds = min(2.0**message.tries, _LONGEST_WAIT) if wait is None else wait
        tried = message.model_copy(update={"tries": message.tries + 1})
        await self._again(lease, tried, self._desk.now + timedelta(seconds=seconds))

    async def _again(self, lease: Lease, message: Message, at: datetime) -> None:
        commit = Commit()
        drifts.place(commit, lease, message)
        commit.look(lease.item, at)
        await self._desk.store.commit(commit)

    async def _done(self, lease: Lease, found: Found | None = None) -> None:
        """Looks no more, unless the drift has changed meanwhile."""
        commit = Commit()
        commit.holding(lease)
        if found is not None:
            commit.expect("version", keys.found(found.id), "v", str(found.version))
        commit.done(lease.item)
        await self._desk.store.commit(commit)
