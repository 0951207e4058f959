"""The scenes of the tour, in their order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from pydantic import JsonValue

from bot.sandbox.tour.guide import Guide
from bot.sandbox.workplace import ADMIN, ANN, BOB

Scene = Callable[[Guide], Awaitable[None]]

_WAIT_SECONDS: Final = 3
_NEW: Final = "kafka-eu -> kafka-ap"
_OLD: Final = "kafka-eu -> kafka-us"


async def create(guide: Guide) -> None:
    """A flow is created with exactly-once on."""
    number = await guide.asks(ANN, f'create {_NEW} topics=orders.* exactly-once=on --reason "Orders in Singapore"')
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "applied and verified")
    await guide.is_told(number, "Applied")
    _expect(guide, "kafka-ap", {"exactly_once_delivery_enabled": True, "enabled": True})


async def off(guide: Guide) -> None:
    """Exactly-once is turned off on the flow that exists now."""
    number = await guide.asks(ANN, f"exactly-once off {_NEW}")
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "applied and verified")
    _expect(guide, "kafka-ap", {"exactly_once_delivery_enabled": False})


async def on_again(guide: Guide) -> None:
    """And on again; but nobody approves their own request, not even an admin."""
    number = await guide.asks(ADMIN, f"exactly-once on {_NEW}")
    await guide.clicks_in_vain(ADMIN, number, "approve", "you asked for it yourself")
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "applied and verified")
    _expect(guide, "kafka-ap", {"exactly_once_delivery_enabled": True})


async def typo_and_stale(guide: Guide) -> None:
    """A typo is answered with a line to paste. Then the flow changes behind the request's back."""
    await guide.types(ANN, f"update {_OLD} exatly-once=on", f"/flow update {_OLD} exactly-once=on")
    number = await guide.asks(ANN, f"update {_OLD} exactly-once=on")
    guide.paper.text("\n… meanwhile somebody adds a topic to the flow in the Aiven console …\n")
    topics: list[JsonValue] = [r"orders\..*", r"payments\..*", r"refunds\..*"]
    guide.work.aiven.world.change_flow("acme-prod", "mm2-eu", "kafka-eu", "kafka-us", {"topics": topics})
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "stale")
    _expect(guide, "kafka-us", {"exactly_once_delivery_enabled": False, "topics": topics})


async def rate_limited(guide: Guide) -> None:
    """Aiven says: too many requests. The wait that it asks for is kept, and then the change is made."""
    guide.work.aiven.fail(method="PUT", path=_path(_OLD), status=429, wait_text_seconds=_WAIT_SECONDS)
    number = await guide.asks(ANN, f"pause {_OLD}")
    await guide.clicks(BOB, number, "approve")
    guide.paper.text(f"\n… Aiven answers 429 and asks for {_WAIT_SECONDS} seconds …\n")
    await guide.sees(number, "applied and verified")
    _expect(guide, "kafka-us", {"enabled": False})


SCENES: Final[tuple[tuple[str, Scene], ...]] = (
    ("A new flow, with exactly-once delivery on", create),
    ("Exactly-once off, on a flow that exists", off),
    ("And on again, but nobody approves their own request", on_again),
    ("A typo is put right, and a plan that is out of date is not carried out", typo_and_stale),
    ("Aiven is busy", rate_limited),
)


def _path(flow: str) -> str:
    return "replication-flows/" + flow.replace(" -> ", "/")


def _expect(guide: Guide, target: str, wanted: dict[str, object]) -> None:
    """What the card says is true at Aiven."""
    flow = guide.work.aiven.world.flow("acme-prod", "mm2-eu", "kafka-eu", target) or {}
    found = {name: flow.get(name) for name in wanted}
    if found != wanted:
        raise AssertionError(f"Aiven has {found}, not {wanted}")
