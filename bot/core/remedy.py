"""What a person can ask for about drift: to see it, to keep it, or to put it back."""

from __future__ import annotations

from typing import Final, Literal

from bot.core.asked import Asked, Proposing

NO_DRIFT: Final = "?"
"""An id that no drift has."""


class ListDrift(Asked):
    """What others changed, and nobody has decided about."""

    kind: Literal["drift"] = "drift"
    page: int = 1


class AdoptDrift(Asked):
    """Keep what others changed: from now on the flow is known as it is."""

    kind: Literal["adopt-drift"] = "adopt-drift"
    ident: str


class PutBack(Proposing):
    """A request that puts a flow back as it was known."""

    kind: Literal["put-back"] = "put-back"
    ident: str
