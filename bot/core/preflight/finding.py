"""What a look ahead finds about a change, before anybody approves it."""

from __future__ import annotations

from enum import StrEnum

from bot.core.flow import Frozen


class Level(StrEnum):
    """How much a finding weighs: `stop` cannot be approved, `warn` should be read twice, `note` is good to know."""

    STOP = "stop"
    WARN = "warn"
    NOTE = "note"


class Finding(Frozen):
    """One thing to mind. `rule` names the rule that found it, `text` is for a tired person, `link` tells more.

    `breakable`: a *stop* that somebody who may break the glass may overrule. `token`: the alias that is wrong, and
    `closest` the one that was meant, if the rule is about one.
    """

    rule: str
    level: Level
    text: str
    link: str = ""
    breakable: bool = False
    token: str = ""
    closest: str = ""

    @property
    def stops(self) -> bool:
        """Whether it cannot be approved."""
        return self.level is Level.STOP
