"""The way in for handlers: one durable write, and what to say when that fails."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards import answers
from bot.core.canonical import canonical
from bot.core.delivery import Answer, Delivery
from bot.store.inbox import FullError, Inbox, UnstorableError
from bot.store.redis import StoreError

_SECONDS: Final = 2.5
"""Slack waits 3 s for an acknowledgement."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery. `kept`: it is stored, now or before; `told`: what to tell the person at once."""

    kept: bool
    told: Answer | None = None


class Intake:
    """Accepts what people do. Fails closed: what may not have been stored is said not to be accepted."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def accept(self, delivery: Delivery) -> Receipt:
        """Stores a delivery; it is answered later, unless the receipt says something now."""
        try:
            async with asyncio.timeout(_SECONDS):
                fresh = await self._inbox.put(delivery)
        except (StoreError, TimeoutError):
            return Receipt(kept=False, told=_STORE_AWAY)
        except FullError:
            return Receipt(kept=False, told=_FULL)
        except UnstorableError:
            return Receipt(kept=False, told=_UNSTORABLE)
        return Receipt(kept=True, told=None if fresh else _REPEATED)


_STORE_AWAY: Final = answers.trouble(
    "My store does not answer, so I may not have kept your command. Look at /flow requests before you try again."
)
_FULL: Final = answers.trouble(
    "I have more to do than I can keep up with, so I did not take this one. Please try again in a few minutes."
)
_UNSTORABLE: Final = answers.trouble(
    "There is a broken character in that text, so I could not keep it. Please type it again."
)
_REPEATED: Final = answers.trouble("I have this one already; nothing was done twice.")


def identity(headers: Mapping[str, Sequence[str]], body: Mapping[str, object]) -> str:
    """What a repeat of this delivery has in common with it: the signature over HTTP, the payload over Socket Mode."""
    signature = headers.get("x-slack-signature")
    return signature[0].removeprefix("v0=") if signature else hashlib.sha256(canonical(body).encode()).hexdigest()
