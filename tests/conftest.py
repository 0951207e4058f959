"""Fixtures shared by all tests: a real Valkey for each test process, and the stage that scenarios play on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.embedded import open_embedded
from tests.stage import Stage

_teams = itertools.count(1)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server; tests share it, each in a workspace of its own."""
    folder = Path(tmp_path_factory.mktemp("valkey"))
    embedded = asyncio.run(open_embedded(folder))
    yield embedded.url
    asyncio.run(embedded.close())


@pytest.fixture
def team() -> str:
    """A workspace that no other test has."""
    return f"T{next(_teams):05}"


@pytest.fixture
async def stage(valkey: str, team: str) -> AsyncIterator[Stage]:
    """Slack, Aiven and the real bot, on loopback."""
    async with Stage(valkey, team) as made:
        yield made
