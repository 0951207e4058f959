"""Slack's check of blocks and views, seen through the Web API as an app sees it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models import blocks as sdk

from bot.sandbox.slack.blocks import check_blocks, check_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str = "x", **more: object) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(**more: object) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **more}


def actions(*elements: Json, **more: object) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def options(count: int, value: str = "v") -> list[Json]:
    return [{"text": plain("o"), "value": f"{value}{index}"} for index in range(count)]


def select(**more: object) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": options(1), **more}


def text_input(**more: object) -> Json:
    element = {"type": "plain_text_input", "action_id": "words", **more}
    return {"type": "input", "block_id": "asked", "label": plain("Words"), "element": element}


def cell(text: str = "c") -> Json:
    return {"type": "raw_text", "text": text}


def rich(*inside: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(inside)}]}


def image(**more: object) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}


CONFIRM = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}

GOOD: list[list[Json]] = [
    [],
    [{"type": "header", "text": plain("h" * 150)}],
    [section("s" * 3000), {"type": "divider"}],
    [{"type": "section", "fields": [plain("f" * 2000)] * 10}],
    [{"type": "context", "elements": [plain("c")] * 9 + [image()]}],
    [actions(*(button(action_id=f"b{index}") for index in range(25)))],
    [actions(button(value="v" * 2000, style="danger", confirm=CONFIRM, url="https://example.com"))],
    [actions(select(options=options(100), initial_option=options(1)[0]))],
    [section(accessory={"type": "overflow", "action_id": "more", "options": options(5)})],
    [section(accessory={"type": "checkboxes", "action_id": "c", "options": options(10)})],
    [section(accessory=image())],
    [actions({"type": "users_select", "action_id": "u"}, {"type": "external_select", "action_id": "e"})],
    [rich({"type": "text", "text": "t", "style": {"bold": True}}, {"type": "user", "user_id": "U1"})],
    [image(title=plain("t"))],
    [{"type": "table", "rows": [[cell()] * 20] * 100, "column_settings": [{"align": "right"}]}],
    [{"type": "markdown", "text": "m" * 12_000}],
    [section()] * 50,
]

ELEMENT = "/blocks/0/elements/0"

BAD: list[tuple[list[Any], str, str]] = [
    ([{"type": "header", "text": plain("h" * 151)}], "must be less than 151 characters", "/blocks/0/text/text"),
    ([{"type": "header", "text": {"type": "mrkdwn", "text": "h"}}], "unsupported type: mrkdwn", "/blocks/0/text/type"),
    ([section("")], "must be more than 0 characters", "/blocks/0/text/text"),
    ([section("s" * 3001)], "failed to match all allowed schemas", "/blocks/0/text"),
    ([{"type": "section"}], "missing required field: text or fields", "/blocks/0"),
    ([{"type": "section", "fields": [plain("f")] * 11}], "no more than 10 items allowed", "/blocks/0/fields"),
    (
        [{"type": "section", "fields": [plain("f" * 2001)]}],
        "must be less than 2001 characters",
        "/blocks/0/fields/0/text",
    ),
    ([{"type": "context", "elements": [plain("c")] * 11}], "no more than 10 items allowed", "/blocks/0/elements"),
    ([actions(*(button(action_id=f"b{i}") for i in range(26)))], "no more than 25 items allowed", "/blocks/0/elements"),
    ([actions(button(text=plain("b" * 76)))], "must be less than 76 characters", f"{ELEMENT}/text/text"),
    ([actions(button(value="v" * 2001))], "must be less than 2001 characters", f"{ELEMENT}/value"),
    ([actions(button(action_id="a" * 256))], "must be less than 256 characters", f"{ELEMENT}/action_id"),
    ([actions(button(style="success"))], "must be a valid enum value", f"{ELEMENT}/style"),
    (
        [actions(button(confirm={**CONFIRM, "confirm": plain("y" * 31)}))],
        "must be less than 31 characters",
        f"{ELEMENT}/confirm/confirm/text",
    ),
    ([actions(button(), button())], "duplicate action_id: go", "/blocks/0"),
    ([actions(select(options=options(101)))], "no more than 100 items allowed", f"{ELEMENT}/options"),
    ([actions(select(options=options(1, "v" * 75)))], "must be less than 76 characters", f"{ELEMENT}/options/0/value"),
    ([actions(select(initial_option=options(1, "other")[0]))], "initial option is not one of the options", "/blocks/0"),
    ([actions(text_input()["element"])], "unsupported type: plain_text_input", f"{ELEMENT}/type"),
    (
        [section(accessory={"type": "overflow", "action_id": "m", "options": options(6)})],
        "no more than 5 items allowed",
        "/blocks/0/accessory/options",
    ),
    ([image(alt_text=None)], "missing required field: alt_text", "/blocks/0"),
    ([rich({"type": "shout"})], "unsupported type: shout", f"{ELEMENT}/elements/0/type"),
    ([{"type": "table", "rows": [[cell()] * 21]}], "no more than 20 items allowed", "/blocks/0/rows/0"),
    ([{"type": "table", "rows": [[cell()]] * 101}], "no more than 100 items allowed", "/blocks/0/rows"),
    ([{"type": "markdown", "text": "m" * 6001}] * 2, "must be less than 12001 characters", "/blocks"),
    ([section()] * 51, "no more than 50 items allowed", "/blocks"),
    ([section(block_id="a"), section(block_id="a")], "duplicate block_id: a", "/blocks"),
    ([section(block_id="b" * 256)], "must be less than 256 characters", "/blocks/0/block_id"),
    ([{"type": "carousel"}], "unsupported type: carousel", "/blocks/0/type"),
    ([section(colour="red")], "invalid additional property: colour", "/blocks/0"),
    (["text"], "must provide an object", "/blocks/0"),
]

MODAL = {"type": "modal", "title": plain("T"), "submit": plain("Go"), "blocks": [text_input()]}


@pytest.mark.parametrize("blocks", GOOD)
def test_blocks_at_their_limits_pass(blocks: list[Json]) -> None:
    assert check_blocks(blocks) == []


@pytest.mark.parametrize(("blocks", "message", "pointer"), BAD)
def test_blocks_beyond_a_limit_are_refused_in_slacks_words(blocks: list[Json], message: str, pointer: str) -> None:
    assert f"{message} [json-pointer:{pointer}]" in check_blocks(blocks)


@pytest.mark.parametrize(
    ("change", "message", "pointer"),
    [
        ({"title": plain("t" * 25)}, "must be less than 25 characters", "/view/title/text"),
        ({"title": None}, "missing required field: title", "/view"),
        ({"submit": None}, "missing required field: submit", "/view"),
        ({"private_metadata": "p" * 3001}, "must be less than 3001 characters", "/view/private_metadata"),
        ({"callback_id": "c" * 256}, "must be less than 256 characters", "/view/callback_id"),
        ({"blocks": [section()] * 101}, "no more than 100 items allowed", "/view/blocks"),
        ({"blocks": [{"type": "markdown", "text": "m"}]}, "unsupported type: markdown", "/view/blocks/0/type"),
        ({"submit_disabled": True}, "invalid additional property: submit_disabled", "/view"),
        (
            {"blocks": [text_input(max_length=3001)]},
            "must be an integer from 1 to 3000",
            "/view/blocks/0/element/max_length",
        ),
        ({"type": "popup"}, "unsupported type: popup", "/view/type"),
    ],
)
def test_views_beyond_a_limit_are_refused(change: Json, message: str, pointer: str) -> None:
    assert check_view(MODAL) == []
    wrong = check_view({**MODAL, **change})
    assert wrong[0] == "failed to match all allowed schemas [json-pointer:/view]"
    assert f"{message} [json-pointer:{pointer}]" in wrong


def test_a_home_tab_may_have_a_hundred_blocks_and_no_title() -> None:
    home = {"type": "home", "blocks": [section()] * 100}
    assert check_view(home) == []
    assert check_view({**home, "title": plain("T")}) != []


def test_what_the_sdk_builds_passes() -> None:
    """Slack's own models and this check agree on the shapes."""
    option = sdk.Option(text="o", value="v", description="d")
    built = [
        sdk.HeaderBlock(text="h"),
        sdk.SectionBlock(text="s", accessory=sdk.StaticSelectElement(action_id="a", options=[option], placeholder="p")),
        sdk.ActionsBlock(elements=[sdk.ButtonElement(text="b", action_id="b", value="v", style="primary")]),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="m")]),
        sdk.InputBlock(label="l", element=sdk.PlainTextInputElement(action_id="i", multiline=True), hint="h"),
        sdk.InputBlock(label="l", element=sdk.RadioButtonsElement(action_id="r", options=[option])),
        sdk.InputBlock(label="l", element=sdk.CheckboxesElement(action_id="c", options=[option])),
        sdk.DividerBlock(),
        sdk.MarkdownBlock(text="**m**"),
        sdk.TableBlock(rows=[[{"type": "raw_text", "text": "c"}]]),
    ]
    assert check_blocks([block.to_dict() for block in built]) == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "elements"]), inner),
    max_leaves=8,
)


KEYS = ("text", "elements", "element", "label", "rows", "fields", "accessory")
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["section", "actions", "input", "table", "context", "rich_text"])},
    optional=dict.fromkeys(KEYS, JSON_VALUES),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BLOCKS, max_size=3))
def test_no_json_breaks_the_check(blocks: list[Json]) -> None:
    """It reports, it never raises."""
    assert isinstance(check_blocks(blocks), list)
