"""The scenes of the tour, in their order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import JsonValue

from bot.core.audit import Entry
from bot.sandbox.tour import judgement
from bot.sandbox.tour.guide import Guide
from bot.sandbox.workplace import ADMIN, ANN, BOB, EVE
from bot.store import audit
from bot.store.redis import Store

Scene = Callable[[Guide], Awaitable[None]]

_WAIT_SECONDS: Final = 3
_LATEST: Final = 6
_NEW: Final = "kafka-eu -> kafka-ap"
_OLD: Final = "kafka-eu -> kafka-us"

_POLICY: Final = f"""\
[groups]
sre = ["{BOB}"]
security = ["{EVE}"]

[[rules]]
name = "deleting takes two"
rights = ["flow.delete"]
quorum = {{ any_of = 2, all_of = ["sre", "security"] }}
type_flow = true
"""


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


async def two_people(guide: Guide) -> None:
    """A policy wants two people for a delete, one of each group; nobody counts twice."""
    guide.paper.text(f"\n… sluice policy apply policy.toml, in which stands:\n\n{_POLICY}")
    await guide.work.put_policy(_POLICY)
    await guide.types(ADMIN, "role grant @eve approver on acme-prod/*", "is now")
    number = await guide.asks(ANN, f"delete {_NEW}")
    await guide.types(BOB, f"approve {number}", "type the flow")
    await guide.types(BOB, f"approve {number} {_NEW}", "You approved")
    await guide.types(BOB, f"approve {number} {_NEW}", "counted already")
    await guide.types(EVE, f"approve {number} {_NEW}", "You approved")
    await guide.sees(number, "applied and verified")
    if guide.work.aiven.world.flow("acme-prod", "mm2-eu", "kafka-eu", "kafka-ap") is not None:
        raise AssertionError("the flow is still there")


async def frozen(guide: Guide) -> None:
    """In a freeze what was approved waits, and nothing is sent."""
    await guide.types(ADMIN, "freeze acme-prod/* for 2h the sale is on", "Nothing is applied")
    number = await guide.asks(ANN, f"resume {_OLD}")
    await guide.clicks(BOB, number, "approve")
    await guide.sees(number, "approved, to be applied")
    _expect(guide, "kafka-us", {"enabled": False})


async def break_glass(guide: Guide) -> None:
    """Only break-glass passes: on one person's word, told to everybody, and reviewed by somebody else."""
    await guide.types(ADMIN, "role grant @eve responder on acme-prod/*", "is now")
    await guide.types(EVE, f"update {_OLD} exactly-once=on --break-glass orders arrive twice", "Break the glass")
    number = await guide.confirms(EVE, "break-glass")
    await guide.sees(number, "applied and verified")
    await guide.is_called("broke the glass")
    await guide.types(EVE, f"review {number} it was right", "somebody else")
    await guide.types(BOB, f"review {number} orders did arrive twice", "You closed the review")
    _expect(guide, "kafka-us", {"exactly_once_delivery_enabled": True, "enabled": False})


async def meddled(guide: Guide) -> None:
    """Somebody with a key to the store rewrites who approved; the chain shows it."""
    await guide.types(ADMIN, "audit verify", "is whole")
    async with guide.work.open_store() as store:
        latest = [entry async for entry in audit.entries(store)][-_LATEST:]
        guide.paper.text("\n".join(f"  {entry.seq:>3}  {entry.note.tag}  {entry.note.by}" for entry in latest))
        guide.paper.text("\n… somebody changes an old entry in Redis, by hand: bob's approval becomes eve's …\n")
        kept = [entry async for entry in audit.entries(store)]
        approval = next(entry for entry in kept if entry.note.tag == "button:request:approve")
        forged = replace(approval, text=approval.text.replace(BOB, EVE))
        await _rewrite(store, [forged if entry == approval else entry for entry in kept])
        await guide.types(ADMIN, "audit verify", f"entry {approval.seq} is the first that is wrong")
        await _rewrite(store, kept)


async def _rewrite(store: Store, entries: Sequence[Entry]) -> None:
    """Puts these entries in place of all."""
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.delete(store.keys("audit"))
        for entry in entries:
            fields: dict[Any, Any] = {"previous": entry.previous, "note": entry.text, "hash": entry.hash}
            pipe.xadd(store.keys("audit"), fields, id=f"{entry.seq}-0")
        await pipe.execute()


SCENES: Final[tuple[tuple[str, Scene], ...]] = (
    ("A new flow, with exactly-once delivery on", create),
    ("Exactly-once off, on a flow that exists", off),
    ("And on again, but nobody approves their own request", on_again),
    ("A typo is put right, and a plan that is out of date is not carried out", typo_and_stale),
    ("Aiven is busy", rate_limited),
    ("Two people for a delete", two_people),
    ("A freeze", frozen),
    ("Break-glass, and its review", break_glass),
    ("Somebody meddles with the audit log", meddled),
    ("A wrong alias is put right", judgement.alias_corrected),
    ("Which topics a change is about", judgement.preview),
    ("A loop is stopped", judgement.loop_stopped),
    ("A change is undone", judgement.undone),
    ("A pause for two hours", judgement.for_a_while),
    ("A change that does not settle", judgement.watched),
    ("Somebody changes a flow elsewhere", judgement.drifted),
)


def _path(flow: str) -> str:
    return "replication-flows/" + flow.replace(" -> ", "/")


def _expect(guide: Guide, target: str, wanted: dict[str, object]) -> None:
    """What the card says is true at Aiven."""
    flow = guide.work.aiven.world.flow("acme-prod", "mm2-eu", "kafka-eu", target) or {}
    found = {name: flow.get(name) for name in wanted}
    if found != wanted:
        raise AssertionError(f"Aiven has {found}, not {wanted}")
