"""What everything that a person can ask for has in common."""

from __future__ import annotations

from bot.core.flow import Frozen


class Asked(Frozen):
    """What every intent may carry: the place, and whether the answer is for everybody in the channel."""

    project: str | None = None
    service: str | None = None
    public: bool = False


class Proposing(Asked):
    """An intent that becomes a request. `at`: when, as it was typed; `lasting`: for how many seconds."""

    reason: str = ""
    break_glass: str = ""
    dry_run: bool = False
    at: str = ""
    lasting: int | None = None
