"""Forms (modals). Their `private_metadata` holds only the request's number."""

from __future__ import annotations

from typing import Final

from bot.cards import kit
from bot.core.request import Request

DENY_FORM: Final = "deny_form"
REVIEW_FORM: Final = "review_form"
REASON_BLOCK: Final = "reason"
REASON_ACTION: Final = "reason_text"
REASON_MAX: Final = 1000
APPROVE_FORM: Final = "approve_form"
NAME_BLOCK: Final = "flow"
NAME_ACTION: Final = "flow_name"


def deny(request: Request, channel: str) -> kit.Block:
    """The form that asks why a request is denied. `channel`: where the answer goes if there is one to give."""
    field = _input(REASON_BLOCK, REASON_ACTION, "Why? The requester and the channel see this.", multiline=True)
    return _form(DENY_FORM, request, channel, "Deny", field)


def review(request: Request, channel: str) -> kit.Block:
    """The form that asks what a review found."""
    field = _input(REASON_BLOCK, REASON_ACTION, "What did you find? The channel sees this.", multiline=True)
    return _form(REVIEW_FORM, request, channel, "Review", field)


def approve(request: Request, channel: str) -> kit.Block:
    """The form in which an approver types the flow's name, where the policy asks for that."""
    label = f"Type the flow, to be sure: {request.plan.name}"
    return _form(APPROVE_FORM, request, channel, "Approve", _input(NAME_BLOCK, NAME_ACTION, label, multiline=False))


def _form(callback: str, request: Request, channel: str, what: str, field: kit.Block) -> kit.Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": f"{request.number} {channel}",
        "title": kit.plain(f"{what} request {request.number}", 24),
        "submit": kit.plain(what, 24),
        "close": kit.plain("Back", 24),
        "blocks": [field],
    }


def _input(block: str, action: str, label: str, *, multiline: bool) -> kit.Block:
    return {
        "type": "input",
        "block_id": block,
        "label": kit.plain(label, 2000),
        "element": {
            "type": "plain_text_input",
            "action_id": action,
            "multiline": multiline,
            "min_length": 1,
            "max_length": REASON_MAX,
        },
    }
