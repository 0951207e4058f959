"""The whole way on a cluster of three: several workspaces, so that several nodes have a part in it."""

from __future__ import annotations

from bot.store import audit, fitness, gauges
from bot.store.connecting import connect
from tests.stage import ANN, BOB, Stage

ON = "exactly-once on kafka-eu -> kafka-us"


async def test_the_whole_way_on_a_cluster(cluster_url: str) -> None:
    for team in ("TONE", "TTWO", "TTHREE"):
        async with Stage(cluster_url, team) as stage:
            number = await stage.ask(ON)
            await stage.click(BOB, number, "approve")
            await stage.card(number, "applied and verified")
            await stage.type(ANN, "history", "Request 1")
            await stage.quiet()
            assert (await gauges.read(stage.store)).ended == {"applied": 1}
            await stage.tags()
    async with connect(cluster_url) as redis:
        assert {"TONE", "TTHREE", "TTWO"} <= {*await audit.workspaces(redis)}
        await fitness.check(redis)
