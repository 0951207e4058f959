"""The reconciler: leases what is due, looks at it, renews leases meanwhile, and hands back what it holds on a stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from bot.answering import Answerer
from bot.backlog import Backlog
from bot.core.delivery import Delivery
from bot.core.request import Request
from bot.desk import applying, comparing, ending, looking, waiting, watching
from bot.desk.desk import Desk
from bot.desk.turn import Turn
from bot.pace import Pace
from bot.painter import Painter
from bot.postman import Postman
from bot.reporter import Reporter
from bot.sender import Sender
from bot.store import keys
from bot.store.commit import ConflictError, Lease
from bot.store.inbox import Inbox
from bot.store.redis import StoreError

_log: Final = logging.getLogger(__name__)

IDLE_SECONDS: Final = 1.0
"""How often a replica with nothing to do looks for what another one left behind."""

AT_ONCE: Final = 32
_STORE_AWAY_SECONDS: Final = 0.5


class Worker:
    """One per process. `run` ends after `stop`; what comes in by `inbox` it goes on with at once."""

    def __init__(self, desk: Desk, sender: Sender, looked: Callable[[str, str], None], drain_seconds: float) -> None:
        """`looked` hears of each look: the kind of its item, and how it ended.

        `drain_seconds`: how long work in hand may take after a stop.
        """
        self._desk = desk
        self._store = desk.store
        self._looked = looked
        self._answerer = Answerer(desk, sender, self._go_on)
        pace = Pace()
        self._painter = Painter(desk, sender, pace)
        self._postman = Postman(desk, sender, pace)
        self._lookers: dict[str, Callable[[Lease, str], Coroutine[Any, Any, None]]] = {
            "in": lambda lease, _: self._answerer.look(lease, None),
            "work": lambda lease, number: looking.look(desk, lease, int(number)),
            "card": lambda lease, number: self._painter.look(lease, int(number)),
            "say": self._postman.look,
            "watch": lambda lease, number: watching.look(desk, lease, int(number)),
            "review": lambda lease, number: waiting.remind_of_review(desk, lease, int(number)),
            "role": lambda lease, key: ending.look_at_grant(desk, lease, key),
            "drift": lambda lease, path: comparing.look(desk, lease, path),
            "found": Reporter(desk, sender, pace).look,
            keys.SWEEP: lambda lease, _: ending.sweep(desk, lease),
            keys.WITNESS: lambda lease, _: ending.bear_witness(desk, lease),
        }
        self._drain_seconds = drain_seconds
        self._held: dict[asyncio.Task[None], Lease] = {}
        self._bell = asyncio.Event()
        self._stopping = False
        self.inbox = Inbox(self._store, self._take)
        self._backlog = Backlog(
            asyncio.get_running_loop(), self._answer, room=lambda: AT_ONCE - len(self._held),
            busy=lambda: self.inbox.busy, patience=self._store.lease_seconds / 2,
        )  # fmt: skip

    def _take(self, lease: Lease, delivery: Delivery) -> None:
        """Goes on with a delivery that this process has just stored; while stopping it is left to others."""
        if not self._stopping:
            self._backlog.add(lease, delivery)

    def _answer(self, lease: Lease, delivery: Delivery) -> None:
        if not self._stopping:
            self._start(lease, self._answerer.look(lease, delivery))

    def _go_on(self, turn: Turn, request: Request) -> None:
        """Takes a request further that somebody has just decided about; while stopping too, for it is in hand."""
        self._start(turn.lease, looking.step(turn, request))

    def ring(self) -> None:
        """Something may have become due."""
        self._bell.set()

    def stop(self) -> None:
        """Takes nothing new and lets `run` end."""
        self._stopping = True
        self._bell.set()

    async def run(self) -> None:
        """Works until `stop`, then finishes or hands back what it holds."""
        while not self._stopping:
            self._bell.clear()
            wait = await self._claim()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._bell.wait()
        await self._drain()

    async def _claim(self) -> float:
        """Starts looking at what is due; the seconds until it makes sense to ask again."""
        free = AT_ONCE - len(self._held)
        if free <= 0:
            return IDLE_SECONDS
        try:
            leases, wait = await self._store.claim(free)
        except StoreError as error:
            _log.warning("the store does not answer: %s", error)
            return _STORE_AWAY_SECONDS
        for lease in leases:
            self._start(lease, self._look(lease))
        if len(leases) == free:
            return IDLE_SECONDS
        return IDLE_SECONDS if wait is None else min(wait, IDLE_SECONDS)

    async def _look(self, lease: Lease) -> None:
        """Looks at an item; one of a kind that only a newer version knows is left to that one."""
        kind, _, ident = lease.item.partition(":")
        looker = self._lookers.get(kind)
        if looker is None:
            _log.warning("%s: I do not know what this is; a newer version may", lease.item)
        else:
            await looker(lease, ident)

    def _start(self, lease: Lease, looking: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._run_one(lease, looking), name=lease.item)
        self._held[task] = lease
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._held.pop(task, None)
        self.ring()

    async def _run_one(self, lease: Lease, looking: Coroutine[Any, Any, None]) -> None:
        """Looks at one item while its lease is kept. Whatever goes wrong, the item is looked at again."""
        task = asyncio.ensure_future(looking)
        keeper = asyncio.create_task(self._keep(lease, task))
        end = "done"
        try:
            await task
        except ConflictError as conflict:
            end = "lease-lost" if conflict.check == "lease" else "conflict"
            if conflict.check != "lease":
                await self._hand_back(lease)
        except applying.LeaseLostError:
            end = "lease-lost"
            _log.warning("%s: somebody else has it by now", lease.item)
        except comparing.UnreadError:
            end = "aiven-away"
        except StoreError as error:
            end = "store-away"
            _log.warning("%s: the store does not answer: %s", lease.item, error)
        except asyncio.CancelledError:
            end = "stopped" if self._stopping else "lease-lost"
            await self._cancelled(lease, task)
        except Exception as error:  # noqa: BLE001 - one item must not end the worker
            # The lease runs out, and with it the pause before the next try.
            end = "failed"
            _log.error("%s: %s", lease.item, type(error).__name__, exc_info=_log.isEnabledFor(logging.DEBUG))
        finally:
            keeper.cancel()
            self._looked(lease.item.partition(":")[0], end)

    async def _cancelled(self, lease: Lease, task: asyncio.Future[None]) -> None:
        """Either the lease was lost, and the look is off, or we are stopping, and others may go on at once."""
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
        if self._stopping:
            await self._hand_back(lease)

    async def _keep(self, lease: Lease, task: asyncio.Future[None]) -> None:
        """Renews the lease until the look is over; one that is lost, or cannot be renewed in time, ends the look."""
        every = self._store.lease_seconds / 3
        good_until = asyncio.get_running_loop().time() + self._store.lease_seconds
        while True:
            await asyncio.sleep(every)
            asked_at = asyncio.get_running_loop().time()
            try:
                if not await self._store.renew(lease):
                    break
                good_until = asked_at + self._store.lease_seconds
            except StoreError:
                if asyncio.get_running_loop().time() + every >= good_until:
                    break
        task.cancel()

    async def _hand_back(self, lease: Lease) -> None:
        with contextlib.suppress(StoreError):
            await self._store.hand_back(lease)
        self.ring()

    async def _drain(self) -> None:
        """Lets work in hand finish for a while; the rest is handed back to other replicas, or to the next start."""
        if not self._held:
            return
        _, late = await asyncio.wait(list(self._held), timeout=self._drain_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
