"""Fixtures that several scenarios share."""

from __future__ import annotations

import pytest

from bot.store import flows
from tests.drifting import PLACE, WATCHED, looked
from tests.stage import Stage


@pytest.fixture
async def watched(stage: Stage) -> Stage:
    """The service is watched, and its flows are known."""
    await stage.put_policy(WATCHED)
    await looked(stage)
    assert (await flows.load(stage.store, PLACE)).looked_at is not None
    return stage
