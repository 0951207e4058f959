"""Single values of a command: field values, durations, people, scopes, request numbers."""

from __future__ import annotations

import json
import re
from typing import Final

from pydantic import JsonValue

from bot.core.fields import ALIAS_MAX_LENGTH, ALIAS_PATTERN, BY_SPELLING, Field, Type, Use, fold
from bot.core.flow import problem
from bot.core.grammar.mistake import WrongError, closest
from bot.core.intent import Edit, Operator
from bot.core.people import EVERYONE, GROUP_ID, GROUP_NAME, USER_ID

TRUE: Final = frozenset({"on", "true", "yes", "enabled", "enable", "1"})
FALSE: Final = frozenset({"off", "false", "no", "disabled", "disable", "0"})
BOOLEANS: Final = {word: word in TRUE for word in TRUE | FALSE}

_SECONDS: Final = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION: Final = re.compile(r"(\d{1,6})\s*([mhdw])[a-z]*", re.IGNORECASE)
_USER: Final = re.compile(rf"(?:<?@)?({USER_ID})>?")
_GROUP: Final = re.compile(rf"(?:<!subteam\^)?({GROUP_ID})>?")
_POLICY_GROUP: Final = re.compile(rf"group:({GROUP_NAME})")
_LONGEST_WORD: Final = 60
_GLOB: Final = "[A-Za-z0-9._*?-]+"
_SCOPE: Final = re.compile(rf"\*|{_GLOB}(?:/{_GLOB}(?:/(?:\*|{_GLOB}->{_GLOB}))?)?")
_ALIAS: Final = re.compile(ALIAS_PATTERN)
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_STEPS: Final = frozenset({".", ".."})
"""What a path takes for steps, not for names."""

_ASSIGNMENT: Final = re.compile(r"([A-Za-z][\w.-]*?)(\+=|-=|=)(.*)", re.DOTALL)


def assignment(token: str) -> tuple[str, Operator, str] | None:
    """`name=value`, `name+=value` or `name-=value` taken apart, None for any other word."""
    match = _ASSIGNMENT.fullmatch(token) if "=" in token else None
    return None if match is None else (match[1], Operator(match[2]), match[3])


def edit(token: str) -> Edit | None:
    """An assignment as an edit of a field, None for a word that is no assignment.

    Raises WrongError for an unknown or unsettable field, and for a value that the field cannot take.
    """
    parts = assignment(token)
    if parts is None:
        return None
    name, operator, text = parts
    field = writable_field(name)
    return Edit(field=field.name, operator=operator, value=_value(field, operator, text, token))


def writable_field(name: str) -> Field:
    """The field that a person means by this name. Raises WrongError when there is none that can be set."""
    field = BY_SPELLING.get(fold(name))
    if field is None:
        spoken = {fold(other.spoken): other.spoken for other in BY_SPELLING.values() if other.use is Use.WRITABLE}
        near = closest(fold(name), BY_SPELLING)
        nearest = spoken.get(fold(BY_SPELLING[near].spoken)) if near else None
        all_of_them = "" if nearest else f" The fields are {', '.join(spoken.values())}."
        raise WrongError(f"I know no field “{name}”.{all_of_them}", name, closest=nearest)
    if field.use is not Use.WRITABLE:
        why = "is part of the flow's address: name it as A -> B" if field.use is Use.IDENTITY else "can only be read"
        what = f"{field.name} {why}."
        raise WrongError(what, name)
    return field


def _value(field: Field, operator: Operator, text: str, token: str) -> JsonValue:
    if operator is not Operator.SET and field.type not in (Type.LIST, Type.COMMA):
        what = f"{operator} works on lists only; {field.spoken} takes one value."
        raise WrongError(what, token, closest=f"{field.spoken}={text}")
    value = _read(field, text)
    if value is None:
        raise _bad_value(field, text, token)
    why = None if value == field.clear else problem(field, value)
    if why is not None:
        what = f"{field.spoken} {why}, not “{text}”."
        raise WrongError(what, token)
    if operator is not Operator.SET and value == field.clear:
        what = f"Which ones? Write them after {field.spoken}{operator}, with commas between."
        raise WrongError(what, token)
    return value


def _read(field: Field, text: str) -> JsonValue:
    """The text as the field's type, None when it cannot be read or nothing was given where something must be."""
    match field.type:
        case Type.BOOLEAN:
            return BOOLEANS.get(text.lower())
        case Type.INTEGER:
            return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else None
        case Type.ENUM:
            return _choice(field, text)
        case Type.LIST:
            return _items(text)
        case _:
            return ",".join(str(item) for item in _items(text) or []) if text else ""


def _choice(field: Field, text: str) -> str | None:
    """An enum value by its full name or by a distinct beginning of its last part: `identity`, `Default…`."""
    wanted = text.lower().rpartition(".")[2]
    hits = [value for value in field.enum if wanted and value.rpartition(".")[2].lower().startswith(wanted)]
    return hits[0] if len(hits) == 1 else None


def _items(text: str) -> list[JsonValue] | None:
    """A list by commas, or as JSON; None for JSON that is no list of texts."""
    if text.startswith("[") and text.endswith("]") and ('"' in text or not text[1:-1].strip()):
        try:
            loaded = json.loads(text)
        except ValueError:
            return None
        return loaded if isinstance(loaded, list) else None
    return [item for part in text.split(",") if (item := part.strip())]


def _bad_value(field: Field, text: str, token: str) -> WrongError:
    choices = tuple(value.rpartition(".")[2] for value in field.enum)
    takes = {
        Type.BOOLEAN: "on or off",
        Type.INTEGER: "a whole number",
        Type.ENUM: " or ".join(choices),
    }.get(field.type, "names with commas between, or a JSON list of texts")
    said = f"not “{text}”" if text else "and nothing stands after the ="
    near = closest(text, BOOLEANS if field.type is Type.BOOLEAN else [c.lower() for c in choices]) if text else None
    closest_edit = f"{field.spoken}={near}" if near else None
    return WrongError(f"{field.spoken} takes {takes}, {said}.", token, closest=closest_edit)


def boolean(word: str) -> bool | None:
    """on, off and their other words as a boolean, None for anything else."""
    return BOOLEANS.get(word.lower())


def name(word: str | None) -> str | None:
    """The name of a project or service, None for none. Raises WrongError for what cannot be one.

    It becomes part of a scope and of a path, where a slash or `..` would mean another place.
    """
    if word is not None and not _NAME.fullmatch(word):
        what = f"“{_short(word)}” cannot be the name of a project or service"
        raise WrongError(f"{what}: letters, digits, dots, hyphens and underscores.", word)
    return word


def alias(word: str) -> str:
    """A cluster alias. Raises WrongError for what cannot be one."""
    if len(word) > ALIAS_MAX_LENGTH or not _ALIAS.fullmatch(word) or word in _STEPS:
        what = (
            f"“{_short(word)}” cannot be a cluster alias: letters, digits, dots, hyphens and underscores, "
            f"at most {ALIAS_MAX_LENGTH} characters."
        )
        raise WrongError(what, word)
    return word


def number(word: str) -> int:
    """A request number, with or without `#`. Raises WrongError for anything else."""
    digits = word.removeprefix("#")
    if not re.fullmatch(r"\d{1,12}", digits, re.ASCII):
        what = f"“{_short(word)}” is no request number; `/flow requests` shows the open ones."
        raise WrongError(what, word)
    return int(digits)


def duration(word: str) -> int:
    """`30m`, `8h`, `2d`, `1w` in seconds. Raises WrongError for anything else."""
    match = _DURATION.fullmatch(word)
    if match is None or not int(match[1]):
        what = f"“{_short(word)}” is no duration; write 30m, 8h, 2d or 1w."
        raise WrongError(what, word)
    return int(match[1]) * _SECONDS[match[2].lower()]


def subject(word: str) -> str:
    """The id of a user or user group out of a mention, `group:NAME` as that name, or `everyone`.

    Raises WrongError for a name that is no mention.
    """
    if word.lower().strip("@<>!") == EVERYONE:
        return EVERYONE
    plain = word.partition("|")[0]
    match = _USER.fullmatch(plain) or _GROUP.fullmatch(plain) or _POLICY_GROUP.fullmatch(plain)
    if match is None:
        what = f"I cannot tell who “{_short(word)}” is; type @ and pick the person from Slack's list."
        raise WrongError(what, word)
    return match[1]


def user(word: str) -> str:
    """The id of a person out of a mention. Raises WrongError for anything else."""
    match = _USER.fullmatch(word.partition("|")[0])
    if match is None:
        what = f"I cannot tell who “{_short(word)}” is; type @ and pick the person from Slack's list."
        raise WrongError(what, word)
    return match[1]


def scope(word: str) -> str:
    """A scope pattern `project/service/source->target`, globs allowed.

    Raises WrongError for anything else, a project or service without `/*` included: it would cover no flow.
    """
    if _SCOPE.fullmatch(word) and not word.endswith("*") and "->" not in word:
        raise WrongError(f"“{word}” alone covers no flow; {word}/* covers all beneath it.", word, closest=f"{word}/*")
    if not _SCOPE.fullmatch(word):
        what = f"“{_short(word)}” is no scope; write PROJECT/*, PROJECT/SERVICE/* or PROJECT/SERVICE/A->B."
        raise WrongError(what, word)
    return word


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST_WORD else f"{word[: _LONGEST_WORD - 1]}…"
