"""Sets the stage in a temporary folder, plays the scenes, and tells how to go on."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path
from typing import Final

from bot.sandbox.tour.guide import Guide
from bot.sandbox.tour.keep import keep_running
from bot.sandbox.tour.paper import Paper
from bot.sandbox.tour.scenes import SCENES
from bot.sandbox.workplace import Workplace
from bot.store.embedded import open_embedded

_WENT_WRONG: Final = 1
_INTERRUPTED: Final = 130

_HELLO: Final = """\
This is Sluice at work: the real bot and a durable store, between a simulated Slack and a simulated Aiven account.
ann may edit flows, bob may approve, admin may do both, eve nothing. On the right: the calls that reached Aiven's
API; … stands for /v1/project/acme-prod/service/mm2-eu/mirrormaker."""

_GOODBYE: Final = """
That was the tour. To go on:
  make try ARGS=--keep    leaves all this running on localhost, for your own commands
  sluice serve            the same bot for your own Slack and Aiven; README.md says which variables it needs"""


async def play(*, keep: bool) -> int:
    """Plays the tour; with `keep` it then runs until it is interrupted. The exit code: 0 if all went as it should."""
    me = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, me.cancel if me else lambda: None)
    paper = Paper()
    try:
        with tempfile.TemporaryDirectory(prefix="sluice-try-") as folder:
            return await _play(paper, Path(folder), keep=keep)
    except asyncio.CancelledError:
        paper.text("\nInterrupted.")
        return _INTERRUPTED
    except (TimeoutError, AssertionError) as error:
        paper.text(f"\nThe tour went wrong, please report it: {error}")
        return _WENT_WRONG


async def _play(paper: Paper, folder: Path, *, keep: bool) -> int:
    embedded = await open_embedded(folder)
    try:
        async with Workplace(embedded.url) as work:
            paper.text(_HELLO)
            guide = Guide(work, paper)
            for number, (title, scene) in enumerate(SCENES, 1):
                paper.title(f"{number}. {title}")
                await scene(guide)
            if keep:
                await keep_running(guide)
            else:
                paper.text(_GOODBYE)
    finally:
        await embedded.close()
    return 0
