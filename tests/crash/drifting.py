"""Scenes in which others change a flow behind the bot's back, and the bot crashes."""

from __future__ import annotations

from bot.core.drift import Found
from bot.core.request import State
from bot.store import drifts, flows
from tests.crash.play import Play
from tests.drifting import PLACE, ROUND, WATCHED, ident, reports
from tests.stage import ANN, BOB, EU_US, OPS


async def _drifted(play: Play) -> Found:
    """The service is watched, somebody changes a flow, and it is reported."""
    await play.put(WATCHED)
    play.clock.offset += (ROUND + 31) * 1000

    async def known() -> bool:
        return (await flows.load(play.store, PLACE)).looked_at is not None

    await play.until(known)
    play.aiven.world.change_flow(*EU_US, {"topics": ["orders"]})
    play.clock.offset += (ROUND + 31) * 1000
    (found,) = await play.until(lambda: drifts.load_open(play.store))
    return found


async def _ended(play: Play, found: Found) -> Found:
    """The drift, once it is not open any more and its message shows that."""

    async def ended() -> Found | None:
        now = await drifts.load(play.store, found.id)
        shown = [each for each in reports(play) if ident(each) == found.id and not each.find("adopt")]
        return now if now and now.ended_at and shown else None

    now = await play.until(ended)
    with_buttons = [each for each in play.slack.in_channel(OPS) if each.find("adopt")]
    assert with_buttons == [], "buttons that nobody knows of"
    return now


async def adopt(play: Play) -> None:
    found = await _drifted(play)
    await play.types_until(ANN, f"drift adopt {found.id}")
    now = await _ended(play, found)
    assert (now.state.value, now.by) == ("adopted", ANN)
    play.clock.offset += ROUND * 1000
    await play.settle()
    assert await drifts.load_open(play.store) == []


async def put_back(play: Play) -> None:
    before = play.flow() or {}
    found = await _drifted(play)
    await play.types_until(ANN, f"drift put-back {found.id}")
    await play.clicks_until(BOB, "approve")
    await play.ends(State.APPLIED)
    play.flow_is(topics=before["topics"])
    play.clock.offset += 61_000
    assert (await _ended(play, found)).state.value == "over"
    assert await drifts.load_open(play.store) == []
