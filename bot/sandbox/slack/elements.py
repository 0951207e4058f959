"""The elements of Block Kit and their limits (docs.slack.dev/reference/block-kit/block-elements, @slack/types 3.2)."""

from __future__ import annotations

from typing import Final

from bot.sandbox.slack.rules import BOOL, ByType, Many, Number, OneOf, Rule, Shape, Str, Text

ACTION_ID: Final = Str(255)
URL: Final = Str(3000)
STYLE: Final = OneOf(("primary", "danger"))

CONFIRM: Final = Shape(
    {
        "title": Text(100, mrkdwn=False), "text": Text(300), "confirm": Text(30, mrkdwn=False),
        "deny": Text(30, mrkdwn=False), "style": STYLE,
    },
    ("title", "text", "confirm", "deny"),
)  # fmt: skip

OPTION_VALUE_MAX: Final = 75
"""Slack's JavaScript types say 75, its Python SDK 150; what keeps the smaller one passes either way."""


def _option(*, mrkdwn: bool = False, **more: Rule) -> Shape:
    text = Text(75, mrkdwn=mrkdwn)
    return Shape({"text": text, "value": Str(OPTION_VALUE_MAX), "description": text, **more}, ("text", "value"))


OPTION: Final = _option()
OPTION_RICH: Final = _option(mrkdwn=True)
OPTION_GROUP: Final = Shape({"label": Text(75, mrkdwn=False), "options": Many(OPTION, 100)}, ("label", "options"))

OPTIONS: Final = Many(OPTION, 100, least=0)
OPTION_GROUPS: Final = Many(OPTION_GROUP, 100, least=0)
"""What an app may answer to a block_suggestion: nothing found is an answer too."""

_SELECT: Final[dict[str, Rule]] = {
    "placeholder": Text(150, mrkdwn=False),
    "focus_on_load": BOOL,
    "confirm": CONFIRM,
}
_CHOICES: Final[dict[str, Rule]] = {
    "options": Many(OPTION_RICH, 10),
    "focus_on_load": BOOL,
    "confirm": CONFIRM,
}

_BUTTON: Final = Shape(
    {
        "text": Text(75, mrkdwn=False), "value": Str(2000), "url": URL, "style": STYLE, "confirm": CONFIRM,
        "accessibility_label": Str(75),
    },
    ("text",),
)  # fmt: skip
_PLAIN_TEXT_INPUT: Final = Shape(
    {
        "multiline": BOOL, "min_length": Number(0, 3000), "max_length": Number(1, 3000),
        "initial_value": Str(3000, least=0), "placeholder": Text(150, mrkdwn=False), "focus_on_load": BOOL,
        "dispatch_action_config": Shape({
            "trigger_actions_on": Many(OneOf(("on_enter_pressed", "on_character_entered")), 2),
        }),
    },
)  # fmt: skip

INTERACTIVE: Final = ByType(
    {
        "button": _BUTTON,
        "overflow": Shape({"options": Many(_option(url=URL), 5), "confirm": CONFIRM}, ("options",)),
        "static_select": Shape(
            {
                "options": Many(OPTION, 100), "option_groups": Many(OPTION_GROUP, 100),
                "initial_option": OPTION, **_SELECT,
            },
            any_of=("options", "option_groups"),
        ),
        "external_select": Shape({"initial_option": OPTION, "min_query_length": Number(0, 1000), **_SELECT}),
        "users_select": Shape({"initial_user": Str(255), **_SELECT}),
        "plain_text_input": _PLAIN_TEXT_INPUT,
        "checkboxes": Shape({"initial_options": Many(OPTION_RICH, 10), **_CHOICES}, ("options",)),
        "radio_buttons": Shape({"initial_option": OPTION_RICH, **_CHOICES}, ("options",)),
    },
    {"action_id": ACTION_ID},
)  # fmt: skip

_SLACK_FILE: Final = Shape({"id": Str(255), "url": URL}, any_of=("id", "url"))
IMAGE_FIELDS: Final[dict[str, Rule]] = {"image_url": URL, "slack_file": _SLACK_FILE, "alt_text": Str(2000)}
IMAGE_ELEMENT: Final = Shape(IMAGE_FIELDS, ("alt_text",), ("image_url", "slack_file"))

IN_INPUT: Final = INTERACTIVE.only(
    "plain_text_input", "static_select", "external_select", "users_select", "checkboxes", "radio_buttons"
)
IN_ACTIONS: Final = INTERACTIVE.only(
    "button", "overflow", "static_select", "external_select", "users_select", "checkboxes", "radio_buttons"
)
IN_SECTION: Final = ByType({**IN_ACTIONS.shapes, "image": IMAGE_ELEMENT}, IN_ACTIONS.common)
