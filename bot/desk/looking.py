"""Looks at what is due about requests and grants: each look takes one step, committed under its lease."""

from __future__ import annotations

from datetime import datetime

from bot.core import outcome
from bot.core.request import Request, State
from bot.desk import applying, holding, waiting
from bot.desk.desk import Desk
from bot.desk.turn import Turn
from bot.store import keys, requests
from bot.store.commit import Lease


async def look(desk: Desk, lease: Lease, number: int) -> None:
    """Takes a request one step further. Raises ConflictError when the store moved on, StoreError when it is away."""
    access, policy, (document,) = await desk.access.load_beside(keys.request(number))
    request, turn = requests.read(document), Turn(desk, lease, access, policy)
    if request is None or not request.is_open:
        await turn.done()
    else:
        await step(turn, request)


async def step(turn: Turn, request: Request) -> None:
    """What comes next for a request as it is in the store; if it is not any more, the commit conflicts."""
    if request.state is State.APPLYING:
        await applying.resolve(turn, request)
    elif request.state is State.HOLDING:
        await holding.hold(turn, request)
    elif request.expires_at <= turn.now:
        await turn.move(request, request.ended(State.EXPIRED, turn.now, outcome.expired(request)), "expire")
    elif (at := _waits_for(turn, request)) is not None:
        await turn.later(request, outcome.scheduled(request, at, turn.now))
    elif request.state is State.APPROVED:
        await applying.apply(turn, request)
    else:
        await waiting.wait(turn, request)


def _waits_for(turn: Turn, request: Request) -> datetime | None:
    """The moment that an approved change was asked for, while it has not come; a broken glass waits for nothing."""
    at = request.timing.at
    waits = request.state is State.APPROVED and not request.reverting and not request.is_broken
    return at if waits and at is not None and at > turn.now else None
