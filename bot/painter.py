"""Makes Slack show what a request is: posts its card, repaints it, tells the requester how it ended.

The record is the truth and the card its projection: a look compares versions, so repaints coalesce and a crash is
healed by the next look. Fails open: no trouble with Slack ever holds up a request.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from bot.cards import request as cards
from bot.core.delivery import Answer
from bot.core.request import Request, approvers
from bot.desk.desk import Desk
from bot.pace import Pace
from bot.sender import Sender, SlackAwayError, SlackRefusedError
from bot.store import requests
from bot.store.commit import Commit, Lease
from bot.store.requests import Card

_log: Final = logging.getLogger(__name__)

_LONGEST_WAIT: Final = 60.0
_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"})
_REFUSALS: Final = 12


class Painter:
    """Looks at the `card:N` items."""

    def __init__(self, desk: Desk, sender: Sender) -> None:
        self._desk = desk
        self._sender = sender
        self._pace = Pace()

    async def look(self, lease: Lease, number: int) -> None:
        """One step towards a true card. Raises ConflictError when the store moved on meanwhile."""
        store = self._desk.store
        request, card = await requests.load(store, number), await requests.load_card(store, number)
        if request is None or card is None:
            await self._later(lease, None)
            return
        if wait := self._pace.wait(card.channel, self._desk.now):
            await self._later(lease, self._desk.now + wait)
            return
        try:
            painted = await self._paint(request, card)
        except SlackAwayError as away:
            await self._wait(lease, card, away)
        except SlackRefusedError as refused:
            await self._elsewhere(lease, request, card, refused)
        else:
            await self._save(lease, painted, card)

    async def _paint(self, request: Request, card: Card) -> Card:
        """The card after one call to Slack; the same card when nothing is left to show."""
        if card.ts is None:
            channel, ts = await self._sender.post(card.channel, await self._rendered(request))
            return _next(card, channel=channel, ts=ts, shown=request.version)
        if card.shown != request.version:
            rendered = await self._rendered(request)
            await self._sender.update(card.channel, card.ts, rendered)
            return _next(card, shown=request.version, others=await self._paint_others(card, rendered))
        if not request.is_open and not card.told:
            await self._sender.post(card.channel, cards.told(request), thread=card.ts)
            return _next(card, told=True)
        return card

    async def _paint_others(self, card: Card, rendered: Answer) -> tuple[tuple[str, str], ...]:
        """Messages that we had lost track of show the same; those that cannot be changed any more are let go."""
        kept = []
        for channel, ts in card.others:
            try:
                await self._sender.update(channel, ts, rendered)
                kept.append((channel, ts))
            except SlackRefusedError as refused:
                _log.info("message %s in %s cannot be repainted: %s", ts, channel, refused.error)
        return tuple(kept)

    async def _rendered(self, request: Request) -> Answer:
        access, policy = await self._desk.access.load()
        return cards.card(request, approvers(request, access, self._desk.now), policy.approval.quorum)

    async def _elsewhere(self, lease: Lease, request: Request, card: Card, refused: SlackRefusedError) -> None:
        """A message that is gone is posted anew; a channel that does not take it is replaced by the requester's DM."""
        _log.warning("card of request %s in %s: %s", request.number, card.channel, refused.error)
        if refused.error in _GONE and card.ts is not None:
            await self._save(lease, _next(card, ts=None, shown=0), card)
        elif card.ts is None and card.channel != request.by:
            await self._save(lease, _next(card, channel=request.by), card)
        else:
            await self._refused(lease, card, refused)

    async def _save(self, lease: Lease, card: Card, was: Card) -> None:
        commit = Commit()
        commit.holding(lease)
        if card == was:
            commit.done(lease.item)
        else:
            self._pace.used(card.channel, self._desk.now)
            requests.change_card(commit, card, was)
            commit.look(lease.item, self._desk.now)
        await self._desk.store.commit(commit)

    async def _wait(self, lease: Lease, card: Card, away: SlackAwayError) -> None:
        """Slack is away or busy: tries again for as long as it takes."""
        wait = min(away.wait or 2.0 ** min(card.tries, 6), _LONGEST_WAIT)
        await self._retry(lease, card, wait)

    async def _refused(self, lease: Lease, card: Card, refused: SlackRefusedError) -> None:
        """Slack will not take it: tries for some minutes, then lets go, for `/flow request N` still tells all."""
        if card.tries < _REFUSALS:
            await self._retry(lease, card, _LONGEST_WAIT)
        else:
            _log.error("card of request %s is given up: %s", card.number, refused.error)
            await self._later(lease, None)

    async def _retry(self, lease: Lease, card: Card, wait: float) -> None:
        commit = Commit()
        commit.holding(lease)
        tried = card.model_copy(update={"version": card.version + 1, "tries": card.tries + 1})
        requests.change_card(commit, tried, card)
        commit.look(lease.item, self._desk.store.clock.after(wait))
        await self._desk.store.commit(commit)

    async def _later(self, lease: Lease, at: datetime | None) -> None:
        """Looks again then, or not any more."""
        commit = Commit()
        commit.holding(lease)
        if at is None:
            commit.done(lease.item)
        else:
            commit.look(lease.item, at)
        await self._desk.store.commit(commit)


def _next(card: Card, **changes: object) -> Card:
    """The next version; a call that worked starts the count of tries anew."""
    return card.model_copy(update={"version": card.version + 1, "tries": 0, **changes})
