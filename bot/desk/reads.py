"""Several things read at once, within a time; what could not be read is said in sentences, and fails nothing."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.aiven.errors import AivenError

_Answer = TypeVar("_Answer")


class UnseenError(Exception):
    """There is nothing to read from here; the text is a sentence that says why."""


@dataclass(slots=True)
class Part(Generic[_Answer]):
    """One thing to read. `what` stands after `I could not see`; `about`: the alias that it is about."""

    what: str
    task: asyncio.Task[_Answer]
    about: str = ""

    @property
    def error(self) -> BaseException | None:
        """Why there is no answer; None while there may be one."""
        return self.task.exception() if self.task.done() and not self.task.cancelled() else None

    @property
    def answer(self) -> _Answer | None:
        """What was read."""
        if not self.task.done() or self.task.cancelled() or self.error is not None:
            return None
        return self.task.result()


def part(what: str, read: Coroutine[Any, Any, _Answer], about: str = "") -> Part[_Answer]:
    """A part that is on its way; `read` has to follow."""
    return Part(what, asyncio.create_task(read), about)


async def read(parts: Sequence[Part[Any]], patience: float) -> None:
    """Waits for the parts, for so many seconds at most, and leaves none behind. Raises nothing of Aiven's."""
    tasks = [each.task for each in parts]
    try:
        await asyncio.wait(tasks, timeout=patience)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for error in (each.error for each in parts):
        if error is not None and not isinstance(error, AivenError | UnseenError):
            raise error


def unread(parts: Sequence[Part[Any]], patience: float) -> Iterator[str]:
    """What was not read and why, a sentence each; what went wrong in the same way stands together."""
    late = f"Aiven did not answer within {patience:g} s."
    missing: dict[str, list[str]] = defaultdict(list)
    for each in parts:
        if isinstance(each.error, UnseenError):
            yield str(each.error)
        elif each.error is not None or each.task.cancelled():
            missing[late if each.error is None else str(each.error)].append(each.what)
    yield from (f"I could not see {_listed(what)}: {why}" for why, what in missing.items())


def _listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
