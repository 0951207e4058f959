"""A running Aiven simulator with the tour's account, and a client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.aiven import AivenSimulator, demo_world


@pytest.fixture
async def aiven() -> AsyncIterator[AivenSimulator]:
    """The simulator, started."""
    async with AivenSimulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
async def api(aiven: AivenSimulator) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that knows the address and the token."""
    headers = {"authorization": f"aivenv1 {aiven.access.token}", "user-agent": "test/1"}
    async with httpx.AsyncClient(base_url=aiven.base_url, headers=headers, timeout=5) as client:
        yield client
