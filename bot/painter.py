"""Makes Slack show what a request is: posts its card, repaints it, tells the requester how it ended.

The record is the truth and the card its projection: a look compares versions, so repaints coalesce and a crash is
healed by the next look. One look at a time paints a card, so a slow picture never lands on a newer one. Fails open: no
trouble with Slack ever holds up a request.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from bot.cards import request as cards
from bot.core.access import Access
from bot.core.delivery import Answer
from bot.core.people import UnsureError
from bot.core.policy import Policy
from bot.core.request import Request
from bot.core.watching import WatchState
from bot.core.weighing import standing
from bot.desk.desk import Desk
from bot.pace import Pace
from bot.sender import Sender, SlackAwayError, SlackError, SlackRefusedError
from bot.store import keys, requests
from bot.store.commit import Commit, ConflictError, Lease
from bot.store.requests import Card

_log: Final = logging.getLogger(__name__)

_LONGEST_WAIT: Final = 60.0
_LONGEST_RETRY_AFTER: Final = 900.0
_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"})
_OURS: Final = frozenset({
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
})  # fmt: skip
"""Refusals that are no fault of the card: whoever runs us mends them, and then every card has to be painted."""

_REFUSALS: Final = 12

_Changes = Mapping[str, Any]
"""What a call to Slack has changed about a card, by the fields of `Card`."""


class _Sight(NamedTuple):
    """What a card is painted from."""

    request: Request
    card: Card
    access: Access
    policy: Policy


class Painter:
    """Looks at the `card:N` items."""

    def __init__(self, desk: Desk, sender: Sender, pace: Pace) -> None:
        self._desk = desk
        self._sender = sender
        self._pace = pace

    async def look(self, lease: Lease, number: int) -> None:
        """One step towards a true card. Raises ConflictError when the store moved on meanwhile."""
        access, policy, records = await self._desk.access.load_beside(keys.request(number), keys.card(number))
        request, card = requests.read(records[0]), requests.read_card(records[1])
        if request is None or card is None:
            await self._done(lease)
            return
        sight = _Sight(request, card, access, policy)
        if wait := self._pace.wait(card.channel, self._desk.now, patient=_can_wait(request, card)):
            await self._later(lease, self._desk.now + wait)
            return
        try:
            changes = await self._paint(sight)
        except SlackAwayError as away:
            await self._wait(lease, request, card, away.wait)
        except SlackRefusedError as refused:
            await self._elsewhere(lease, request, card, refused)
        else:
            await (self._save(lease, card, changes) if changes else self._done(lease, request, card))

    async def _paint(self, sight: _Sight) -> _Changes:
        """Makes one call to Slack; what it changed, nothing when nothing is left to show.

        What is posted first has no buttons: should we crash before we know its timestamp, it does no harm for ever.
        """
        request, card = sight.request, sight.card
        if card.ts is None:
            channel, ts = await self._sender.post(card.channel, cards.announced(request))
            return {"channel": channel, "ts": ts, "shown": 0}
        if card.shown != request.version:
            rendered = await self._rendered(sight)
            await self._sender.update(card.channel, card.ts, rendered)
            return {"shown": request.version, "others": await self._paint_others(card, rendered)}
        if not request.is_open and not card.told:
            await self._sender.post(card.channel, cards.told(request), thread=card.ts)
            return {"told": True}
        return {}

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

    async def _rendered(self, sight: _Sight) -> Answer:
        request, people = sight.request, None
        # Without knowing who they are the picture says less; what counts is judged when it counts.
        with suppress(UnsureError):
            people = await self._desk.people(request.deciders, sight.access, sight.policy)
        head = None if request.is_open else await self._desk.store.newest_head()
        stands = standing(request, people, sight.access, sight.policy, self._desk.now)
        return cards.card(request, stands, refused_by=sight.card.refused_by, head=head)

    async def _elsewhere(self, lease: Lease, request: Request, card: Card, refused: SlackRefusedError) -> None:
        """A message that is gone is posted anew; where no card can be posted the next place is tried, and says so."""
        _log.warning("card of request %s in %s: %s", request.number, card.channel, refused.error)
        tried = {"", card.channel, *card.refused_by}
        others = [each for each in (card.asked_in, request.by) if each not in tried]
        if refused.error in _OURS:
            await self._wait(lease, request, card, _LONGEST_WAIT)
        elif refused.error in _GONE and card.ts is not None:
            await self._save(lease, card, {"ts": None, "shown": 0})
        elif card.ts is None and others:
            await self._save(lease, card, {"channel": others[0], "refused_by": (*card.refused_by, card.channel)})
        else:
            await self._refused(lease, request, card, refused)

    async def _save(self, lease: Lease, card: Card, changes: _Changes) -> None:
        """Keeps what was done, and looks again at once. What was posted is kept whatever happened meanwhile."""
        commit = Commit()
        commit.holding(lease)
        after = card.model_copy(update={"version": card.version + 1, "tries": 0, **changes})
        requests.change_card(commit, after, card)
        commit.look(lease.item, self._desk.now)
        self._pace.used(after.channel, self._desk.now)
        try:
            await self._desk.store.commit(commit)
        except ConflictError as conflict:
            fresh = await requests.load_card(self._desk.store, card.number)
            if conflict.check == "lease" or fresh is None or not {"ts", "told"} & changes.keys():
                raise
            await self._save(lease, fresh, _beside(fresh, changes))

    async def _done(self, lease: Lease, request: Request | None = None, card: Card | None = None) -> None:
        """Looks no more, unless the request or what is known of its card has changed meanwhile."""
        commit = Commit()
        commit.holding(lease)
        if request is not None and card is not None:
            commit.expect("version", keys.request(request.number), "v", str(request.version))
            commit.expect("version", keys.card(card.number), "v", str(card.version))
        commit.done(lease.item)
        await self._desk.store.commit(commit)

    async def _wait(self, lease: Lease, request: Request, card: Card, asked: float | None) -> None:
        """Slack is away or busy (`asked`: seconds it asked for): tries again for as long as it takes."""
        if asked is None:
            await self._retry(lease, request, card, min(2.0 ** min(card.tries, 6), _LONGEST_WAIT))
            return
        wait = min(asked, _LONGEST_RETRY_AFTER)
        self._pace.hold(self._desk.now + timedelta(seconds=wait))
        await self._retry(lease, request, card, wait)

    async def _refused(self, lease: Lease, request: Request, card: Card, refused: SlackRefusedError) -> None:
        """Slack will not take it: tries for some minutes, then lets go, for `/flow request N` still tells all."""
        told = card.told or (not request.is_open and await self._told_apart(request))
        if card.tries < _REFUSALS:
            await self._retry(lease, request, card, _LONGEST_WAIT, told=told)
        else:
            _log.error("card of request %s is given up: %s", card.number, refused.error)
            await self._done(lease, request, card)

    async def _told_apart(self, request: Request) -> bool:
        """Whether the requester could be told by a direct message, for the place of the card takes nothing any more."""
        try:
            await self._sender.post(request.by, cards.told(request))
        except SlackError as error:
            _log.warning("%s cannot be told of request %s: %s", request.by, request.number, error)
            return False
        return True

    async def _retry(self, lease: Lease, request: Request, card: Card, wait: float, **changes: object) -> None:
        """Looks again after `wait` seconds; at once when the request has changed meanwhile."""
        commit = Commit()
        commit.holding(lease)
        commit.expect("version", keys.request(request.number), "v", str(request.version))
        tried = card.model_copy(update={"version": card.version + 1, "tries": card.tries + 1, **changes})
        requests.change_card(commit, tried, card)
        commit.look(lease.item, self._desk.store.clock.after(wait))
        await self._desk.store.commit(commit)

    async def _later(self, lease: Lease, at: datetime) -> None:
        commit = Commit()
        commit.holding(lease)
        commit.look(lease.item, at)
        await self._desk.store.commit(commit)


def _can_wait(request: Request, card: Card) -> bool:
    """Whether all that a card has to show is how a change goes on landing; people wait for everything else."""
    watch, told = request.watch, card.told or request.is_open
    if watch is None or watch.state is WatchState.TROUBLED or card.ts is None:
        return False
    return told and requests.news_at(request) == watch.at > request.changed_at


def _beside(card: Card, changes: _Changes) -> _Changes:
    """What a post has changed about a card that has got another message meanwhile: both are painted from now on."""
    if changes.get("ts") is None or card.ts is None:
        return changes
    return {"shown": 0, "others": (*card.others, (changes["channel"], changes["ts"]))}
