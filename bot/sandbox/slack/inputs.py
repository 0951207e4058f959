"""What people choose and type in the elements of a message or view, in the form of Slack's `state.values`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.slack.elements import INTERACTIVE
from bot.sandbox.slack.errors import ImpossibleError
from bot.sandbox.slack.model import Json, Surface, parts

State = dict[str, dict[str, Json]]


@dataclass(frozen=True, slots=True)
class Keys:
    """Where an element's value stands: in the state, and in the element as its first value."""

    state: str
    initial: str
    empty: Sequence[Json] | None = None


_ONE: Final = Keys("selected_option", "initial_option")
STATEFUL: Final = {
    "plain_text_input": Keys("value", "initial_value"),
    "static_select": _ONE,
    "external_select": _ONE,
    "radio_buttons": _ONE,
    "users_select": Keys("selected_user", "initial_user"),
    "checkboxes": Keys("selected_options", "initial_options", ()),
}


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with the ids that Slack invents where the app gave none."""
    named = [{**block, "block_id": block.get("block_id") or secrets.token_hex(3)} for block in blocks]
    return [_element_ids(block) for block in deepcopy(named)]


def initial_state(surface: Surface, kept: State | None = None) -> State:
    """What the stateful elements hold; `kept` is what people had entered before, found by the same two ids."""
    state: State = {}
    for block_id, element in surface.elements():
        keys = STATEFUL.get(element["type"])
        if keys is not None:
            first = {"type": element["type"], keys.state: element.get(keys.initial, _fresh(keys))}
            before = (kept or {}).get(block_id, {}).get(element["action_id"])
            same = before is not None and before["type"] == element["type"]
            state.setdefault(block_id, {})[element["action_id"]] = before if before and same else first
    return state


def entered(element: Json, value: Any) -> Json:  # noqa: ANN401 - text, an option's value, or several
    """An element's state once a person has entered `value`: text, a user id, an option's value or a list of them.

    An external_select has no options of its own, so its value is one of those that the app suggested, as an object.
    Raises `ImpossibleError` when the screen does not offer that.
    """
    keys = STATEFUL[element["type"]]
    if value is None:
        shown: Any = _fresh(keys)
    elif element["type"] == "checkboxes":
        shown = [option(element, each) for each in value]
    elif keys is _ONE:
        shown = option(element, value)
    else:
        shown = _typed(element, str(value))
    return {"type": element["type"], keys.state: shown}


def option(element: Json, value: Any) -> Json:  # noqa: ANN401
    """The option with that value."""
    if element["type"] == "external_select":
        return value if isinstance(value, dict) else {"text": {"type": "plain_text", "text": value}, "value": value}
    groups = [group["options"] for group in element.get("option_groups") or ()]
    offered = [each for options in [element.get("options") or (), *groups] for each in options]
    found: Json | None = next((each for each in offered if each["value"] == value), None)
    if found is None:
        values = ", ".join(each["value"] for each in offered)
        raise ImpossibleError(f"{element['action_id']} offers {values}, not {value}")
    return found


def is_empty(state: Json) -> bool:
    """Whether nothing has been entered."""
    return not state[STATEFUL[state["type"]].state]


def _fresh(keys: Keys) -> Any:  # noqa: ANN401
    return None if keys.empty is None else list(keys.empty)


def _typed(element: Json, text: str) -> str:
    if not element.get("min_length", 0) <= len(text) <= element.get("max_length", 3000):
        raise ImpossibleError(f"{element['action_id']} does not take a text of {len(text)} characters")
    return text


def _element_ids(block: Json) -> Json:
    for element in parts(block):
        if element.get("type") in INTERACTIVE.shapes:
            element.setdefault("action_id", secrets.token_hex(3))
    return block
