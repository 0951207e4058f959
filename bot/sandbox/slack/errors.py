"""The two kinds of no: Slack's to the app, and the screen's to a person."""

from __future__ import annotations

from collections.abc import Sequence


class SlackError(Exception):
    """Slack refuses a call; `error` is its word for it, `messages` the details that it gives."""

    def __init__(self, error: str, messages: Sequence[str] = ()) -> None:
        super().__init__(error)
        self.error = error
        self.messages = list(messages)


class ImpossibleError(Exception):
    """A person could not have done this: what they would have to click or fill in is not on their screen."""
