"""Forms (modals). Their `private_metadata` holds only the request's number."""

from __future__ import annotations

from typing import Final

from bot.cards import kit
from bot.core.request import Request

DENY_FORM: Final = "deny_form"
REASON_BLOCK: Final = "reason"
REASON_ACTION: Final = "reason_text"
REASON_MAX: Final = 1000


def deny(request: Request, channel: str) -> kit.Block:
    """The form that asks why a request is denied. `channel`: where the answer goes if there is one to give."""
    return {
        "type": "modal",
        "callback_id": DENY_FORM,
        "private_metadata": f"{request.number} {channel}",
        "title": kit.plain(f"Deny request {request.number}", 24),
        "submit": kit.plain("Deny", 24),
        "close": kit.plain("Back", 24),
        "blocks": [
            {
                "type": "input",
                "block_id": REASON_BLOCK,
                "label": kit.plain("Why? The requester and the channel see this.", 2000),
                "element": {
                    "type": "plain_text_input",
                    "action_id": REASON_ACTION,
                    "multiline": True,
                    "min_length": 1,
                    "max_length": REASON_MAX,
                },
            }
        ],
    }
