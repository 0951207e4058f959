"""Slack's check of blocks and views: which ones it takes, with its limits (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from bot.sandbox.slack.elements import (
    ACTION_ID,
    IMAGE_ELEMENT,
    IMAGE_FIELDS,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    URL,
)
from bot.sandbox.slack.model import Json, parts
from bot.sandbox.slack.rules import (
    ANYTHING,
    BOOL,
    ByType,
    Errors,
    Many,
    Number,
    OneOf,
    Rule,
    Shape,
    Str,
    Text,
    at,
)

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
MARKDOWN_MAX: Final = 12_000
"""Of all markdown blocks of a message together."""

MESSAGE_TEXT_MAX: Final = 12_000
"""Characters in all blocks of a message; above it `msg_blocks_too_long`. Undocumented: a maintainer named it in
slackapi/bolt-js#2509, with some room for the blocks themselves, so the real border lies a little higher."""

_WORDS: Final = Str(MESSAGE_TEXT_MAX)
_STYLE: Final = Shape(dict.fromkeys(("bold", "italic", "strike", "code", "underline"), BOOL))
_STYLED: Final[dict[str, Rule]] = {"style": _STYLE}
_INLINE: Final = ByType(
    {
        "text": Shape({"text": _WORDS, **_STYLED}, ("text",)),
        "link": Shape({"url": URL, "text": _WORDS, "unsafe": BOOL, **_STYLED}, ("url",)),
        "user": Shape({"user_id": Str(255), **_STYLED}, ("user_id",)),
        "channel": Shape({"channel_id": Str(255), **_STYLED}, ("channel_id",)),
        "usergroup": Shape({"usergroup_id": Str(255), **_STYLED}, ("usergroup_id",)),
        "emoji": Shape({"name": Str(255), "unicode": Str(255), **_STYLED}, ("name",)),
        "broadcast": Shape({"range": OneOf(("here", "channel", "everyone"))}, ("range",)),
        "color": Shape({"value": Str(255)}, ("value",)),
        "date": Shape(
            {"timestamp": ANYTHING, "format": Str(255), "fallback": _WORDS, "url": URL}, ("timestamp", "format")
        ),
    }
)  # fmt: skip
_INLINES: Final = Many(_INLINE, 1000, least=0)
_BORDER: Final = Number(0, 1)
_RICH_SECTION: Final = Shape({"elements": _INLINES}, ("elements",))
_RICH: Final = ByType(
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_preformatted": Shape({"elements": _INLINES, "border": _BORDER, "language": Str(255)}, ("elements",)),
        "rich_text_quote": Shape({"elements": _INLINES, "border": _BORDER}, ("elements",)),
        "rich_text_list": Shape(
            {
                "elements": Many(ByType({"rich_text_section": _RICH_SECTION}), 1000),
                "style": OneOf(("bullet", "ordered")), "indent": Number(0, 8), "offset": Number(0, 1000),
                "border": _BORDER,
            },
            ("elements", "style"),
        ),
    }
)  # fmt: skip
_RICH_TEXT: Final = Shape({"elements": Many(_RICH, 1000)}, ("elements",))
_CELL: Final = ByType({"raw_text": Shape({"text": _WORDS}, ("text",)), "rich_text": _RICH_TEXT})
_COLUMN: Final = Shape({"align": OneOf(("left", "center", "right")), "is_wrapped": BOOL})
_IN_CONTEXT: Final = ByType({
    "image": IMAGE_ELEMENT,
    "plain_text": Shape({"text": Str(3000), "emoji": BOOL}, ("text",)),
    "mrkdwn": Shape({"text": Str(3000), "verbatim": BOOL}, ("text",)),
})  # fmt: skip

_ANYWHERE: Final = {
    "header": Shape({"text": Text(150, mrkdwn=False)}, ("text",)),
    "section": Shape(
        {"text": Text(3000), "fields": Many(Text(2000), 10), "accessory": IN_SECTION, "expand": BOOL},
        any_of=("text", "fields"),
    ),
    "context": Shape({"elements": Many(_IN_CONTEXT, 10)}, ("elements",)),
    "divider": Shape({}),
    "actions": Shape({"elements": Many(IN_ACTIONS, 25)}, ("elements",)),
    "input": Shape(
        {
            "label": Text(2000, mrkdwn=False), "hint": Text(2000, mrkdwn=False), "element": IN_INPUT,
            "optional": BOOL, "dispatch_action": BOOL,
        },
        ("label", "element"),
    ),
    "rich_text": _RICH_TEXT,
    "image": Shape(
        {**IMAGE_FIELDS, "title": Text(2000, mrkdwn=False)}, ("alt_text",), ("image_url", "slack_file")
    ),
}  # fmt: skip
_IN_MESSAGES: Final = {
    "table": Shape({"rows": Many(Many(_CELL, 20), 100), "column_settings": Many(_COLUMN, 20, least=0)}, ("rows",)),
    "markdown": Shape({"text": Str(MARKDOWN_MAX)}, ("text",)),
}

_COMMON: Final[dict[str, Rule]] = {"block_id": ACTION_ID}
_MESSAGE: Final = Many(ByType(_ANYWHERE | _IN_MESSAGES, _COMMON), MESSAGE_BLOCKS, least=0)
_VIEW_BLOCKS: Final = Many(ByType(_ANYWHERE, _COMMON), VIEW_BLOCKS, least=0)
_ANY_VIEW: Final[dict[str, Rule]] = {
    "blocks": _VIEW_BLOCKS, "private_metadata": Str(3000, least=0), "callback_id": Str(255, least=0),
    "external_id": Str(255, least=0),
}  # fmt: skip
_SHORT: Final = Text(24, mrkdwn=False)
_VIEWS: Final = ByType({
    "home": Shape(_ANY_VIEW, ("blocks",)),
    "modal": Shape(
        {
            **_ANY_VIEW, "title": _SHORT, "submit": _SHORT, "close": _SHORT, "clear_on_close": BOOL,
            "notify_on_close": BOOL,
        },
        ("title", "blocks"),
    ),
})  # fmt: skip


def check_blocks(blocks: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """What Slack's `invalid_blocks` says of a message's blocks; empty when it takes them."""
    return list(_MESSAGE.check(blocks, "/blocks")) or list(_together(blocks, "/blocks"))


def check_view(view: Any) -> list[str]:  # noqa: ANN401
    """What Slack's `invalid_arguments` says of a modal or Home view; empty when it takes it."""
    wrong = list(_VIEWS.check(view, "/view")) or list(_view_together(view))
    return [at("failed to match all allowed schemas", "/view"), *wrong] if wrong else []


def has_several_tables(blocks: list[Json]) -> bool:
    """Whether there is more than the one table a message may have."""
    return [block["type"] for block in blocks].count("table") > 1


def text_length(value: Any) -> int:  # noqa: ANN401
    """The characters of all texts within blocks."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(text_length(each) for each in value.values())
    return sum(text_length(each) for each in value) if isinstance(value, list) else 0


def _view_together(view: Json) -> Errors:
    yield from _together(view["blocks"], "/view/blocks")
    if any(block["type"] == "input" for block in view["blocks"]) and not view.get("submit") and view["type"] == "modal":
        yield at("missing required field: submit", "/view")


def _together(blocks: list[Json], pointer: str) -> Errors:
    """What only shows when the blocks are seen together."""
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    for name in _twice(ids):
        yield at(f"duplicate block_id: {name}", pointer)
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_MAX:
        yield at(f"must be less than {MARKDOWN_MAX + 1} characters", pointer)
    for index, block in enumerate(blocks):
        for name in _twice([each["action_id"] for each in parts(block) if each.get("action_id")]):
            yield at(f"duplicate action_id: {name}", f"{pointer}/{index}")
        for element in parts(block):
            yield from _initial(element, f"{pointer}/{index}")


def _initial(element: Json, pointer: str) -> Errors:
    """A chosen option has to be one of the options."""
    groups = [group["options"] for group in element.get("option_groups") or ()]
    values = {option["value"] for options in [element.get("options") or (), *groups] for option in options}
    chosen = [element.get("initial_option"), *(element.get("initial_options") or ())]
    for option in filter(None, chosen):
        if element["type"] != "external_select" and option["value"] not in values:
            yield at("initial option is not one of the options", pointer)


def _twice(names: list[str]) -> Iterator[str]:
    return (name for name, count in Counter(names).items() if count > 1)
