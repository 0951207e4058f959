"""A server that may lose requests is warned of; one that surely would is not worked with (`tests/faults`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.connecting import connect
from bot.store.fitness import check
from bot.store.redis import StoreError
from tests.servers import free_port, server


@pytest.mark.parametrize(("options", "warned"), [
    (["--appendonly", "yes"], False),
    (["--maxmemory-policy", "volatile-lru", "--appendonly", "yes"], False),
    ([], True),
])  # fmt: skip
async def test_a_server_that_keeps_things(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, options: list[str], warned: bool
) -> None:
    async with server(tmp_path, *options) as port, connect(f"redis://127.0.0.1:{port}/0") as redis:
        await check(redis)
    assert ("no append-only file" in caplog.text) is warned


async def test_a_user_who_may_not_ask_is_warned_and_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    options = ["--user", "bot", "on", ">secret", "~sluice:*", "+@all", "-info"]
    async with server(tmp_path, *options) as port, connect(f"redis://bot:secret@127.0.0.1:{port}/0") as redis:
        await check(redis)
    assert "does not tell what it is" in caplog.text


async def test_a_server_that_is_away_is_not_unfit() -> None:
    async with connect(f"redis://127.0.0.1:{free_port()}/0") as redis:
        with pytest.raises(StoreError):
            await check(redis)
