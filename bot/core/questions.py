"""Questions about no flow in particular."""

from __future__ import annotations

from typing import Literal

from bot.core.asked import Asked


class ShowStatus(Asked):
    """How a MirrorMaker service is at a glance; `whole`: every one of the project, whatever the channel's default."""

    kind: Literal["status"] = "status"
    whole: bool = False
    page: int = 1
