"""Messages that are owed to somebody: kept with what they tell of, sent when Slack takes them."""

from __future__ import annotations

from datetime import datetime

from bot.core.delivery import Answer
from bot.core.flow import Frozen
from bot.store import keys
from bot.store.commit import Commit
from bot.store.redis import Store


class Letter(Frozen):
    """A message to a channel or a user (`to`).

    With `thread_of` it goes into the thread of that request's card, where it has one, and shows in the channel too.
    `since`: when it was first owed.
    """

    to: str
    answer: Answer
    thread_of: int | None = None
    since: datetime | None = None
    tries: int = 0


def owe(commit: Commit, ident: str, letter: Letter, now: datetime) -> None:
    """The letter is sent from `now` on; one with the same ident that was not sent yet is replaced."""
    dated = letter.model_copy(update={"since": letter.since or now})
    commit.run("HSET", keys.letter(ident), "v", "1", "doc", dated.model_dump_json())
    commit.look(keys.letter(ident), now)


async def load(store: Store, ident: str) -> Letter | None:
    """A letter that was not sent yet."""
    document = await store.document(keys.letter(ident))
    return None if document is None else Letter.model_validate_json(document)
