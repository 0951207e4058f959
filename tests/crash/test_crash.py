"""Every scene, with a crash at one call after the other: before it arrives, and after it did.

Between two calls to the outside nothing happens that outlives the process, so these are all the crashes that there are.
In the suite a part of them; all of them with `make crash`.
"""

from __future__ import annotations

import itertools
import os
import traceback

import pytest

from tests.crash.play import Play
from tests.crash.scenes import SCENES, Scene
from tests.wire import Tripwire

ALL = os.environ.get("SLUICE_CRASH") == "all"
A_FEW = 4
"""Of each scene in the suite."""

_teams = itertools.count(1)


async def play(valkey: str, team: str, scene: Scene, tripwire: Tripwire) -> Play:
    async with Play(valkey, f"{team}N{next(_teams)}", tripwire) as stage:
        await scene(stage)
        await stage.check()
        return stage


def points(calls: int, scene: Scene) -> list[tuple[int, bool]]:
    """Where to crash: everywhere, or at a few places that are others for each scene."""
    every = [(at, after) for at in range(1, calls + 1) for after in (False, True)]
    step = max(1, len(every) // A_FEW)
    return every if ALL else every[len(scene.__name__) % step :: step]


@pytest.mark.timeout(3000 if ALL else 120)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_a_crash_at_any_call_breaks_no_promise(valkey: str, team: str, scene: Scene) -> None:
    whole = Tripwire()
    await play(valkey, team, scene, whole)
    broken = []
    for at, after in points(len(whole.calls), scene):
        tripwire = Tripwire(at, after)
        try:
            await play(valkey, team, scene, tripwire)
        except (AssertionError, TimeoutError):
            where = f"{'after' if after else 'before'} call {at}, {tripwire.calls[-1]}"
            broken.append(f"{where}\n{traceback.format_exc(limit=-4)}")
    assert not broken, f"{len(broken)} broken\n" + "\n".join(broken[:8])
