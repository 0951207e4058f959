"""Forms that were sent: the reason for a denial, what a review found, the name of a flow for an approval."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest

from bot.cards.forms import (
    APPROVE_FORM,
    DENY_FORM,
    NAME_ACTION,
    NAME_BLOCK,
    REASON_ACTION,
    REASON_BLOCK,
    REVIEW_FORM,
)
from bot.core.delivery import Delivery, Source
from bot.core.intent import Decide, Verdict
from bot.intake import Intake, identity


class _Form(NamedTuple):
    """A form with one field: where that is, what to say when it is empty, and what sending it means."""

    block: str
    action: str
    empty: str
    verdict: Verdict


_FORMS: Final = {
    DENY_FORM: _Form(REASON_BLOCK, REASON_ACTION, "Please say why.", Verdict.DENY),
    REVIEW_FORM: _Form(REASON_BLOCK, REASON_ACTION, "Please say what you found.", Verdict.REVIEW),
    APPROVE_FORM: _Form(NAME_BLOCK, NAME_ACTION, "Please type the flow.", Verdict.APPROVE),
}


def register(app: AsyncApp, intake: Intake) -> None:
    """Takes the forms; one stays open, with what was typed, when it could not be stored."""
    for callback in _FORMS:
        app.view(callback)(_taker(intake, _FORMS[callback]))


def _taker(intake: Intake, form: _Form) -> Any:  # noqa: ANN401 - a listener of Bolt's
    async def take(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], req: AsyncBoltRequest) -> None:
        typed = _typed(view, form)
        if not typed.strip():
            await ack(response_action="errors", errors={form.block: form.empty})
            return
        receipt = await intake.accept(_delivery(body, view, form.verdict, typed, identity(req.headers, body)))
        if receipt.kept or receipt.told is None:
            await ack()
        else:
            await ack(response_action="errors", errors={form.block: receipt.told.text})

    return take


def _typed(view: dict[str, Any], form: _Form) -> str:
    values = (view.get("state") or {}).get("values") or {}
    return (values.get(form.block) or {}).get(form.action, {}).get("value") or ""


def _delivery(body: dict[str, Any], view: dict[str, Any], verdict: Verdict, typed: str, ident: str) -> Delivery:
    number, _, channel = str(view.get("private_metadata", "")).partition(" ")
    user = body.get("user") or {}
    return Delivery(
        id=ident, source=Source.FORM, team=user.get("team_id") or (body.get("team") or {}).get("id") or "",
        enterprise=(body.get("enterprise") or {}).get("id") or "", user=user.get("id", ""), channel=channel,
        intent=Decide(number=int(number or 0), verdict=verdict, reason=typed),
    )  # fmt: skip
