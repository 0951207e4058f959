"""THE table of what goes wrong around a change: what becomes of it, what people see, what is sent again, what is kept.

Each row is run: somebody asks, somebody approves, the fault strikes, time passes until it is over.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.aiven.client import Patience
from bot.core.request import Request, State
from bot.settings import Settings
from bot.store import audit, requests
from tests.stage import ANN, BOB, EU_US, OPS, Stage
from tests.wire import Reply, Tripwire, Wire

ON = "exactly-once on kafka-eu -> kafka-us"
NEW = "create kafka-us -> kafka-eu topics=orders.*"
FLOW = "replication-flows/kafka-eu/kafka-us"
APPLIED, FAILED, STALE, UNKNOWN = State.APPLIED, State.FAILED, State.STALE, State.UNKNOWN

Strike = Callable[[Stage], object]


@dataclass(frozen=True)
class Row:
    """`strike` is done after the approval was asked for, before it is given. `sent`: how many writes reached Aiven.

    `says`: what the card shows in the end; `meanwhile`: what it showed on the way.
    """

    name: str
    strike: Strike
    ends: State
    says: str
    sent: int = 1
    meanwhile: str = ""
    text: str = ON


def aiven(**fault: Any) -> Strike:  # noqa: ANN401 - as the simulator
    return lambda stage: stage.aiven.fail(method="PUT", path=FLOW, **fault)


def reading(**fault: Any) -> Strike:  # noqa: ANN401 - as the simulator
    return lambda stage: stage.aiven.fail(method="GET", path=FLOW, **fault)


def slack(method: str, **fault: Any) -> Strike:  # noqa: ANN401 - as the simulator
    return lambda stage: stage.slack.fail(method, **fault)


def impatient(**fault: Any) -> Strike:  # noqa: ANN401 - as the simulator
    """The write hangs for longer than anybody waits."""

    def strike(stage: Stage) -> None:
        assert stage.sluice is not None
        assert stage.sluice._worker is not None
        stage.sluice._worker._desk.aiven._patience = Patience(write=0.05)
        stage.aiven.fail(method="PUT", path=FLOW, **fault)

    return strike


def away(stage: Stage) -> None:
    """Aiven refuses connections, once."""
    stage.aiven.fail(method="GET", path=FLOW, drop="before", times=9)


def changed(stage: Stage) -> None:
    stage.aiven.world.change_flow(*EU_US, {"topics": ["other"]})


def done_by_another(stage: Stage) -> None:
    stage.aiven.world.change_flow(*EU_US, {"exactly_once_delivery_enabled": True})


def deleted(stage: Stage) -> None:
    stage.aiven.world.remove_flow(*EU_US)


def late(stage: Stage) -> None:
    stage.aiven.world.eventual_create = 3


DONE = "Applied, and read back from Aiven as planned."
ROWS = (
    Row("nothing", lambda _: None, APPLIED, DONE),
    Row("400", aiven(status=400, message="0 is less than the minimum"), FAILED, "0 is less than the minimum"),
    Row("401", aiven(status=401), FAILED, "An admin has to renew AIVEN_TOKEN"),
    Row("403", aiven(status=403), FAILED, "does not let my token change the flow"),
    Row("404", aiven(status=404), FAILED, "Aiven found nothing"),
    Row("409", aiven(status=409, message="Service is not powered on"), FAILED, "Service is not powered on"),
    Row("417", aiven(status=417), APPLIED, DONE, 2, "keep reading"),
    Row("429 with a header", aiven(status=429, retry_after_header=7), APPLIED, DONE, 2, "too many calls"),
    Row("429 in words", aiven(status=429, wait_text_seconds=7), APPLIED, DONE, 2, "too many calls"),
    Row("500", aiven(status=500), APPLIED, DONE, 2, "keep reading"),
    Row("500 after it took effect", aiven(status=500, apply=True), APPLIED, DONE),
    Row("501", aiven(status=501), APPLIED, DONE, 2, "keep reading"),
    Row("502", aiven(status=502), APPLIED, DONE, 2, "keep reading"),
    Row("503", aiven(status=503), APPLIED, DONE, 2, "keep reading"),
    Row("504", aiven(status=504), APPLIED, DONE, 2, "keep reading"),
    Row("504 after it took effect", aiven(status=504, apply=True), APPLIED, DONE),
    Row("408 as a page", aiven(status=408, html=True), APPLIED, DONE, 2, "keep reading"),
    Row("503 for ever", aiven(status=503, times=None), FAILED, "", 3, "keep reading"),
    Row("reset before it took effect", aiven(drop="before"), APPLIED, DONE, 2, "keep reading"),
    Row("reset after it took effect", aiven(drop="after"), APPLIED, DONE),
    Row("half an answer", aiven(truncated=True), APPLIED, DONE),
    Row("no JSON", aiven(body=b"{", apply=True), APPLIED, DONE),
    Row("wrong types", aiven(body=b"[]", apply=True), APPLIED, DONE),
    Row("errors in a 200", aiven(errors_in_200=True, apply=True), APPLIED, DONE),
    Row("slow, and done", impatient(delay=0.3, apply=True), APPLIED, DONE),
    Row("slow, and not done", impatient(delay=0.3, drop="before"), UNKNOWN, "", 1, "keep reading"),
    Row("cannot be read before the write", reading(status=503, times=9), APPLIED, DONE, 1, "try again"),
    Row("refuses connections", away, APPLIED, DONE, 1, "try again"),
    Row("changed by somebody else", changed, STALE, "topics changed meanwhile", 0),
    Row("done by somebody else", done_by_another, APPLIED, "", 0),
    Row("deleted meanwhile", deleted, STALE, "", 0),
    Row("created, and not there at once", late, APPLIED, DONE, 1, "", NEW),
    Row("Slack: 429", slack("chat.update", retry_after=5), APPLIED, DONE),
    Row("Slack: 500", slack("chat.update", status=500, times=3), APPLIED, DONE),
    Row("Slack: reset", slack("chat.update", drop="after", times=2), APPLIED, DONE),
    Row("Slack: no JSON", slack("chat.update", body="<html>", times=2), APPLIED, DONE),
    Row("Slack: wrong token", slack("chat.update", error="invalid_auth", times=2), APPLIED, DONE),
    Row("Slack: message gone", slack("chat.update", error="message_not_found"), APPLIED, DONE),
    Row("Slack: message too long", slack("chat.update", error="msg_too_long"), APPLIED, DONE),
    Row("Slack: too late to edit", slack("chat.update", error="edit_window_closed"), APPLIED, DONE),
    Row("Slack: channel gone", slack("chat.update", error="channel_not_found"), APPLIED, DONE),
    Row("Slack: archived", slack("chat.update", error="is_archived"), APPLIED, DONE),
    Row("Slack: put out of the channel", slack("chat.update", error="not_in_channel"), APPLIED, DONE),
    Row("Slack: the result is refused", slack("chat.postMessage", status=503, times=3), APPLIED, DONE),
    Row("Slack: people cannot be looked up", slack("users.info", status=503, times=3), APPLIED, DONE),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_fault_on_the_way(stage: Stage, row: Row) -> None:
    number = await stage.ask(row.text)
    await stage.quiet()
    await stage.advance(61)
    row.strike(stage)
    await stage.slack.command(BOB, OPS, f"/flow approve {number}")
    seen = await over(stage, number)
    request = await requests.load(stage.store, number)
    assert request is not None
    assert request.state is row.ends, request.outcome
    assert row.says in request.outcome
    assert len(stage.aiven.writes()) == row.sent
    assert sum(call.applied for call in stage.aiven.writes()) == int(row.ends is APPLIED and row.sent > 0)
    assert row.meanwhile in seen, seen
    await check_shown(stage, request)
    await check_recorded(stage, request)


async def over(stage: Stage, number: int) -> str:
    """Lets time pass until it has ended and everybody has heard; what the card's notes said on the way."""
    seen = ""
    for _ in range(400):
        await stage.quiet()
        request = await requests.load(stage.store, number)
        seen += f" {request.note}" if request else ""
        if await stage.redis.zrange(stage.store.keys("due"), 0, -1) == ["sweep"]:
            return seen
        await stage.advance(2)
        await stage.store.ping()
    raise AssertionError("it is not over")


async def check_shown(stage: Stage, request: Request) -> None:
    """The requester's message and the card say how it ended, and there is nothing left to click."""
    card = await requests.load_card(stage.store, request.number)
    assert card is not None
    messages = [each for each in stage.slack.messages if (each.channel, each.ts) == (card.channel, card.ts)]
    told = [each for each in stage.slack.messages if f"<@{ANN}> Request {request.number}:" in each.text]
    assert told, "the requester was not told"
    if card.shown == request.version:
        assert [block["type"] for each in messages for block in each.blocks].count("actions") == 0


async def check_recorded(stage: Stage, request: Request) -> None:
    """The audit log is whole and tells what was sent and how it ended."""
    tags = [tag.partition(":")[2] for tag in await stage.tags()]
    assert tags.count("request:send") == max(len(stage.aiven.writes()), 0)
    last = [
        entry.note async for entry in audit.entries(stage.store) if entry.note.subject == f"request/{request.number}"
    ]
    assert last[-1].details.get("state") == request.state


READONLY = b"-READONLY You can't write against a read only replica.\r\n"
OOM = b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"
LOADING = b"-LOADING Valkey is loading the dataset in memory\r\n"
MOVED = b"-MOVED 1 127.0.0.1:1\r\n"
ASK = b"-ASK 1 127.0.0.1:1\r\n"
BUSY = b"-BUSY Valkey is busy running a script.\r\n"
NOPERM = b"-NOPERM this user has no permissions to run the 'evalsha' command\r\n"


class Wired(Stage):
    """A stage whose bot reaches its store over a wire that can answer for it."""

    wire: Wire

    @property
    def settings(self) -> Settings:
        url = f"redis://127.0.0.1:{self.wire.port}/0"
        self._settings["redis_url"] = url
        return super().settings


@pytest.fixture
async def wired(valkey: str, team: str) -> AsyncIterator[Wired]:
    async with Wire("Redis", urlsplit(valkey).path, Tripwire()) as wire:
        made = Wired(valkey, team)
        made.wire = wire
        async with made:
            yield made


@pytest.mark.parametrize("answer", [READONLY, OOM, LOADING, MOVED, ASK, BUSY, NOPERM], ids=lambda each: each.split()[0])
async def test_a_store_that_refuses_a_command_is_told_and_nothing_is_half_done(wired: Wired, answer: bytes) -> None:
    """Who types hears that it may not have been kept; what is in hand goes on when the store is well again."""
    wired.wire.replies.append(Reply(answer, b"EVALSHA", times=3))
    delivery = await wired.slack.command(ANN, OPS, f"/flow {ON}")
    assert "may not have kept your command" in (delivery.text or "")
    wired.wire.replies.clear()
    await wired.quiet()
    number = await wired.ask(ON)
    await wired.slack.command(BOB, OPS, f"/flow approve {number}")
    wired.wire.replies.append(Reply(answer, b"EVALSHA", times=4))
    await over(wired, number)
    request = await requests.load(wired.store, number)
    assert request is not None
    if request.state is State.PENDING:
        await wired.type(BOB, f"approve {number}", "You approved")
        await over(wired, number)
    await wired.card(number, "applied and verified")
    assert len(wired.aiven.writes()) == 1
    await wired.tags()
