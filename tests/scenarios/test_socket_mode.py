"""Socket Mode: the same bot over a websocket that it opens itself."""

from __future__ import annotations

from tests.stage import ANN, BOB, Stage


async def test_the_whole_way_over_socket_mode(valkey: str, team: str) -> None:
    async with Stage(valkey, team, socket_mode=True) as stage:
        assert stage.slack.events_url is None
        number = await stage.ask("exactly-once on kafka-eu -> kafka-us")
        await stage.type(ANN, "exctly-once on a -> b", "Did you mean")
        await stage.click(BOB, number, "deny")
        (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
        await stage.slack.submit(view, {"reason": "later"}, user=BOB)
        await stage.card(number, "denied")
        number = await stage.ask("exactly-once on kafka-eu -> kafka-us")
        await stage.click(BOB, number, "approve")
        await stage.card(number, "applied and verified")
