"""Block Kit pieces that keep Slack's limits and escape what others wrote (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from bot.core.grammar.text import CONTROL
from bot.core.people import GROUP_ID, USER_ID, spoken

Block = dict[str, JsonValue]

SECTION_MAX: Final = 3000
HEADER_MAX: Final = 150
TEXT_MAX: Final = 3900
"""`chat.update` refuses more than 4,000 characters of text, `chat.postMessage` does not; one limit for both."""

CONTEXT_MAX: Final = 10
CONTEXT_TEXT_MAX: Final = 2000
BLOCKS_MAX: Final = 50
MESSAGE_MAX: Final = 12_000
"""Characters of all texts of a message's blocks together (`msg_blocks_too_long` beyond)."""


def length(blocks: JsonValue | Iterable[Block]) -> int:
    """The characters of all texts within blocks."""
    if isinstance(blocks, dict):
        text = blocks.get("text")
        return (len(text) if isinstance(text, str) else 0) + sum(length(each) for each in blocks.values())
    return sum(length(each) for each in blocks) if isinstance(blocks, list | tuple) else 0


def esc(text: str) -> str:
    """Text that shows as it is: Slack's three control characters are escaped, so no mention or link comes alive.

    Characters that would turn the order of others are shown by their names.
    """
    if not text.isprintable():
        text = CONTROL.sub(lambda found: escaped(found[0]), text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped(text: str) -> str:
    """Text in one line: a character that does not show is written as Python writes it in quotes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def named(text: str) -> str:
    """A text of ours, escaped but for mentions of people and user groups, which show their names."""
    return re.sub(rf"&lt;(@{USER_ID}|!subteam\^{GROUP_ID})&gt;", r"<\1>", esc(text))


def code(text: str, limit: int = 200) -> str:
    """Text in code font, clipped; backticks would end it, so they become apostrophes."""
    return f"`{esc(clip(text, limit)).replace('`', '’')}`" if text else "—"


def code_block(lines: Iterable[str]) -> str:
    """Lines in a code block."""
    return "```" + esc("\n".join(lines)).replace("```", "’’’") + "```"


_LINE: Final = 400
_CODE_MAX: Final = SECTION_MAX - 100


def code_pages(lines: Iterable[str]) -> list[str]:
    """All of these lines, the long ones wrapped, in as many code blocks as Slack's limit for a section takes."""
    pages: list[list[str]] = [[]]
    size = 0
    for line in (piece for whole in lines for piece in _wrapped(whole)):
        size += len(esc(line)) + 1
        if size > _CODE_MAX:
            pages.append([])
            size = len(esc(line)) + 1
        pages[-1].append(line)
    return [code_block(page) for page in pages]


def _wrapped(line: str) -> list[str]:
    return [line[at : at + _LINE] for at in range(0, len(line), _LINE)] or [line]


def clip(text: str, limit: int) -> str:
    """The text, cut with an ellipsis when it is longer. Cut before escaping, never after."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def fit(text: str, limit: int) -> str:
    """Ready mrkdwn cut to a limit without leaving half an entity, half a mention or an open code block."""
    if len(text) <= limit:
        return text
    cut = re.sub(r"(&[a-z]*|<[^<>]*)$", "", text[: limit - 5])
    return f"{cut}…" + ("```" if cut.count("```") % 2 else "")


def when(moment: datetime) -> str:
    """A moment, shown by Slack in the reader's own time zone."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


def mention(subject: str) -> str:
    """A person or a user group; what is no id of Slack's is shown as plain text."""
    return named(spoken(subject))


def channel(ident: str) -> str:
    """A channel; what is no channel id is shown as plain text."""
    return f"<#{ident}>" if re.fullmatch(r"[CGD][A-Z0-9_]+", ident) else esc(ident)


def mrkdwn(text: str, limit: int = SECTION_MAX) -> Block:
    """A text object; `verbatim` keeps Slack from making links and mentions out of plain words."""
    return {"type": "mrkdwn", "text": fit(text, limit), "verbatim": True}


def plain(text: str, limit: int) -> Block:
    """A plain text object."""
    return {"type": "plain_text", "text": clip(text, limit), "emoji": True}


def header(text: str) -> Block:
    """A headline."""
    return {"type": "header", "text": plain(text, HEADER_MAX)}


def section(text: str, limit: int = SECTION_MAX) -> Block:
    """A paragraph."""
    return {"type": "section", "text": mrkdwn(text, limit)}


def fields(*texts: str) -> Block:
    """Up to ten short texts in two columns."""
    return {"type": "section", "fields": [mrkdwn(text, 2000) for text in texts[:10]]}


def context(*texts: str, limit: int = CONTEXT_TEXT_MAX) -> Block:
    """Up to ten small grey texts."""
    return {"type": "context", "elements": [mrkdwn(text, limit) for text in texts[:CONTEXT_MAX]]}


def actions(block_id: str, *buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(buttons)}


def button(action_id: str, label: str, value: str, style: str | None = None, confirm: Block | None = None) -> Block:
    """A button; `style` is primary or danger."""
    extra = {"style": style, "confirm": confirm}
    made: Block = {"type": "button", "action_id": action_id, "text": plain(label, 75), "value": value}
    return made | {key: value for key, value in extra.items() if value is not None}


def confirm(title: str, text: str, yes: str) -> Block:
    """A dialog before a click counts."""
    return {"title": plain(title, 100), "text": plain(text, 300), "confirm": plain(yes, 30), "deny": plain("Back", 30)}
