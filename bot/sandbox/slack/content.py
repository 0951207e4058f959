"""What a message may consist of: the checks that chat methods, response_urls and acks share."""

from __future__ import annotations

import json
from typing import Any, Final

from bot.sandbox.slack.blocks import (
    MARKDOWN_MAX,
    MESSAGE_TEXT_MAX,
    check_blocks,
    has_several_tables,
    text_length,
)
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.model import Json

TRUNCATED_AT: Final = 40_000
"""docs.slack.dev/reference/methods/chat.postMessage"""

UPDATE_TEXT_MAX: Final = 4000
"""docs.slack.dev/reference/methods/chat.update"""


def read_content(arguments: Json) -> Json:
    """The checked text, blocks, thread_ts and metadata of a message; raises `SlackError` as Slack would refuse."""
    blocks = read_json(arguments.get("blocks"), "invalid_blocks_format")
    text = _text(arguments)
    _check_blocks(blocks)
    if not text and not blocks and not arguments.get("attachments"):
        raise SlackError("no_text")
    metadata = read_json(arguments.get("metadata"), "invalid_metadata_format")
    extra = {"metadata": metadata, "thread_ts": arguments.get("thread_ts")}
    return {
        "text": text[:TRUNCATED_AT],
        "blocks": blocks or [],
        **{key: each for key, each in extra.items() if each},
    }


def check_total(content: Json) -> None:
    """The limit on all blocks of a message together; it holds for chat methods, not for response_urls."""
    if text_length(content["blocks"]) > MESSAGE_TEXT_MAX:
        raise SlackError("msg_blocks_too_long")


def read_json(value: Any, error: str) -> Any:  # noqa: ANN401 - any JSON
    """An argument that may come as JSON or as a string that holds JSON."""
    if not isinstance(value, str) or not value:
        return value or None
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError(error) from None


def _text(arguments: Json) -> str:
    markdown = arguments.get("markdown_text")
    text = arguments.get("text") or ""
    if markdown and (text or arguments.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if markdown and len(markdown) > MARKDOWN_MAX:
        raise SlackError("msg_too_long")
    return str(markdown or text)


def _check_blocks(blocks: Any) -> None:  # noqa: ANN401
    if blocks is None:
        return
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    wrong = check_blocks(blocks)
    if wrong:
        raise SlackError("invalid_blocks", wrong)
    if has_several_tables(blocks):
        raise SlackError("invalid_attachments", ["only_one_table_allowed"])
