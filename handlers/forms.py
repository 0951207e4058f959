"""Forms that were sent: the reason for a denial."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest

from bot.cards.forms import DENY_FORM, REASON_ACTION, REASON_BLOCK
from bot.core.delivery import Delivery, Source
from bot.core.intent import Decide, Verdict
from bot.intake import Intake, identity


def register(app: AsyncApp, intake: Intake) -> None:
    """Takes the form of a denial; it stays open, with the reason kept, when it could not be stored."""

    @app.view(DENY_FORM)
    async def denied(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], req: AsyncBoltRequest) -> None:
        number, _, channel = str(view.get("private_metadata", "")).partition(" ")
        state = (view.get("state") or {}).get("values") or {}
        reason = (state.get(REASON_BLOCK) or {}).get(REASON_ACTION, {}).get("value") or ""
        if not reason.strip():
            await ack(response_action="errors", errors={REASON_BLOCK: "Please say why."})
            return
        user = body.get("user") or {}
        receipt = await intake.accept(Delivery(
            id=identity(req.headers, body), source=Source.FORM,
            team=user.get("team_id") or (body.get("team") or {}).get("id") or "",
            enterprise=(body.get("enterprise") or {}).get("id") or "", user=user.get("id", ""),
            channel=channel, intent=Decide(number=int(number or 0), verdict=Verdict.DENY, reason=reason),
        ))  # fmt: skip
        if receipt.kept or receipt.told is None:
            await ack()
        else:
            await ack(response_action="errors", errors={REASON_BLOCK: receipt.told.text})
