"""The store goes away and comes back: what may not have been kept is said not to be accepted, and then all goes on."""

from __future__ import annotations

from pathlib import Path

import httpx

from bot.store.connecting import connect
from bot.store.embedded import open_embedded
from tests.stage import ANN, BOB, Stage


async def end(url: str) -> None:
    """Ends the server as its own signal would."""
    redis = connect(url)
    await redis.shutdown()
    await redis.aclose()


async def ready(stage: Stage) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(stage.events_url.replace("/slack/events", "/readyz"))).text


async def test_while_the_store_is_away_nothing_is_accepted_and_then_all_goes_on(tmp_path: Path, team: str) -> None:
    embedded = await open_embedded(tmp_path)
    async with Stage(embedded.url, team) as stage:
        number = await stage.ask("pause kafka-eu -> kafka-us")
        await stage.quiet()
        await end(embedded.url)
        await stage.type(ANN, "resume kafka-eu -> kafka-us", "My store does not answer, so I may not have kept")
        click = await stage.click(BOB, number, "approve")
        assert not click.ok
        assert await ready(stage) == "the store does not answer"

        again = await open_embedded(tmp_path)
        assert await ready(stage) == "ok"
        await stage.type(BOB, f"approve {number}", "You approved")
        await stage.card(number, "applied and verified")
        assert stage.writes() == ['PUT {"enabled": false} 200']
        await stage.stop()
    await again.close()
    await embedded.close()


async def test_a_form_that_could_not_be_stored_stays_open_with_what_was_typed(tmp_path: Path, team: str) -> None:
    embedded = await open_embedded(tmp_path)
    async with Stage(embedded.url, team) as stage:
        number = await stage.ask("pause kafka-eu -> kafka-us")
        await stage.click(BOB, number, "deny")
        (view,) = await stage.slack.wait_for(lambda: stage.slack.views.get(BOB))
        await end(embedded.url)
        sent = await stage.slack.submit(view, {"reason": "Not now"}, user=BOB)
        assert "My store does not answer" in str(sent.text)
        again = await open_embedded(tmp_path)
        assert (await stage.slack.submit(view, {"reason": "Not now"}, user=BOB)).ok
        await stage.card(number, "Denied: Not now")
        await stage.stop()
    await again.close()
    await embedded.close()
