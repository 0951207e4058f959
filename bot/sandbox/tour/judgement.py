"""The scenes of the tour about judgement: what is said before a change, what is watched after it, and the ways back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from bot.aiven.sharing import KEEP
from bot.core.fields import DEFAULT_POLICY, IDENTITY_POLICY
from bot.sandbox.aiven.model import SECRET
from bot.sandbox.tour.guide import Guide
from bot.sandbox.workplace import ADMIN, ANN, BOB, OPS

_FLOW: Final = "kafka-eu -> kafka-us"
_PLACE: Final = ("acme-prod", "mm2-eu", "kafka-eu", "kafka-us")
_HOURS_2: Final = 7200
_LAST_MINUTES: Final = 600
_LOOK: Final = 20
_ROUND: Final = 1000
_LET_IT_LOOK: Final = 1.5

_DRIFT: Final = f"""\
[drift]
services = ["acme-prod/mm2-eu"]
every = "15m"
channel = "{OPS}"
"""


async def alias_corrected(guide: Guide) -> None:
    """Aiven would take a flow whose alias nobody has, and it would copy nothing for ever."""
    await guide.types(ADMIN, "unfreeze acme-prod/*", "no longer frozen")
    await guide.types(ANN, "cancel 7", "You took back")
    await guide.types(ANN, "create kafka-ue -> kafka-ap topics=orders.*", "/flow create kafka-eu -> kafka-ap")
    await guide.types(ANN, "create kafka-eu-prod -> kafka-ap topics=orders.*", "which is `kafka-eu`")


async def preview(guide: Guide) -> None:
    """Which topics a change would add and drop, before anybody asks for it."""
    await guide.types(ANN, f"topics {_FLOW} topics=orders.*,refunds.*", "refunds.requested")


async def loop_stopped(guide: Guide) -> None:
    """Under the Identity policy a flow back would let records go round for ever. Nobody can approve that."""
    world = guide.work.aiven.world
    guide.paper.text("\n… somebody sets the Identity policy on kafka-eu -> kafka-us, in the Aiven console …\n")
    world.change_flow(*_PLACE, {"replication_policy_class": IDENTITY_POLICY, "enabled": True})
    await asyncio.sleep(KEEP)
    number = await guide.asks(ANN, "create kafka-us -> kafka-eu topics=orders.* policy=identity")
    await guide.types(BOB, f"approve {number}", "only breaking the glass can overrule")
    await guide.types(ANN, f"cancel {number}", "You took back")
    world.change_flow(*_PLACE, {"replication_policy_class": DEFAULT_POLICY})


async def undone(guide: Guide) -> None:
    """What a request has changed is taken back by another one, with an approval of its own."""
    number = await guide.asks(ANN, rf"update {_FLOW} topics-=payments\..*")
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "applied and verified")
    await guide.clicks(ANN, number, "undo")
    await guide.sees(number + 1, "waiting for approval")
    await guide.clicks(BOB, number + 1, "approve")
    await guide.sees(number + 1, "applied and verified")


async def for_a_while(guide: Guide) -> None:
    """One approval for a pause and for its end; it is announced before."""
    number = await guide.asks(ANN, f"pause {_FLOW} --for 2h --reason maintenance-of-kafka-us")
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "applied, for a while")
    guide.later(_HOURS_2 - _LAST_MINUTES, "an hour and fifty minutes later")
    await guide.is_called("⏪")
    guide.later(_LAST_MINUTES, "ten minutes later")
    await guide.sees(number, "applied, and taken back")


async def watched(guide: Guide) -> None:
    """After a change the card follows how it lands; here a cluster fails, and whoever asked is called."""
    world = guide.work.aiven.world
    number = await guide.asks(ANN, f"exactly-once off {_FLOW}")
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "applied and verified")
    guide.paper.text("\n… the integration of kafka-us fails …\n")
    world.set_integration(*_PLACE[:2], "kafka-us", "failed", cause="source", errors=["Not authorized"])
    at = guide.work.clock.now() + timedelta(seconds=_LOOK)
    world.add_log(*_PLACE[:2], f"SASL authentication failed password={SECRET}", "err", at.isoformat())
    guide.later(_LOOK, "twenty seconds later")
    await guide.is_called("it is in trouble")
    await guide.reads(number, "Trouble after the change")
    world.set_integration(*_PLACE[:2], "kafka-us", "running")


async def drifted(guide: Guide) -> None:
    """Somebody changes a flow past all approvals; it is noticed, reported once, and put back by a request."""
    guide.paper.text(f"\n… sluice policy apply policy.toml, in which stands:\n\n{_DRIFT}")
    await guide.work.put_policy(_DRIFT)
    guide.later(_ROUND, "a quarter of an hour later")
    await guide.types(BOB, "drift", "None.")
    guide.paper.text("\n… somebody changes the topics of kafka-eu -> kafka-us, in the Aiven console …\n")
    await asyncio.sleep(_LET_IT_LOOK)
    guide.work.aiven.world.change_flow(*_PLACE, {"topics": [".*"]})
    guide.later(_ROUND, "a quarter of an hour later")
    report = await guide.is_called("was changed (topics)")
    number = await guide.asks_by_click(ANN, report, "put-back", "Put it back")
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "applied and verified")
