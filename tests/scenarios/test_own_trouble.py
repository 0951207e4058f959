"""What breaks in the bot itself: nobody waits for ever for an answer, and nothing is half done."""

from __future__ import annotations

import asyncio

import pytest

from tests.stage import ANN, OPS, Stage


async def test_a_record_that_cannot_be_read_is_tried_again_and_then_told(stage: Stage) -> None:
    await stage.redis.hset(stage.store.keys("req:7"), mapping={"v": "1", "doc": '{"number": 7}'})
    seen = len(stage.slack.ephemeral_to(ANN))
    assert (await stage.slack.command(ANN, OPS, "/flow request 7")).ok
    tries = set()
    async with asyncio.timeout(20):
        while not stage.slack.ephemeral_to(ANN)[seen:]:
            await stage.advance(1)
            item = next(iter(await stage.redis.keys(stage.store.keys("in:*"))), "")
            tries.add(await stage.redis.hget(item, "v") if item else None)
    assert {"3", "4"} <= tries
    assert "nothing was changed: an error of mine (ValidationError)" in stage.slack.ephemeral_to(ANN)[seen].text
    assert (await stage.tags())[-1] == "command:command:stumble.refused"
    await stage.type(ANN, "requests", "None.")


async def test_an_item_that_only_a_newer_version_knows_ends_nobody(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """As in a rolling upgrade: the older replicas leave it alone."""
    await stage.store.redis.zadd(stage.store.keys("due"), {"hologram:1": 1})
    await stage.advance(1)
    await stage.ask("pause kafka-eu -> kafka-us")
    assert "hologram:1: I do not know what this is" in caplog.text
