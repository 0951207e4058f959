"""Answers what people did: runs the use case, commits its result with the answer, delivers the answer.

The answer is stored before it is sent, so a crash in between sends it again rather than never. Fails closed: when
Aiven or the store cannot be read, nothing is asked for; an accepted change is tried again for some minutes first.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from bot.aiven.errors import AivenError, RateLimitedError, UnavailableError
from bot.cards import answers
from bot.core.asked import Proposing
from bot.core.delivery import Answer, Delivery
from bot.core.intent import AskReason, Decide, Undo
from bot.core.people import Person, UnsureError
from bot.core.request import Request
from bot.desk import asking
from bot.desk.desk import AnswerError, Case, Desk, Handled
from bot.desk.turn import Turn
from bot.desk.use_cases import USE_CASES
from bot.sender import Sender, SlackAwayError, SlackRefusedError
from bot.store import keys, requests
from bot.store.commit import Commit, ConflictError, Lease
from bot.store.redis import StoreError
from bot.store.requests import Card

_log: Final = logging.getLogger(__name__)

_AIVEN_TRIES: Final = 6
_SLACK_TRIES: Final = 20
_OWN_TRIES: Final = 3
_LONGEST_WAIT: Final = 60.0


class Answerer:
    """Looks at the `in:ID` items."""

    def __init__(self, desk: Desk, sender: Sender, go_on: Callable[[Turn, Request], None]) -> None:
        """`go_on` takes a request further, under a lease of its own."""
        self._desk = desk
        self._sender = sender
        self._go_on = go_on

    async def look(self, lease: Lease, delivery: Delivery | None) -> None:
        """Deals with a delivery (None: it is read from the store). Raises ConflictError when the store moved on."""
        delivery = delivery or await self._load(lease)
        if delivery is None:
            await self._forget(lease)
            return
        if delivery.answer is None:
            access, policy, records = await self._desk.access.load_beside(*_about(delivery.intent))
            case = Case(self._desk, delivery, access, policy, Person(delivery.user), self._desk.now, *_read(records))
            handled = await self._handle(lease, case)
            if handled is None:
                return
            delivery = await self._commit(lease, case, handled)
        await self._deliver(lease, delivery)

    async def _load(self, lease: Lease) -> Delivery | None:
        document = await self._desk.store.document(lease.item)
        return None if document is None else Delivery.model_validate_json(document)

    async def _handle(self, lease: Lease, case: Case) -> Handled | None:
        """What comes of it; None when it was put off."""
        try:
            return await self._handled(case)
        except AnswerError as answered:
            return Handled(answered.answer)
        except AivenError as error:
            return await self._aiven_trouble(lease, case.delivery, error)
        except UnsureError as unsure:
            return await self._unsure(lease, case, unsure)
        except (StoreError, ConflictError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever breaks, the person hears of it
            return await self._stumbled(lease, case, error)

    async def _handled(self, case: Case) -> Handled:
        """Who it is comes first: strangers, guests, bots and deactivated accounts get no further."""
        delivery, what = case.delivery, "I cannot do that for you"
        if self._desk.teams.isdisjoint({delivery.team, delivery.enterprise}):
            return case.refuse(f"team/{delivery.team}", "enter", what, "you are not of my workspace")
        people = await self._desk.people([delivery.user], case.access, case.policy)
        case = replace(case, person=people[delivery.user])
        if case.person.barred:
            return case.refuse(f"user/{case.user}", "enter", what, case.person.barred)
        return await USE_CASES[type(delivery.intent)](case, delivery.intent)

    async def _stumbled(self, lease: Lease, case: Case, error: Exception) -> Handled | None:
        """An error of ours: tried again, for another replica may do better, and then told. Nothing was committed."""
        kind = type(error).__name__
        _log.error("%s: %s", lease.item, kind, exc_info=_log.isEnabledFor(logging.DEBUG))
        if case.delivery.tries < _OWN_TRIES:
            await self._put_off(lease, case.delivery, 2.0**case.delivery.tries)
            return None
        why = f"an error of mine ({kind}), which whoever runs me finds in the log"
        return case.refuse("command", "stumble", "I could not do that, and nothing was changed", why)

    async def _aiven_trouble(self, lease: Lease, delivery: Delivery, error: AivenError) -> Handled | None:
        """A change that was asked for waits for Aiven; a question is answered with what is wrong."""
        passing = isinstance(error, UnavailableError | RateLimitedError)
        if not (passing and isinstance(delivery.intent, Proposing) and delivery.tries < _AIVEN_TRIES):
            return Handled(asking.trouble(error))
        wait = getattr(error, "wait", None) or min(2.0 ** (delivery.tries + 1), _LONGEST_WAIT)
        if delivery.tries == 0:
            words = answers.trouble(f"{error} Your command is kept; I try again in {max(1, round(wait))} s.")
            await self._say_meanwhile(delivery, words)
        await self._put_off(lease, delivery, wait)
        return None

    async def _unsure(self, lease: Lease, case: Case, unsure: UnsureError) -> Handled | None:
        """Fails closed: nothing is decided for somebody of whom it is not known who they are."""
        if case.delivery.tries < _AIVEN_TRIES:
            await self._put_off(lease, case.delivery, min(2.0 ** (case.delivery.tries + 1), _LONGEST_WAIT))
            return None
        return case.refuse(f"user/{case.user}", "enter", "I could not do that, and nothing was changed", str(unsure))

    async def _say_meanwhile(self, delivery: Delivery, words: Answer) -> None:
        """A word before the answer; the work does not wait for it."""
        try:
            await self._send(delivery, words)
        except SlackAwayError as away:
            _log.info("%s was not told to wait: %s", delivery.user, away)

    async def _commit(self, lease: Lease, case: Case, handled: Handled) -> Delivery:
        """The delivery with its answer; stored, with whatever else the use case commits, when there is anything."""
        delivery = case.delivery
        if handled.form is not None and await self._opened(delivery, handled):
            handled = Handled(None)
        answer = handled.answer or Answer(text="")
        answered = delivery.model_copy(update={
            "version": delivery.version + 1, "answer": answer.model_copy(update={"public": delivery.intent.public}),
        })  # fmt: skip
        if handled.commit is not None:
            handled.commit.holding(lease)
            handled.commit.put(lease.item, answered, version=answered.version, was=delivery.version)
            await self._carry_out(case, handled.commit, handled.goes_on)
        return answered

    async def _carry_out(self, case: Case, commit: Commit, request: Request | None) -> None:
        """Commits, and goes on with the request that is to be taken further, whose lease comes with the commit."""
        store = self._desk.store
        if request is not None:
            commit.seize(keys.work(request.number), store.clock.after(store.lease_seconds))
        leases = await store.commit(commit)
        if request is not None:
            self._go_on(Turn(self._desk, leases[0], case.access, case.policy), request)

    async def _opened(self, delivery: Delivery, handled: Handled) -> bool:
        if handled.form is None or not delivery.trigger:
            return False
        try:
            await self._sender.open_form(delivery.trigger, handled.form)
        except (SlackAwayError, SlackRefusedError) as error:
            _log.info("form not opened: %s", error)
            return False
        return True

    async def _deliver(self, lease: Lease, delivery: Delivery) -> None:
        answer = delivery.answer
        try:
            if answer is not None and answer.text:
                await self._send(delivery, answer)
        except SlackAwayError as away:
            if delivery.tries < _SLACK_TRIES:
                await self._put_off(lease, delivery, away.wait or min(2.0**delivery.tries, _LONGEST_WAIT))
                return
            _log.warning("answer to %s given up: %s", delivery.user, away)
        await self._forget(lease)

    async def _send(self, delivery: Delivery, answer: Answer) -> None:
        """By the response_url; when that cannot be used as a message that only this person sees, or as a DM.

        Raises SlackAwayError when none of them worked and a later try may.
        """
        away: SlackAwayError | None = None
        ways: list[tuple[str, Callable[[], Awaitable[object]]]] = [
            (delivery.response_url, lambda: self._sender.respond(
                delivery.response_url, answer, replace=delivery.replace)),
            (delivery.channel, lambda: self._sender.whisper(delivery.channel, delivery.user, answer)),
            (delivery.user, lambda: self._sender.post(delivery.user, answer)),
        ]  # fmt: skip
        for way in (way for known, way in ways if known):
            try:
                await way()
            except SlackRefusedError as refused:
                _log.info("answer to %s refused: %s", delivery.user, refused.error)
            except SlackAwayError as error:
                away = error
            else:
                return
        if away is not None:
            raise away

    async def _put_off(self, lease: Lease, delivery: Delivery, seconds: float) -> None:
        later = delivery.model_copy(update={
            "version": delivery.version + 1, "tries": delivery.tries + 1, "since": delivery.since or self._desk.now,
        })  # fmt: skip
        commit = Commit()
        commit.holding(lease)
        # What the last step did not commit (an answer to a question) is simply made again.
        commit.run("HSET", lease.item, "v", str(later.version), "doc", later.model_dump_json())
        commit.look(lease.item, self._desk.store.clock.after(seconds))
        await self._desk.store.commit(commit)

    async def _forget(self, lease: Lease) -> None:
        commit = Commit()
        commit.holding(lease)
        commit.run("DEL", lease.item)
        commit.done(lease.item)
        await self._desk.store.commit(commit)


def _about(intent: object) -> tuple[str, ...]:
    """The records that are needed for this: those of the request that somebody decides about."""
    if not isinstance(intent, Decide | AskReason | Undo):
        return ()
    return keys.request(intent.number), keys.card(intent.number)


def _read(records: list[str | None]) -> tuple[Request | None, Card | None]:
    """A request and its card, out of their records if those were read."""
    request, card = records or (None, None)
    return requests.read(request), requests.read_card(card)
