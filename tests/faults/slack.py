"""What goes wrong with Slack: its Web API, its deliveries, its websocket."""

from __future__ import annotations

import time
from typing import Any

from bot.core.request import State
from bot.sandbox.slack.delivery import sign
from bot.sandbox.slack.sockets import Reason
from tests.faults.row import DONE, On, Row, Strike
from tests.stage import ANN, BOB, OPS, Stage

APPLIED, CANCELLED, DENIED = State.APPLIED, State.CANCELLED, State.DENIED


def slack(method: str, **fault: Any) -> Strike:  # noqa: ANN401 - as the simulator
    return lambda stage: stage.slack.fail(method, **fault)


def nothing(_: Stage) -> None:
    """The fault is in what is delivered."""


async def clicks(stage: Stage, number: int) -> None:
    await stage.click(BOB, number, "approve")


async def delivered_again(stage: Stage, number: int) -> None:
    """The very same click, signed alike, four times."""
    first = await stage.click(BOB, number, "approve")
    assert first.parcel is not None
    raw, now = first.parcel.body(), int(time.time())
    signature = sign(stage.slack.workspace.signing_secret, now, raw)["X-Slack-Signature"]
    assert all([(await stage.slack.deliver(raw, timestamp=now, signature=signature)).ok for _ in range(3)])


async def clicked_again(stage: Stage, number: int) -> None:
    """Three clicks on the same button, each a delivery of its own."""
    card = await stage.card(number, "waiting for approval")
    for _ in range(3):
        await stage.slack.click(BOB, card, "approve")


async def overtaken(stage: Stage, number: int, first: tuple[str, str], ends: str, then: tuple[str, str]) -> None:
    """Somebody clicks, and it ends so; the card of somebody else still had its buttons, and they click too."""
    card = await stage.card(number, "waiting for approval")
    blocks = list(card.blocks)
    await stage.slack.click(first[0], card, first[1])
    await stage.card(number, ends)
    card.blocks = blocks
    await stage.slack.click(then[0], card, then[1])


async def overtaken_by_cancel(stage: Stage, number: int) -> None:
    """The requester took it back first."""
    await overtaken(stage, number, (ANN, "cancel"), "taken back", (BOB, "approve"))


async def overtaken_by_approve(stage: Stage, number: int) -> None:
    """The click on Cancel comes when it is applied already."""
    await overtaken(stage, number, (BOB, "approve"), "applied and verified", (ANN, "cancel"))


async def denies_by_form(stage: Stage, number: int) -> None:
    """The form does not open, so the line is typed that is told instead."""
    await stage.click(BOB, number, "deny")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(BOB) if "/flow deny" in m.text])
    await stage.slack.command(BOB, OPS, f"/flow deny {number} later")


def disconnected(reason: Reason | None) -> Strike:
    """The websocket is closed for this reason, or cut off."""

    async def strike(stage: Stage) -> None:
        opened = len(stage.slack.calls_of("apps.connections.open"))
        await (stage.slack.drop_sockets() if reason is None else stage.slack.disconnect(reason))
        await stage.slack.wait_for(
            lambda: len(stage.slack.calls_of("apps.connections.open")) > opened and stage.slack.connections == 1
        )

    return strike


def impatient(stage: Stage) -> None:
    """Slack takes longer than we wait, for a repaint and for the result."""
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    stage.sluice._worker._painter._sender._client.timeout = 1  # type: ignore[assignment] # whole seconds
    for method in ("chat.update", "chat.postMessage"):
        stage.slack.fail(method, delay=1.3, times=1)


SLACK = (
    Row("Slack: 429", slack("chat.update", retry_after=5), APPLIED, DONE),
    Row("Slack: 500", slack("chat.update", status=500, times=3), APPLIED, DONE),
    Row("Slack: reset", slack("chat.update", drop="after", times=2), APPLIED, DONE),
    Row("Slack: does not answer in time", impatient, APPLIED, DONE),
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
    Row("Slack: the card is refused at first", slack("chat.update", error="invalid_blocks"), APPLIED, DONE),
    Row("Slack: response_url expired", slack("response_url", status=404, error="expired_url"), APPLIED, DONE),
    Row(
        "Slack: response_url and channel refuse",
        lambda stage: (
            slack("response_url", status=404, error="expired_url")(stage),
            slack("chat.postEphemeral", error="user_not_in_channel")(stage),
        ),
        APPLIED,
        DONE,
    ),
    Row(
        "Slack: trigger expired",
        slack("views.open", error="expired_trigger_id"),
        DENIED,
        "Denied: later",
        0,
        told="Please type",
        approve=denies_by_form,
    ),
    Row(
        "Slack: trigger expired, as the guide spells it",
        slack("views.open", error="trigger_expired"),
        DENIED,
        "Denied: later",
        0,
        told="Please type",
        approve=denies_by_form,
    ),
    Row(
        "Slack: trigger used twice",
        slack("views.open", error="exchanged_trigger_id"),
        DENIED,
        "Denied: later",
        0,
        told="Please type",
        approve=denies_by_form,
    ),
    Row("a delivery comes again", nothing, APPLIED, DONE, told="", approve=delivered_again),
    Row("three clicks", nothing, APPLIED, DONE, told="", approve=clicked_again),
    Row(
        "a cancel overtakes the approval",
        nothing,
        CANCELLED,
        "Taken back",
        0,
        told="it is cancelled",
        approve=overtaken_by_cancel,
    ),
    Row("an approval overtakes the cancel", nothing, APPLIED, DONE, told="", approve=overtaken_by_approve),
    Row("Socket Mode", nothing, APPLIED, DONE, told="", approve=clicks, on=On.SOCKET),
    Row("Socket Mode: a warning", disconnected("warning"), APPLIED, DONE, told="", approve=clicks, on=On.SOCKET),
    Row(
        "Socket Mode: a refresh",
        disconnected("refresh_requested"),
        APPLIED,
        DONE,
        told="",
        approve=clicks,
        on=On.SOCKET,
    ),
    Row(
        "Socket Mode: the link is disabled",
        disconnected("link_disabled"),
        APPLIED,
        DONE,
        told="",
        approve=clicks,
        on=On.SOCKET,
    ),
    Row(
        "Socket Mode: too many websockets",
        disconnected("too_many_websockets"),
        APPLIED,
        DONE,
        told="",
        approve=clicks,
        on=On.SOCKET,
    ),
    Row("Socket Mode: cut off", disconnected(None), APPLIED, DONE, told="", approve=clicks, on=On.SOCKET),
)
