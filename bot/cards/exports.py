"""Answers with something to copy: it is shown in code blocks whose texts, one after the other, are exactly it."""

from __future__ import annotations

from typing import Final

from bot.cards import kit, words
from bot.cards.answers import turns
from bot.core.delivery import Answer
from bot.core.flow import Delete, FlowRef
from bot.core.intent import Format
from bot.core.request import Request

_CODE_MAX: Final = kit.SECTION_MAX - len("``````")
_BLOCKS: Final = 3
"""Code blocks in one message: Slack takes 12,000 characters."""

_BLANKS: Final = 80
"""How far back a place between two letters is looked for."""

_NAMES: Final = {Format.TERRAFORM: "Terraform", Format.AVN: "an avn line", Format.CURL: "a curl line"}


def flow(ref: FlowRef, wanted: Format, text: str, page: int) -> Answer:
    """A flow as it is now."""
    head = f"*{kit.esc(ref.pair)}* on {kit.code(ref.service_path)}, as it is now, as {_NAMES[wanted]}."
    note = "" if wanted is Format.TERRAFORM else " Where there is no such flow, it makes it."
    return _shown(f"{head}{note}{_token(wanted)}", text, page, f"export {ref} {wanted}")


def change(request: Request, wanted: Format, text: str, page: int) -> Answer:
    """The change of a request: what is sent for it, or the flow as it is to be."""
    head = f"*Request {request.number}:* {kit.esc(words.title(request.plan))} on {kit.code(words.place(request.plan))}"
    if wanted is Format.TERRAFORM:
        deletes = isinstance(request.flow_plan.change, Delete)
        what = "what it means for Terraform" if deletes else "the flow after it, for Terraform"
        said = f"{head}; {what}."
    else:
        said = f"{head}, as {_NAMES[wanted]}. It is what I send; who runs it goes past the approvals.{_token(wanted)}"
    return _shown(said, text, page, f"export {request.number} {wanted}")


def _token(wanted: Format) -> str:
    return " It takes the token from `$AIVEN_TOKEN`." if wanted is Format.CURL else ""


def _shown(head: str, text: str, page: int, more: str) -> Answer:
    parts = pieces(text)
    pages = -(-len(parts) // _BLOCKS)
    page = min(page, pages)
    first = (page - 1) * _BLOCKS
    said = head if len(parts) == 1 else f"{head}\n{_in_parts(len(parts), page, pages)}"
    blocks = [kit.section(said)]
    for number, part in enumerate(parts[first : first + _BLOCKS], first + 1):
        blocks.append(kit.section(kit.code_block([part.removesuffix("\n")])))
        if number < len(parts) and not part.endswith("\n"):
            blocks.append(kit.context(f"⤷ Part {number} ends within a line: put part {number + 1} right behind it."))
    whole = f"{said}\n{kit.code_block([parts[first]])}"
    return Answer(text=kit.fit(whole, kit.TEXT_MAX), blocks=(*blocks, *turns(page, pages, more)))


def _in_parts(parts: int, page: int, pages: int) -> str:
    where = f", on {pages} pages; this is page {page}" if pages > 1 else ""
    return f"⚠️ Too long for one code block: copy the {parts} parts one below the other, in this order{where}."


def pieces(text: str) -> list[str]:
    """The text cut into what a code block holds: after a line where that is possible, else anywhere."""
    made, start = [], 0
    while start < len(text):
        end = _end(text, start)
        made.append(text[start:end])
        start = end
    return made


def _end(text: str, start: int) -> int:
    """Where the piece that begins here has to end."""
    end = min(start + _CODE_MAX, len(text))
    while (over := len(kit.esc(text[start:end])) - _CODE_MAX) > 0:
        end -= -(-over // len("&amp;"))
    if end == len(text):
        return end
    if after_line := text.rfind("\n", start, end) + 1:
        return after_line
    # A blank at an end may not be copied.
    ends = range(end, max(start, end - _BLANKS), -1)
    return next((each for each in ends if " " not in text[each - 1 : each + 1]), end)
