"""Tokens of Aiven that were pasted with a line: they are taken out before it is read, answered or kept."""

from __future__ import annotations

import re
from typing import Final

_HIDDEN: Final = "***"

_SECRET: Final = re.compile(
    r"""(
          (?:--|[—–]-?)(?:auth[-_]t|[\w-]*token)[\w-]*["']?(?:=|[\s\\]+)   # an option, also one that avn would complete
        | (?-i:\b\w*TOKEN=)                                                # a variable before the command
        | aivenv1\s+                                                       # the header of a curl line
        )(?:"[^"]*"|'[^']*'|\S+)""",
    re.VERBOSE | re.IGNORECASE,
)


def redacted(text: str) -> str:
    """The text without tokens."""
    low = text.lower()
    if "token" in low or "auth" in low or "aivenv1" in low:
        return _SECRET.sub(rf"\1{_HIDDEN}", text)
    return text
