"""CONFIG of an `avn` line: a JSON object of wire names, read as avn and Aiven would take it."""

from __future__ import annotations

import json
from shlex import quote
from typing import Final

from pydantic import JsonValue

from bot.core.fields import BY_NAME, BY_SPELLING, EXCLUSION_SPELLINGS, WRITABLE, Field, Type, Use, fold
from bot.core.flow import Wire, problem
from bot.core.grammar.mistake import closest
from bot.core.grammar.values import boolean
from bot.core.intent import Edit, Operator

EXAMPLE: Final = '{"enabled": true}'
_SHOWN: Final = 60
_REQUIRED: Final = tuple(field.name for field in WRITABLE if field.required)


class ConfigError(Exception):
    """What is wrong with CONFIG, at which key, and a better CONFIG where there is one."""

    def __init__(self, what: str, key: str = "", better: Wire | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.key = key
        self.better = None if better is None else json.dumps(better)


class NoJsonError(ConfigError):
    """CONFIG cannot be read at all, which often is a matter of its quotes."""


def edits(text: str, *, creating: bool) -> tuple[Edit, ...]:
    """The edits that CONFIG stands for. Raises ConfigError."""
    config = _load(text)
    if creating:
        # avn writes the two flags over these.
        config = {key: value for key, value in config.items() if not _is(Use.IDENTITY, key)}
        if missing := next((name for name in _REQUIRED if name not in config), None):
            what = f"Aiven wants to be told {missing} when a flow is created, so avn would fail without it."
            raise ConfigError(what, missing, {missing: True} | config)
    elif not config:
        raise ConfigError("CONFIG is empty, so nothing would change.")
    for key, value in config.items():
        _check(config, key, value)
    return tuple(Edit(field=key, operator=Operator.SET, value=value) for key, value in config.items())


def _load(text: str) -> Wire:
    if text.startswith("@"):
        raise ConfigError(f"{_short(text)} is a file on your machine, which I cannot read. Put its JSON here, in "
                          "single quotes.", text)  # fmt: skip
    try:
        config = json.loads(text)
    except json.JSONDecodeError as error:
        what = f"CONFIG is no JSON: {error.msg} at character {error.pos + 1} of {_short(text)}"
        raise NoJsonError(what) from None
    except (ValueError, RecursionError):
        raise ConfigError("CONFIG holds a number that is too long, or is nested too deeply.") from None
    if not isinstance(config, dict):
        what = f"CONFIG is an object with the names of fields, such as {EXAMPLE}, not {_short(text)}."
        raise ConfigError(what)
    return config


def _is(use: Use, key: str) -> bool:
    return key in BY_NAME and BY_NAME[key].use is use


def _check(config: Wire, key: str, value: JsonValue) -> None:
    """Raises ConfigError for what Aiven does not take, and for what nobody knows how it takes it."""
    without = {name: each for name, each in config.items() if name != key}
    field = BY_NAME.get(key)
    if field is None:
        raise _unknown(config, key)
    if field.use is Use.IDENTITY:
        what = f"{key} is part of the flow's address and cannot be changed: delete the flow, and create another."
        raise ConfigError(what, key, without)
    if field.use is Use.READ_ONLY:
        raise ConfigError(f"{key} can only be read.", key, without)
    if key in EXCLUSION_SPELLINGS[1:]:
        ours = EXCLUSION_SPELLINGS[0]
        what = f"I write the excluded topics as {ours} only; what Aiven does with two such lists is not known."
        raise ConfigError(what, key, _renamed(config, key, ours))
    if why := _problem(field, value):
        raise ConfigError(f"{key} {why}: {_short(json.dumps(value))}", key, _corrected(config, field))


def _unknown(config: Wire, key: str) -> ConfigError:
    spelling = fold(key)
    field = BY_SPELLING.get(spelling) or BY_SPELLING.get(closest(spelling, BY_SPELLING) or "")
    name = field.name if field and field.use is Use.WRITABLE else None
    hint = f" Did you mean {name}?" if name else f" The fields are {', '.join(_names())}."
    return ConfigError(f"Aiven knows no field {_short(json.dumps(key))}.{hint}", key, _renamed(config, key, name))


def _names() -> list[str]:
    return [field.name for field in WRITABLE if field.name not in EXCLUSION_SPELLINGS[1:]]


def _renamed(config: Wire, key: str, name: str | None) -> Wire | None:
    if name is None or name in config:
        return None
    return {name if each == key else each: value for each, value in config.items()}


def _problem(field: Field, value: JsonValue) -> str | None:
    if field.type is Type.BOOLEAN and not isinstance(value, bool):
        return "is true or false, without quotes"
    return problem(field, value)


def _corrected(config: Wire, field: Field) -> Wire | None:
    """With true for `"true"`."""
    given = config[field.name]
    meant = boolean(given) if field.type is Type.BOOLEAN and isinstance(given, str) else None
    return None if meant is None else config | {field.name: meant}


def requoted(text: str) -> str | None:
    """A line whose CONFIG is JSON but for its quotes, with single quotes around it."""
    start, end = text.find("{"), text.rfind("}") + 1
    config = text[start:end]
    if text[max(start - 1, 0)] == text[end : end + 1] == '"':
        start, end = start - 1, end + 1
    try:
        right = start >= 0 and isinstance(json.loads(config), dict)
    except (ValueError, RecursionError):
        right = False
    return f"avn {text[:start].lstrip()}{quote(config)}{text[end:]}" if right else None


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
