"""What people do while the bot crashes: each verb, each way in which a request ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from bot.core.request import State
from bot.core.watching import WatchState
from tests.crash.drifting import adopt, put_back
from tests.crash.play import Play
from tests.stage import ADMIN, ANN, BOB, EVE, OPS

Scene = Callable[[Play], Awaitable[None]]
ON = "exactly-once on kafka-eu -> kafka-us"
PAUSE = "pause kafka-eu -> kafka-us"
FLOW = "replication-flows/kafka-eu/kafka-us"


async def update(play: Play) -> None:
    await play.types_until(ANN, ON)
    await play.clicks_until(BOB, "approve")
    await play.ends(State.APPLIED)
    play.flow_is(exactly_once_delivery_enabled=True)


async def create(play: Play) -> None:
    await play.types_until(ANN, "create kafka-us -> kafka-eu topics=orders.*")
    await play.types_until(BOB, f"approve {(await play.request()).number}")
    await play.ends(State.APPLIED)
    assert play.aiven.world.flow("acme-prod", "mm2-eu", "kafka-us", "kafka-eu")


async def delete(play: Play) -> None:
    await play.types_until(ANN, "delete kafka-eu -> kafka-us")
    await play.clicks_until(BOB, "approve")
    await play.ends(State.APPLIED)
    assert play.flow() is None


async def deny(play: Play) -> None:
    await play.types_until(ANN, PAUSE)
    await play.types_until(BOB, f"deny {(await play.request()).number} not now")
    await play.ends(State.DENIED)
    play.flow_is(enabled=True)


async def cancel(play: Play) -> None:
    await play.types_until(ANN, PAUSE)
    await play.clicks_until(ANN, "cancel")
    await play.ends(State.CANCELLED)


async def expire(play: Play) -> None:
    await play.put('[approval]\ntime_to_live = "5m"\n')
    await play.types_until(ANN, PAUSE)
    await play.request()
    play.clock.offset += 300_000
    await play.ends(State.EXPIRED)


async def two_people(play: Play) -> None:
    await play.put("[approval]\nquorum = 2\n")
    await play.types_until(ANN, PAUSE)
    await play.clicks_until(BOB, "approve")
    await play.clicks_until(ADMIN, "approve")
    await play.ends(State.APPLIED)
    play.flow_is(enabled=False)


async def no_approval(play: Play) -> None:
    await play.put('[[rules]]\nname = "free"\nquorum = 0\n')
    await play.types_until(ANN, PAUSE)
    await play.ends(State.APPLIED)
    play.flow_is(enabled=False)


async def break_glass(play: Play) -> None:
    await play.types_until(ADMIN, "role grant @eve responder on acme-prod/*")
    await play.answered(ADMIN, "@U0EVE> is now")
    await play.types_until(EVE, f"{PAUSE} --break-glass it burns")
    number = (await play.request()).number
    await play.types_until(EVE, f"break-glass {number}")
    await play.ends(State.APPLIED)
    await play.types_until(BOB, f"review {number} it did")

    async def reviewed() -> bool:
        return not (await play.request()).wants_review

    await play.until(reviewed)
    for user in (BOB, ADMIN):
        direct = play.slack.in_channel(play.slack.world.direct(user).id)
        assert any("broke the glass" in each.text for each in direct)


async def give_role(play: Play) -> None:
    await play.put('[[rules]]\nname = "power"\nrights = ["access.manage"]\n')
    await play.types_until(ADMIN, "role grant @eve editor on acme-prod/* for 1h")
    await play.redis.hset(play.store.keys("access"), mapping=await _another_admin(play))
    await play.types_until(BOB, f"approve {(await play.request()).number}")
    await play.ends(State.APPLIED)
    play.clock.offset += 3_600_000

    async def ended() -> bool:
        held = await play.redis.hkeys(play.store.keys("access"))
        return not any(EVE in each for each in held)

    await play.until(ended)


async def _another_admin(play: Play) -> dict[str, str]:
    """BOB is admin too, with no request for it."""
    stored = await play.redis.hgetall(play.store.keys("access"))
    name, text = next((name, text) for name, text in stored.items() if name.startswith(f"grant:{ADMIN} admin"))
    return {name.replace(ADMIN, BOB): text.replace(f'"{ADMIN}"', f'"{BOB}"', 1), "v": str(int(stored["v"]) + 1)}


async def freeze(play: Play) -> None:
    await play.types_until(ADMIN, "freeze acme-prod/* for 10m")
    await play.types_until(ANN, PAUSE)
    await play.clicks_until(BOB, "approve")
    await play.settle()
    assert play.aiven.writes() == []
    play.clock.offset += 600_000
    await play.ends(State.APPLIED)
    play.flow_is(enabled=False)


async def escalate(play: Play) -> None:
    await play.put(
        f'[approval]\nquorum = 2\nsteps = [{{ after = "10m", mention = ["{ADMIN}"], quorum = 1 }}]\n'
    )  # fmt: skip
    await play.types_until(ANN, PAUSE)
    await play.clicks_until(BOB, "approve")
    await play.settle()
    play.clock.offset += 600_000
    await play.ends(State.APPLIED)
    await play.settle()
    called = [each for each in play.slack.in_channel(OPS) if "📣" in each.text]
    assert called


async def policy_changes(play: Play) -> None:
    await play.types_until(ANN, PAUSE)
    await play.request()
    await play.put("[approval]\nquorum = 2\n")
    await play.clicks_until(BOB, "approve")
    await play.clicks_until(ADMIN, "approve")
    await play.ends(State.APPLIED)


async def undo(play: Play) -> None:
    await play.types_until(ANN, PAUSE)
    await play.clicks_until(BOB, "approve")
    await play.ends(State.APPLIED)
    await play.clicks_until(ANN, "undo")
    await play.until(play.undoes)
    await play.clicks_until(BOB, "approve")
    await play.ends(State.APPLIED)
    play.flow_is(enabled=True)


async def for_a_while(play: Play) -> None:
    await play.types_until(ANN, f"{PAUSE} --for 1h")
    await play.clicks_until(BOB, "approve")
    await play.until(lambda: play.is_in(State.HOLDING))
    await play.settle()
    play.clock.offset += 3_100_000
    await play.settle()
    play.clock.offset += 600_000
    await play.ends(State.REVERTED)
    play.flow_is(enabled=True)


async def later(play: Play) -> None:
    at = play.clock.now() + timedelta(hours=1)
    await play.types_until(ANN, f"{PAUSE} --at {at:%Y-%m-%dT%H:%M:%SZ}")
    await play.clicks_until(BOB, "approve")
    await play.settle()
    assert play.aiven.writes() == []
    play.clock.offset += 3_600_000
    await play.ends(State.APPLIED)
    play.flow_is(enabled=False)


async def batch(play: Play) -> None:
    await play.types_until(ANN, f"{PAUSE}, kafka-us -> kafka-ap")
    await play.clicks_until(BOB, "approve")
    await play.ends(State.APPLIED)
    play.flow_is(enabled=False)


async def stale(play: Play) -> None:
    await play.types_until(ANN, ON)
    await play.request()
    play.aiven.world.change_flow("acme-prod", "mm2-eu", "kafka-eu", "kafka-us", {"topics": ["other"]})
    await play.clicks_until(BOB, "approve")
    await play.ends(State.STALE)


async def busy_aiven(play: Play) -> None:
    """The write is refused once with 429, and once answered with 502 after it took effect."""
    play.aiven.fail(method="PUT", path=FLOW, status=429, wait_text_seconds=3)
    play.aiven.fail(method="PUT", path=FLOW, status=502, apply=True)
    await play.types_until(ANN, ON)
    await play.clicks_until(BOB, "approve")
    await play.ends(State.APPLIED)
    play.flow_is(exactly_once_delivery_enabled=True)


async def refused_by_aiven(play: Play) -> None:
    play.aiven.fail(method="PUT", path=FLOW, status=403)
    await play.types_until(ANN, ON)
    await play.clicks_until(BOB, "approve")
    await play.until(play.over)
    play.flow_is(exactly_once_delivery_enabled=(await play.request()).state is State.APPLIED)


async def watch(play: Play) -> None:
    """An integration has failed, so the change does not settle: whoever asked for it is called."""
    play.aiven.world.set_integration("acme-prod", "mm2-eu", "kafka-us", "failed", cause="destination")
    await play.types_until(ANN, ON)
    await play.clicks_until(BOB, "approve")
    await play.ends(State.APPLIED)
    await play.settle(watching=True)
    found = (await play.request()).watch
    assert found is not None
    assert found.state is WatchState.TROUBLED
    called = [each for each in play.slack.in_channel(OPS) if "it is in trouble" in each.text]
    assert len(called) == 1 or (play.crashed_at and len(called) == 2), "sent, and killed before that was known"


async def questions(play: Play) -> None:
    """Whoever asks is answered."""
    for text, words in (
        ("list", "Flows of"), ("show kafka-eu -> kafka-us", "progress"), ("whoami", "You are"), ("requests", "None."),
        ("help", "/flow help"),
    ):  # fmt: skip
        await play.types_until(ANN, text)
        await play.answered(ANN, words)


async def roles_and_defaults(play: Play) -> None:
    await play.types_until(ADMIN, "role grant @eve viewer on acme-prod/*")
    await play.answered(ADMIN, "is now")
    await play.types_until(ADMIN, "role revoke @eve viewer on acme-prod/*")
    await play.answered(ADMIN, "no longer", "does not hold that")
    await play.types_until(ADMIN, "use acme-prod/mm2-eu")
    await play.answered(ADMIN, "now uses")
    held = await play.redis.hkeys(play.store.keys("access"))
    assert not any(EVE in each for each in held)


SCENES: Final[tuple[Scene, ...]] = (
    update, create, delete, deny, cancel, expire, two_people, no_approval, break_glass, give_role, freeze, escalate,
    policy_changes, undo, for_a_while, later, batch, stale, busy_aiven, refused_by_aiven, watch, questions,
    roles_and_defaults, adopt, put_back,
)  # fmt: skip
