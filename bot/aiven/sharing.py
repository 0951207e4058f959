"""Reads that people who ask at once share: one call to Aiven serves all of them, and those of the next few seconds.

Only for what is looked at. What is judged just before a write, or verifies one, is read anew: another replica may have
written a moment ago, and nobody here would know.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar

KEEP: Final = 3.0
"""For how many seconds after it was asked an answer serves others."""

_Params = ParamSpec("_Params")
_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class _Asked:
    """A read: under way, or its answer. `at`: when it was asked; `waiting`: how many wait for it."""

    task: asyncio.Task[Any]
    at: float
    waiting: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether it ended without an answer."""
        return self.task.done() and (self.task.cancelled() or self.task.exception() is not None)


class Shared:
    """Reads by what is asked. `now` counts seconds; what comes out is for many, so nobody may change it."""

    def __init__(self, now: Callable[[], float] = time.monotonic, keep: float = KEEP) -> None:
        self._now = now
        self._keep = keep
        self._asked: dict[Hashable, _Asked] = {}

    async def ask(
        self,
        call: Callable[_Params, Coroutine[Any, Any, _Answer]],
        *args: _Params.args,
        **kwargs: _Params.kwargs,
    ) -> _Answer:
        """What `call` answers to these arguments, asked by us or a moment ago by somebody else. Raises what it raises.

        A failure goes to all who wait for it, and to nobody after them.
        """
        self._drop_old()
        key = (call, args, tuple(sorted(kwargs.items())))
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = _Asked(asyncio.create_task(call(*args, **kwargs)), self._now())
        answer: _Answer = await self._wait(key, asked)
        return answer

    def forget(self) -> None:
        """What was asked before now serves nobody who asks from now on; those who wait get their answer."""
        self._asked.clear()

    def _drop_old(self) -> None:
        now = self._now()
        self._asked = {key: asked for key, asked in self._asked.items() if self._serves(asked, now)}

    def _serves(self, asked: _Asked, now: float) -> bool:
        return not asked.task.done() or (not asked.is_bad and now - asked.at < self._keep)

    async def _wait(self, key: Hashable, asked: _Asked) -> Any:  # noqa: ANN401 - the type is the caller's
        """The answer. Who stops waiting stops nobody else; when nobody waits any more, the call is off."""
        asked.waiting += 1
        try:
            return await asyncio.shield(asked.task)
        finally:
            asked.waiting -= 1
            if not asked.waiting and not asked.task.done():
                asked.task.cancel()
                if self._asked.get(key) is asked:
                    del self._asked[key]
