"""What a command gets that cannot be understood: the bad token, the closest right one, a line to paste."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from bot.core.flow import Frozen


class Mistake(Frozen):
    """Why a text is no command. `typed` is the text as it was read, so that nothing typed is lost."""

    typed: str
    what: str
    token: str = ""
    closest: str | None = None
    line: str | None = None


class WrongError(Exception):
    """Carries what is wrong from the place that sees it to `parse`, which knows the whole line."""

    def __init__(self, what: str, token: str = "", *, closest: str | None = None, line: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.token = token
        self.closest = closest
        self.line = line

    def mistake(self, typed: str) -> Mistake:
        """The answer; without a line of its own the typed one with the bad token replaced."""
        line = self.line
        if line is None and self.closest and self.token:
            line = typed.replace(self.token, self.closest, 1)
        return Mistake(typed=typed, what=self.what, token=self.token, closest=self.closest, line=line)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, None when none is near. Of several, one of the same letters wins."""
    near = get_close_matches(word.lower(), list(known), n=3, cutoff=0.6)
    swapped = (each for each in near if sorted(each) == sorted(word.lower()))
    return next(swapped, next(iter(near), None))
