"""The policy document: what an approval takes. TOML; unknown keys are errors, an empty document is refused."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Final

from pydantic import Field, ValidationError, field_validator

from bot.core.canonical import digest
from bot.core.flow import Frozen
from bot.core.grammar.mistake import WrongError
from bot.core.grammar.values import duration


class Approval(Frozen):
    """What every request needs: `quorum` people other than the requester, within `time_to_live`."""

    quorum: int = Field(default=1, ge=1, le=20)
    time_to_live: timedelta = timedelta(hours=24)

    @field_validator("time_to_live", mode="before")
    @classmethod
    def _duration(cls, value: object) -> object:
        """Durations are written as `30m`, `8h`, `2d`, `1w`; stored ones are in ISO 8601."""
        if not isinstance(value, str) or value.startswith("P"):
            return value
        try:
            return timedelta(seconds=duration(value))
        except WrongError as wrong:
            raise ValueError(wrong.what) from None


class Policy(Frozen):
    """The whole document."""

    approval: Approval = Approval()

    @property
    def digest(self) -> str:
        """What requests and audit entries name the policy by."""
        return digest(self.model_dump(mode="json"))


DEFAULT: Final = Policy()
"""One approver who is not the requester, within a day."""


class PolicyError(Exception):
    """Why a policy document cannot be used: one line, with the key or line that is wrong."""


def parse_policy(text: str, name: str = "policy") -> Policy:
    """The policy in this TOML text. Raises PolicyError; nothing is taken from a document that is wrong in part."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: {error}") from None
    if not document:
        raise PolicyError(f"{name}: is empty; write at least [approval] with a quorum.")
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{name}: {key}: {first['msg']}") from None
