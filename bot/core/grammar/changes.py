"""The verbs that ask for changes: of one flow, or of several at once; and undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from bot.core.fields import BY_NAME
from bot.core.grammar import values
from bot.core.grammar.mistake import WrongError, closest
from bot.core.grammar.power import asking
from bot.core.grammar.verb import Verb
from bot.core.grammar.words import ALL_FROM, Words
from bot.core.intent import ChangeMany, CreateFlow, DeleteFlow, Edit, FlowName, Intent, Operator, Undo, UpdateFlow

EXACTLY_ONCE: Final = BY_NAME["exactly_once_delivery_enabled"].name
ENABLED: Final = BY_NAME["enabled"].name

_Kind = Literal["create", "update", "delete"]


def create(words: Words, verb: Verb) -> Intent:
    """`A -> B [field=value …]`."""
    flows = _flows(words, verb)
    return _each(flows, words, "create", take_edits(words))


def update(words: Words, verb: Verb) -> Intent:
    """`A -> B field=value …`."""
    flows = _flows(words, verb)
    edits = take_edits(words)
    if not edits and not words.positional:
        raise WrongError("What should change? Write fields as name=value.", line=verb.example)
    return _each(flows, words, "update", edits)


def exactly_once(words: Words, verb: Verb) -> Intent:
    """`on|off A -> B`."""
    flows = _flows(words, verb)
    word = words.take("on or off", f"exactly-once on {flows[0] if flows else 'A -> B'}").text
    value = values.boolean(word)
    if value is None:
        near = closest(word, ("on", "off"))
        raise WrongError(f"exactly-once is turned on or off, not “{word}”.", word, closest=near)
    return _each(flows, words, "update", _switched(EXACTLY_ONCE, value))


def pause(words: Words, verb: Verb) -> Intent:
    """`A -> B`; resume too."""
    return _each(_flows(words, verb), words, "update", _switched(ENABLED, value=verb.name == "resume"))


def delete(words: Words, verb: Verb) -> Intent:
    """`A -> B`."""
    return _each(_flows(words, verb), words, "delete", ())


def undo(words: Words, verb: Verb) -> Intent:
    """`NUMBER`."""
    number = values.number(words.take("The number of the request", verb.example).text)
    return Undo(number=number, **asking(words))


def _flows(words: Words, verb: Verb) -> tuple[FlowName, ...]:
    return words.flows(verb.example)


_ONE: Final[dict[_Kind, Callable[..., Intent]]] = {
    "create": CreateFlow, "update": UpdateFlow, "delete": lambda edits, **more: DeleteFlow(**more),  # noqa: ARG005
}  # fmt: skip


def _each(flows: tuple[FlowName, ...], words: Words, verb: _Kind, edits: tuple[Edit, ...]) -> Intent:
    """One change, or one for each of several flows."""
    if len(flows) == 1:
        return _ONE[verb](flow=flows[0], edits=edits, **asking(words))
    more: dict[str, Any] = {"verb": verb, "flows": flows, "edits": edits, **asking(words)}
    if not flows:
        more["all_from"] = values.alias(words.options.pop(ALL_FROM))
        if verb == "create":
            raise WrongError(f"Flows that are not there yet cannot be found; name them instead of --{ALL_FROM}.")
    place = {each: values.name(words.options.pop(each, None)) for each in ("project", "service")}
    return ChangeMany(**more, **place)


def take_edits(words: Words) -> tuple[Edit, ...]:
    """All edits. Raises WrongError for a field that is set twice: which one counts would be a guess."""
    edits = tuple(words.edits)
    words.edits.clear()
    seen: set[tuple[str, Operator]] = set()
    for edit in edits:
        if (edit.field, edit.operator) in seen or (edit.field, Operator.SET) in seen:
            raise WrongError(f"{BY_NAME[edit.field].spoken} is set twice; say it once.")
        seen.add((edit.field, edit.operator))
    return edits


def _switched(field: str, value: bool) -> tuple[Edit, ...]:  # noqa: FBT001 - the value itself
    return (Edit(field=field, operator=Operator.SET, value=value),)
