"""What goes wrong with Aiven."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.aiven.client import Patience
from bot.core.request import State
from bot.sandbox.aiven.calls import Call
from tests.faults.row import DONE, FLOW, NEW, Row, Strike, types
from tests.stage import EU_US, Stage

APPLIED, FAILED, STALE, UNKNOWN = State.APPLIED, State.FAILED, State.STALE, State.UNKNOWN


def aiven(**fault: Any) -> Strike:  # noqa: ANN401 - as the simulator
    return lambda stage: stage.aiven.fail(method="PUT", path=FLOW, **fault)


def reading(**fault: Any) -> Strike:  # noqa: ANN401 - as the simulator
    return lambda stage: stage.aiven.fail(method="GET", path=FLOW, **fault)


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


def powered_off(stage: Stage) -> None:
    """The MirrorMaker service."""
    stage.aiven.world.service("acme-prod", "mm2-eu").state = "POWEROFF"
    stage.aiven.fail(method="PUT", path=FLOW, status=409, message="Service is not powered on")


async def nobody_listens(stage: Stage, number: int) -> None:
    """The flow could be read, but the write finds no server; after a while it is there again."""
    hold = stage.aiven.hold("GET", FLOW, after=True)
    approving = asyncio.ensure_future(types(stage, number))
    await hold.arrived.wait()
    stopping = asyncio.ensure_future(stage.aiven.stop())
    await asyncio.sleep(0)
    hold.release()
    await asyncio.gather(stopping, approving)
    await stage.quiet()
    await stage.aiven.start()


def overwritten(stage: Stage) -> None:
    """Somebody else writes right after us, before it is read back: our update is lost."""

    def overwrite(call: Call) -> None:
        if call.method == "PUT":
            stage.aiven.world.change_flow(*EU_US, {"exactly_once_delivery_enabled": False, "topics": ["other"]})

    stage.aiven._on_call = overwrite


AIVEN = (
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
    Row(
        "refuses connections at the write",
        lambda _: None,
        APPLIED,
        DONE,
        1,
        "could not be reached",
        approve=nobody_listens,
        announced=1,
    ),
    Row("overwritten by somebody else", overwritten, UNKNOWN, "neither what it was nor what was planned", effects=1),
    Row("the service is powered off", powered_off, FAILED, "Service is not powered on"),
)
