"""What a rule is: a function that looks at a case, and what the documents tell about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bot.core.preflight.case import Case
from bot.core.preflight.finding import Finding, Level

_NAME_SHOWN: Final = 48
_SHOWN: Final = 3

AIVEN: Final = "https://aiven.io/docs/products/kafka/kafka-mirrormaker"
KAFKA: Final = "https://kafka.apache.org/documentation/"


class Said(NamedTuple):
    """What a rule says about a case; the table adds the rule's name and its link."""

    level: Level
    text: str
    token: str = ""
    closest: str = ""


Check = Callable[[Case], Iterable[Said]]
"""A pure function that says nothing, one thing or several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A foot-gun. `title` and `why` are for the documents, `example` is what the bot says about it.

    `breakable`: whether its stops may be overruled by somebody who may break the glass.
    """

    name: str
    levels: tuple[Level, ...]
    title: str
    why: str
    example: str
    link: str
    check: Check
    breakable: bool = False

    def findings(self, case: Case) -> Iterator[Finding]:
        """What the rule finds, ready to be shown."""
        for said in self.check(case):
            breakable = self.breakable and said.level is Level.STOP
            yield Finding(rule=self.name, link=self.link, breakable=breakable, **said._asdict())


def stop(text: str, *, token: str = "", closest: str = "") -> Said:
    """Something that cannot be approved."""
    return Said(Level.STOP, text, token, closest)


def warn(text: str, *, token: str = "", closest: str = "") -> Said:
    """Something to read twice."""
    return Said(Level.WARN, text, token, closest)


def note(text: str) -> Said:
    """Something good to know."""
    return Said(Level.NOTE, text)


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    shown = [f"`{short(name)}`" for name in names[:_SHOWN]]
    if len(names) > _SHOWN:
        return f"{', '.join(shown)} and {len(names) - _SHOWN:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def short(text: str, most: int = _NAME_SHOWN) -> str:
    """A text that is not too long for a sentence."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def count(number: int, one: str) -> str:
    """`1 topic`, `1,200 topics`."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def are(names: Sequence[object]) -> str:
    """`is` or `are`."""
    return "is" if len(names) == 1 else "are"
