"""Java's regular expressions (java.util.regex.Pattern), as far as whole names of topics need them.

What Java refuses is told from what is only not understood here, for the first makes the connector fail. Held against
Java 17's own `Pattern` with random expressions: none that is called broken compiles, none that is read does not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.core.topics.expression import Either, Expression, Flaw, Kind, Node, One, Repeat, Sequence
from bot.core.topics.names import LETTERS, NAME_MAX_LENGTH

_ANY: Final = Repeat(One(LETTERS), 0, None)
_DIGITS: Final = frozenset("0123456789")
_WORD: Final = LETTERS - {".", "-"}
_NONE: Final[frozenset[str]] = frozenset()
_SETS: Final = {
    "d": _DIGITS, "D": LETTERS - _DIGITS, "w": _WORD, "W": LETTERS - _WORD,
    "s": _NONE, "S": LETTERS, "h": _NONE, "H": LETTERS, "v": _NONE, "V": LETTERS,
}  # fmt: skip
_CONTROLS: Final = "tnrfae"
_ANCHORS: Final = {"A": "^", "z": "$", "Z": "$"}
_BEYOND: Final = {
    "p": "a property such as \\p{Alpha}", "P": "a property such as \\P{Alpha}", "b": "a word boundary",
    "B": "a word boundary", "G": "the end of the previous match", "R": "a line break", "X": "a grapheme cluster",
    "N": "a named character", "k": "a back-reference", "x": "a code point", "u": "a code point", "0": "a code point",
    "c": "a control character",
} | dict.fromkeys("123456789", "a back-reference")  # fmt: skip
_FLAGS: Final = re.compile(r"\(\?[idmsuxU-]*[:)]")
_NAMED: Final = re.compile(r"\(\?<([A-Za-z][A-Za-z0-9]*)>")
_COUNT: Final = re.compile(r"\{([0-9]+)\}")
_QUOTED: Final = re.compile(r"\\(?:Q(.*?)(?:\\E|$)|.)", re.DOTALL)
_QUANTIFIERS: Final = "*+?{"
_INT_MAX: Final = 2**31 - 1
_DEEPEST: Final = 40
_CACHED: Final = 512


class FlawError(Exception):
    """Carries what is wrong from where it stands to `read`."""

    def __init__(self, kind: Kind, what: str) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what


def _broken(what: str) -> FlawError:
    return FlawError(Kind.BROKEN, what)


def _beyond(what: str) -> FlawError:
    return FlawError(Kind.BEYOND, what)


@lru_cache(maxsize=_CACHED)
def read(item: str) -> Expression | Flaw:
    """An item of a topic list. Blanks around it do not count: Kafka drops them when it splits the list."""
    text = item.strip()
    if "," in text:
        return Flaw(Kind.COMMA, item, "a comma")
    try:
        return _Reader(_QUOTED.sub(_unquoted, text)).expression()
    except FlawError as error:
        return Flaw(error.kind, item, error.what)


def _unquoted(found: re.Match[str]) -> str:
    r"""`\Q…\E` as plain escapes, the way Java does it before anything else."""
    quoted: str | None = found[1]
    if quoted is None:
        return found[0]
    return "".join(char if char.isalnum() or ord(char) > 127 else f"\\{char}" for char in quoted)  # noqa: PLR2004 - the end of ASCII


class _Reader:
    """Goes through a text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._names: set[str] = set()

    def expression(self) -> Expression:
        """The whole text."""
        self._begin()
        looks = list(iter(self._look_ahead, None))
        tree = self._options()
        if self._at < len(self._text):
            raise _broken("a closing parenthesis without an opening one")
        if looks and isinstance(tree, Either):
            raise _beyond("a look-ahead in one of several alternatives")
        within, without = (tuple(node for is_not, node in looks if is_not is no) for no in (False, True))
        return Expression(tree, within, without)

    def _look_ahead(self) -> tuple[bool, Node] | None:
        """A look-ahead at the beginning: whether it is a negative one, and what the whole name then matches."""
        for mark, is_not in (("(?=", False), ("(?!", True)):
            if self._skip(mark):
                self._depth += 1
                node = self._options(tail=_ANY)
                self._close()
                self._check_single("a repeated look-ahead")
                return is_not, node
        return None

    def _options(self, tail: Node | None = None) -> Node:
        """Alternatives up to a closing parenthesis; `tail` follows each that no `$` ends, in a look-ahead."""
        if self._depth > _DEEPEST:
            raise _beyond("very deep nesting")
        options = [self._sequence(tail)]
        while self._skip("|"):
            options.append(self._sequence(tail))
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _sequence(self, tail: Node | None) -> Node:
        is_top = self._depth == 0 or tail is not None
        if is_top:
            self._begin()
        parts: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if self._anchor("$"):
                if not is_top or self._peek() not in {"", "|", ")"}:
                    raise _beyond("an anchor in the middle")
                return Sequence(tuple(parts))
            parts.append(self._quantified(self._atom()))
        return Sequence(tuple([*parts, tail] if tail is not None else parts)) if tail or len(parts) != 1 else parts[0]

    def _begin(self) -> None:
        """Anchors at the beginning say nothing new about a whole name."""
        while self._anchor("^"):
            pass

    def _anchor(self, which: str) -> bool:
        """Whether an anchor of this kind stood here."""
        escaped = self._text[self._at : self._at + 2]
        if self._peek() == which:
            self._at += 1
        elif escaped[:1] == "\\" and _ANCHORS.get(escaped[1:]) == which:
            self._at += 2
        else:
            return False
        self._check_single("a repeated anchor")
        return True

    def _check_single(self, what: str) -> None:
        """Refuses a quantifier after what has no width."""
        if self._peek() and self._peek() in _QUANTIFIERS:
            raise _beyond(what)

    def _atom(self) -> Node:
        char = self._next()
        match char:
            case "(":
                return self._group()
            case "[":
                return One(self._class())
            case ".":
                return One(LETTERS)
            case "\\":
                return One(self._escape())
            case "^":
                raise _beyond("an anchor in the middle")
            case "{" if self._peek().isdigit():
                raise _beyond("a repetition of nothing")
            case "*" | "+" | "?" | "{":
                raise _broken(f"nothing to repeat before {char}")
        return One(LETTERS & {char})

    def _group(self) -> Node:
        self._at -= 1
        if named := _NAMED.match(self._text, self._at):
            if named[1] in self._names:
                raise _broken(f"two groups of the name {named[1]}")
            self._names.add(named[1])
            self._at = named.end()
        elif not self._skip("(?:"):
            self._check_special()
            self._at += 1
        self._depth += 1
        node = self._options()
        self._close()
        return node

    def _check_special(self) -> None:
        """Refuses the groups that are more than groups."""
        for mark, what in (("(?<=", "a look-behind"), ("(?<!", "a look-behind"), ("(?>", "an atomic group"),
                           ("(?=", "a look-ahead"), ("(?!", "a look-ahead")):  # fmt: skip
            if self._text.startswith(mark, self._at):
                raise _beyond(what)
        if _FLAGS.match(self._text, self._at):
            raise _beyond("a flag such as (?i)")
        if self._text.startswith("(?", self._at):
            raise _broken(f"{self._text[self._at : self._at + 3]} opens no kind of group that Java knows")

    def _close(self) -> None:
        if not self._skip(")"):
            raise _broken("a group that is not closed")
        self._depth -= 1

    def _quantified(self, node: Node) -> Node:
        char = self._peek()
        if not char or char not in _QUANTIFIERS:
            return node
        least, most = self._count() if char == "{" else {"*": (0, None), "+": (1, None), "?": (0, 1)}[self._next()]
        if self._skip("+"):
            raise _beyond("a possessive quantifier")
        self._skip("?")
        if self._peek() == "{":
            raise _beyond("a repetition of a repetition")
        return Repeat(node, least, most)

    def _count(self) -> tuple[int, int]:
        """`{3}`; forms with a comma never come here. Longer than the longest name is as good as one longer."""
        found = _COUNT.match(self._text, self._at)
        if found is None:
            raise _broken("a { that begins no repetition")
        self._at = found.end()
        if int(found[1]) > _INT_MAX:
            raise _broken(f"{found[0]} is no number that Java takes")
        count = min(int(found[1]), NAME_MAX_LENGTH + 1)
        return count, count

    def _escape(self) -> frozenset[str]:
        """What stands after a backslash."""
        char = self._next("a backslash at the end")
        if char in _SETS:
            return _SETS[char]
        if char in _CONTROLS:
            return _NONE
        if char in _ANCHORS:
            raise _beyond("an anchor in the middle")
        if char in _BEYOND:
            raise _beyond(_BEYOND[char])
        if char.isascii() and char.isalpha():
            raise _broken(f"\\{char} is no escape that Java knows")
        return LETTERS & {char}

    def _class(self) -> frozenset[str]:
        negated = self._skip("^")
        letters: set[str] = set()
        is_first = True
        while is_first or self._peek() != "]":
            letters |= self._range()
            is_first = False
        self._at += 1
        return LETTERS - letters if negated else frozenset(letters)

    def _range(self) -> frozenset[str]:
        """A character, a set, or a range of a class."""
        if self._peek() == "[" or self._text.startswith("&&", self._at):
            raise _beyond("a class within a class")
        low, letters = self._member()
        if not (self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in {"]", ""}) or low is None:
            return letters
        self._at += 1
        if self._peek() == "[":
            raise _beyond("a class within a class")
        high, _ = self._member()
        if high is None or high < low:
            raise _broken(f"[{low}-{high or '…'}] is no range")
        return frozenset(letter for letter in LETTERS if low <= letter <= high)

    def _member(self) -> tuple[str | None, frozenset[str]]:
        """One member of a class: the character, None if it is a set; and what it stands for."""
        char = self._next("a class that is not closed")
        if char != "\\":
            return char, LETTERS & {char}
        escaped, letters = self._peek(), self._escape()
        if escaped in _CONTROLS:
            raise _beyond("a control character")
        return (None if escaped in _SETS else escaped), letters

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self, otherwise: str = "an end") -> str:
        char = self._peek()
        if not char:
            raise _broken(otherwise)
        self._at += 1
        return char

    def _skip(self, mark: str) -> bool:
        """Goes past this if it stands here; whether it did."""
        found = self._text.startswith(mark, self._at)
        self._at += len(mark) if found else 0
        return found
