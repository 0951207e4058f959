"""Messages and views as plain text, for a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Final

from bot.sandbox.slack.model import Json, Message, View

_MARKUP: Final = re.compile(r"<([^<>]+)>")


def render_text(message: Message | View, names: Mapping[str, str] | None = None) -> str:
    """What a person reads, line by line; `names` maps ids of users and channels to what is shown for them."""
    if isinstance(message, Message) and not message.blocks:
        return readable(message.text, names)
    heading = [f"= {message.title} ="] if isinstance(message, View) and message.title else []
    lines = [readable(line, names) for block in message.blocks for line in _block(block)]
    submit = message.payload.get("submit") if isinstance(message, View) else None
    return "\n".join([*heading, *lines, *([f"[{submit['text']}]"] if submit else [])])


def readable(text: str, names: Mapping[str, str] | None = None) -> str:
    """Slack's markup as plain text: mentions by name, links and dates by what is shown for them."""
    return html.unescape(_MARKUP.sub(lambda found: _marked(found[1], names or {}), text))


def _marked(inside: str, names: Mapping[str, str]) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("!date^"):
        return label
    if target[0] in "@#":
        return f"{target[0]}{names.get(target[1:]) or label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:]}"
    return f"{label} ({target})" if label else target


def _block(block: Json) -> Iterator[str]:
    """The lines of one block; kinds without words of their own (divider, image) show a stand-in."""
    kind = block["type"]
    if kind == "header":
        yield f"# {block['text']['text']}"
    elif kind == "section":
        yield from _section(block)
    elif kind == "context":
        yield " · ".join(each.get("text") or f"({each['alt_text']})" for each in block["elements"])
    elif kind == "actions":
        yield " ".join(_element(each) for each in block["elements"])
    elif kind == "input":
        yield f"{block['label']['text']}: {_element(block['element'])}"
    elif kind == "table":
        yield from (" | ".join(_words(cell) for cell in row) for row in block["rows"])
    elif kind in {"rich_text", "markdown"}:
        yield _words(block)
    else:
        yield f"({block['alt_text']})" if kind == "image" else "---"


def _section(block: Json) -> Iterator[str]:
    if "text" in block:
        yield block["text"]["text"]
    for each in block.get("fields") or ():
        yield ": ".join(each["text"].replace("*", "").split("\n"))
    if block.get("accessory"):
        yield _element(block["accessory"])


def _element(element: Json) -> str:
    """A button as `[Approve]`; anything else by what it holds or invites to."""
    if element["type"] == "button":
        return f"[{element['text']['text']}]"
    chosen = element.get("initial_option") or element.get("placeholder")
    shown = chosen.get("text") if chosen else element.get("initial_value") or element.get("alt_text")
    options = ", ".join(each["text"]["text"] for each in element.get("options") or ())
    return f"[{(shown['text'] if isinstance(shown, dict) else shown) or options or '…'}]"


def _words(part: Json) -> str:
    """All text in a part of a rich text, a table cell or a markdown block."""
    if part["type"] in {"user", "channel", "usergroup"}:
        marks = {"user": "@", "channel": "#", "usergroup": "!subteam^"}
        return f"<{marks[part['type']]}{part[part['type'] + '_id']}>"
    if "elements" in part:
        between = "\n" if part["type"] in {"rich_text", "rich_text_list"} else ""
        return between.join(_words(each) for each in part["elements"])
    return str(part.get("text") or part.get("fallback") or part.get("url") or part.get("name") or "")
