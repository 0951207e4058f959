"""What a person did in Slack, as it is kept until it is answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from bot.core.flow import Frozen
from bot.core.intent import Intent


class Source(StrEnum):
    """How it came to us; the first part of an audit tag."""

    COMMAND = "command"
    BUTTON = "button"
    FORM = "form"


class Answer(Frozen):
    """A message for one person, or for the channel. `text` says all that the blocks say, for notifications."""

    text: str
    blocks: tuple[dict[str, JsonValue], ...] = ()
    public: bool = False


class Delivery(Frozen):
    """Something that a person did. `id` is the same for a repeat of it; `typed` is the text as Slack sent it.

    `team` is the workspace of the person, `enterprise` the organisation, where there is one. `message` is the timestamp
    of the message that was clicked, `block` the block in it; `replace`: the answer takes its place. `answer` is set
    once it has been dealt with. `since`: when it was first dealt with, if that had to be put off.
    """

    id: str
    version: int = 1
    source: Source
    team: str
    enterprise: str = ""
    user: str
    channel: str
    intent: Intent
    typed: str = ""
    response_url: str = ""
    trigger: str = ""
    message: str = ""
    block: str = ""
    replace: bool = False
    tries: int = 0
    since: datetime | None = None
    answer: Answer | None = None
