"""What tests of drift have in common: a service that is watched, changes behind the bot's back, and the reports."""

from __future__ import annotations

import re

from pydantic import JsonValue

from bot.core.drift import State
from bot.sandbox.slack.model import Message
from bot.store import drifts
from tests.stage import EU_US, OPS, Stage

ROUND = 900
PLACE = "acme-prod/mm2-eu"
FLOWS = "/v1/project/acme-prod/service/mm2-eu/mirrormaker/replication-flows"
EVENTS = "/v1/project/acme-prod/events"
WATCHED = f'[drift]\nservices = ["{PLACE}"]\nchannel = "{OPS}"\n'
NEW: dict[str, JsonValue] = {
    "source_cluster": "kafka-us", "target_cluster": "kafka-eu", "enabled": True, "topics": ["refunds"],
}  # fmt: skip


async def looked(stage: Stage, seconds: float = ROUND + 31) -> None:
    """Time passes, and whatever is due by then is done."""
    await stage.advance(seconds)
    for _ in range(8):
        await stage.store.ping()
        await stage.quiet()
        assert stage.sluice is not None
        assert stage.sluice._worker is not None
        stage.sluice._worker.ring()


def reports(stage: Stage) -> list[Message]:
    return [each for each in stage.slack.in_channel(OPS) if each.text.startswith("Drift ") and not each.thread_ts]


async def report(stage: Stage, words: str = "", number: int = 1) -> Message:
    """The only report, or so many of them, the newest once it says this."""

    def found() -> Message | None:
        there = reports(stage)
        return next((each for each in there[-1:] if len(there) == number and words in whole(each)), None)

    return await stage.slack.wait_for(found)


def whole(message: Message) -> str:
    return f"{message.text} {message.blocks}"


def ident(message: Message) -> str:
    return re.sub(r"Drift (\w+):.*", r"\1", message.text, flags=re.DOTALL)


async def drifted(stage: Stage, **changes: JsonValue) -> Message:
    """Somebody changes a flow elsewhere, and it is noticed."""
    stage.aiven.world.change_flow(*EU_US, changes or {"topics": ["orders"]})
    await looked(stage)
    return await report(stage, "Adopt")


async def fate(stage: Stage, message: Message) -> State:
    found = await drifts.load(stage.store, ident(message))
    assert found is not None
    return found.state


async def no(stage: Stage, user: str, words: str) -> None:
    await stage.slack.wait_for(
        lambda: [m for m in stage.slack.ephemeral_to(user) if "⛔" in m.text and words in m.text]
    )
