"""The words of one command, sorted: positional words, edits, options; verbs take from it what they know."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from bot.core.fields import ALIAS_PATTERN, BY_SPELLING, fold
from bot.core.grammar import values
from bot.core.grammar.mistake import WrongError, closest
from bot.core.grammar.text import Token
from bot.core.intent import Edit, FlowName

ARROW: Final = "->"
_PAIR: Final = 2
_ARROW_HEADS: Final = frozenset(">→⟶➔➜⇒")
_ARROW: Final = r"(?:[-–—=]*>|[→⟶➔➜⇒])"
_ARROW_WORD: Final = re.compile(rf"([A-Za-z0-9._/*?-]*?){_ARROW}([A-Za-z0-9._/*?-]*)")
_OPTION: Final = re.compile(r"(?:--|[—–]-?)([A-Za-z][\w-]*)(?:=(.*))?", re.DOTALL)

WORDED: Final = ("reason", "break-glass")
"""Options that take every word up to the next option."""

TIMED: Final = "at"
"""The option that takes a moment: a word, or a day and a time."""

ALL_FROM: Final = "all-flows-from"
VALUED: Final = (
    "service", "project", "source-cluster", "target-cluster", ALL_FROM, "page", "by", "since", "for", TIMED, *WORDED,
)  # fmt: skip
FLAGS: Final = ("public", "dry-run", "all")
_PATH_PARTS: Final = 3
_ALIAS: Final = re.compile(ALIAS_PATTERN)
_PARTS: Final = re.compile(r",|[^,]+")
"""A word, and the commas that end it or part it."""
_DAY: Final = re.compile(r"[A-Za-z]+|\d{4}-\d\d-\d\d")
_CLOCK: Final = re.compile(r"\d\d?:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?")


@dataclass(slots=True)
class Words:
    """What stands after the verb. `text` is the whole normalised command, for free text at its end.

    With `free`, everything from the second word on that is no option is free text, whatever it looks like.
    """

    text: str
    free: bool = False
    positional: list[Token] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)

    def take(self, what: str, example: str) -> Token:
        """The next positional word. Raises WrongError, which says what is missing, when there is none."""
        if not self.positional:
            missing = f"{what} is missing."
            raise WrongError(missing, line=example)
        return self.positional.pop(0)

    def skip(self, word: str) -> bool:
        """Take the next positional word if it is this one."""
        found = bool(self.positional) and self.positional[0].text.lower() == word
        if found:
            self.positional.pop(0)
        return found

    def rest(self) -> str:
        """The free text from the next positional word to the end, as it was typed."""
        text = self.text[self.positional[0].start :].strip() if self.positional else ""
        self.positional.clear()
        return text

    def flows(self, example: str) -> tuple[FlowName, ...]:
        """The flows that the command names, one or several: `A -> B, A -> C`, or `A -> B, C`; none with ALL_FROM."""
        if ALL_FROM in self.options:
            return ()
        symbols = [(part, token) for token in self.positional for part in _PARTS.findall(token.text)]
        texts = [part for part, _ in symbols]
        if ARROW not in texts[1:-1]:
            return (self.flow(example),)
        begin = texts.index(ARROW) - 1
        pairs, end = _pairs(texts, begin)
        taken = [token for _, token in symbols[begin:end]]
        self.positional = [token for token in self.positional if token not in taken]
        return self._named(pairs)

    def _named(self, pairs: list[tuple[str, str]]) -> tuple[FlowName, ...]:
        """The flows of these pairs; they are all on one service, which the first of them, or an option, may name."""
        project, service, source = _path(pairs[0][0])
        place = {
            "service": values.name(self.options.pop("service", service)),
            "project": values.name(self.options.pop("project", project)),
        }
        named = [(source, pairs[0][1]), *((_path(each)[2], target) for each, target in pairs[1:])]
        flows = (FlowName(source=values.alias(each), target=values.alias(target), **place) for each, target in named)
        return tuple(dict.fromkeys(flows))

    def flow(self, example: str) -> FlowName:
        """The flow that the command names: `A -> B`, `A to B`, a full path, or two options."""
        pair = self._pair_of_options() or self._pair_of_words()
        if pair is None:
            what = "Which flow? Write it as SOURCE -> TARGET, with the aliases of the two clusters."
            raise WrongError(what, line=self._with_arrow() or example)
        project, service, source = _path(pair[0])
        return FlowName(
            source=values.alias(source), target=values.alias(pair[1]),
            service=values.name(self.options.pop("service", service)),
            project=values.name(self.options.pop("project", project)),
        )  # fmt: skip

    def _with_arrow(self) -> str | None:
        """The command with the arrow that seems to be missing between two words."""
        names = [token for token in self.positional if values.boolean(token.text) is None]
        if len(names) != _PAIR:
            return None
        return f"{self.text[: names[1].start]}{ARROW} {self.text[names[1].start :]}"

    def _pair_of_options(self) -> tuple[str, str] | None:
        source, target = self.options.pop("source-cluster", None), self.options.pop("target-cluster", None)
        if source is None and target is None:
            return None
        if source is None or target is None:
            missing = "--target-cluster" if target is None else "--source-cluster"
            what = f"{missing} is missing; the two options go together."
            raise WrongError(what)
        return source, target

    def _pair_of_words(self) -> tuple[str, str] | None:
        words = [token.text for token in self.positional]
        middle = next((i for i, word in enumerate(words) if word == ARROW), None)
        if middle is None:
            middle = next((i for i, word in enumerate(words) if i and word.lower() == "to"), None)
        if middle is None or not 0 < middle < len(words) - 1:
            return None
        del self.positional[middle - 1 : middle + 2]
        return words[middle - 1], words[middle + 1]

    def finish(self) -> None:
        """Raises WrongError when words are left that the verb did not take."""
        if self.positional:
            word = self.positional[0].text
            if field := BY_SPELLING.get(fold(word)):
                raise WrongError(f"{field.spoken} needs a value; write it as {field.spoken}=…", word)
            near = closest(word, (*(f"--{o}" for o in (*VALUED, *FLAGS)),))
            raise WrongError(f"I do not know what to do with “{word}” here.", word, closest=near)
        if self.edits:
            raise WrongError(f"Nothing can be set here, so I do not know what to do with {self.edits[0].field}.")
        if self.options:
            name = f"--{next(iter(self.options))}"
            raise WrongError(f"{name} does not belong to this command.", name)


def _pairs(texts: list[str], at: int) -> tuple[list[tuple[str, str]], int]:
    """The pairs of aliases from word number `at` on, and where they end; after a comma a target alone will do."""
    pairs: list[tuple[str, str]] = []
    while texts[at + 1 : at + 2] == [ARROW] and at + _PAIR < len(texts):
        pairs.append((texts[at], texts[at + 2]))
        at += 3
        while texts[at : at + 1] == [","] and at + 1 < len(texts) and texts[at + 2 : at + 3] != [ARROW]:
            pairs.append((pairs[-1][0], texts[at + 1]))
            at += 2
        at += texts[at : at + 1] == [","]
    return pairs, at


def _path(source: str) -> tuple[str | None, str | None, str]:
    """The word before the arrow, which may be `project/service/source`, in its three parts."""
    parts = source.split("/")
    if len(parts) > _PATH_PARTS:
        raise WrongError(f"“{source}” has too many slashes; a flow is PROJECT/SERVICE/A -> B.", source)
    return (*(None,) * (_PATH_PARTS - len(parts)), *parts)  # type: ignore[return-value]


def has_arrow(token: Token) -> bool:
    """Whether this word is, or holds, an arrow between two aliases."""
    return _arrow(token) is not None


def _arrow(token: Token) -> re.Match[str] | None:
    return None if _ARROW_HEADS.isdisjoint(token.text) else _ARROW_WORD.fullmatch(token.text)


def sort(text: str, tokens: list[Token], *, free: bool = False) -> Words:
    """The words after the verb, sorted. Raises WrongError for unknown options and fields, and for bad values."""
    words = Words(text, free)
    queue = list(tokens)
    while queue:
        _sort_one(words, queue)
    return words


def _sort_one(words: Words, queue: list[Token]) -> None:
    token = queue.pop(0)
    if _is_plain(words, token):
        words.positional.append(token)
    elif pairs := _several(token):
        queue[:0] = pairs
    elif arrow := _arrow(token):
        parts = (arrow[1], ARROW, arrow[2])
        words.positional.extend(Token(part, token.start, token.end) for part in parts if part)
    elif option := _OPTION.fullmatch(token.text):
        take_option(words, token, option[1].lower().replace("_", "-"), option[2], queue)
    elif edit := values.edit(_glued(token, queue)):
        words.edits.append(edit)
    else:
        words.positional.append(token)


def _several(token: Token) -> list[Token]:
    """The pairs of `A->B,A->C` and the commas as words of their own; nothing for any other word."""
    if "," not in token.text or _ARROW_HEADS.isdisjoint(token.text):
        return []
    pieces = [piece for piece in _PARTS.findall(token.text) if piece != ","]
    if not all(_ARROW_WORD.fullmatch(each) or _ALIAS.fullmatch(each) for each in pieces):
        return []
    return [Token(part, token.start, token.end) for part in _PARTS.findall(token.text)]


def _is_plain(words: Words, token: Token) -> bool:
    """Whether this word means only itself: a mention, or a part of free text."""
    if words.free and words.positional:
        return len(words.positional) > 1 or not _OPTION.fullmatch(token.text)
    return token.text.startswith("<") and token.text.endswith(">")


def _glued(token: Token, queue: list[Token]) -> str:
    """A word with the `= value` that follows it apart, as in `exactly-once = on`, taken from the queue."""
    if queue and queue[0].text in ("=", "+=", "-="):
        operator = queue.pop(0).text
        return token.text + operator + (queue.pop(0).text if queue else "")
    return token.text


def take_option(words: Words, token: Token, name: str, value: str | None, queue: list[Token]) -> None:
    """An option, with the value that it needs from the queue. Raises WrongError for one that there is not."""
    if name in FLAGS and value is None:
        words.options[name] = ""
    elif name in WORDED and value is None:
        words.options[name] = " ".join(_until_option(queue))
    elif name == TIMED and value is None:
        words.options[name] = _moment(queue)
    elif name in VALUED:
        words.options[name] = value if value is not None else _next(name, queue)
    else:
        near = closest(name, (*VALUED, *FLAGS))
        known = ", ".join(f"--{option}" for option in (*VALUED, *FLAGS))
        what = f"I know no option --{name}. There are {known}."
        raise WrongError(what, token.text, closest=f"--{near}" if near else None)


def _until_option(queue: list[Token]) -> list[str]:
    words: list[str] = []
    while queue and not _OPTION.fullmatch(queue[0].text):
        words.append(queue.pop(0).text)
    return words


def _moment(queue: list[Token]) -> str:
    """The word after `--at`; the time too, when that is a day."""
    first = _next(TIMED, queue)
    if _DAY.fullmatch(first) and queue and _CLOCK.fullmatch(queue[0].text):
        return f"{first} {queue.pop(0).text}"
    return first


def _next(name: str, queue: list[Token]) -> str:
    if not queue or _OPTION.fullmatch(queue[0].text):
        raise WrongError(f"--{name} needs a value.", f"--{name}")
    return queue.pop(0).text
