"""A pasted line of Aiven's client `avn`: it means what it means in a terminal (aiven-client 4.18.0, run to see).

Sluice's own options work after it. What only a terminal has is refused: a token, another address, a file.
"""

from __future__ import annotations

from shlex import quote
from typing import Final

from bot.core.grammar import shell
from bot.core.grammar.avn_config import EXAMPLE, ConfigError, NoJsonError, edits, requoted
from bot.core.grammar.mistake import WrongError, closest
from bot.core.grammar.power import asking, page, where
from bot.core.grammar.text import Token
from bot.core.grammar.verb import Verb
from bot.core.grammar.words import FLAGS, VALUED, Words, take_option
from bot.core.intent import CreateFlow, DeleteFlow, Edit, FlowName, Intent, ListFlows, ShowFlow, UpdateFlow

_COMMAND: Final = ("avn", "mirrormaker", "replication-flow")

_SHORT: Final = {"-s": "--source-cluster", "-t": "--target-cluster", "-h": "--help"}
_PAIR: Final = {"source-cluster": "-s", "target-cluster": "-t"}
_CONFIG: Final = ("--replication-flow-config", "--replication_flow_config")
"""Aiven's documentation has the second one; avn does not."""

_IGNORED: Final = ("--show-http", "--request-timeout", "--idle-timeout", "--max-age")
"""How avn talks to Aiven, which is not how this bot does."""

_FILE: Final = "names a file on your machine, which I cannot read. Leave it away."
_REFUSED: Final = {
    "--auth-token": "is not needed, for I use a token of my own. Leave it away. Yours has gone through Slack now; if "
    "it is a real one, better have it revoked.",
    "--url": "leads to another Aiven than the one I work for. Leave it away.",
    "--config": _FILE,
    "--auth-ca": _FILE,
    "--help": "is for a terminal. Here it is `/flow help avn`.",
    "--version": "is for a terminal. I read what avn 4.18 reads.",
}
_BARE: Final = ("--show-http", "--help", "--version")
"""Options without a value."""

_OF_COMMAND: Final = ("--project", *(f"--{name}" for name in _PAIR), "--help")
_GLOBAL: Final = (*_IGNORED, *_REFUSED)
_AVNS: Final = frozenset((*_OF_COMMAND, *_GLOBAL, *_CONFIG))
_OURS: Final = frozenset(f"--{name}" for name in (*VALUED, *FLAGS))


def avn(words: Words, verb: Verb) -> Intent:
    """What the line after `avn` asks for. Raises WrongError for a command that is not supported, and for mistakes."""
    line = _Line(words)
    if line.action not in _ACTIONS:
        raise _unsupported(line, verb)
    if line.refused:
        raise WrongError(f"{line.refused} {_REFUSED[line.refused]}", line.refused, line=line.again(line.config))
    if not line.service:
        raise WrongError("SERVICE, the name of the MirrorMaker service, is missing.", line=line.example())
    words.options["service"] = line.service
    return _ACTIONS[line.action](line)


def _unsupported(line: _Line, verb: Verb) -> WrongError:
    *most, last = _ACTIONS
    what = f"Of avn I read only {' '.join(_COMMAND)} with {', '.join(most)} or {last}."
    near = closest(line.action, _ACTIONS) if line.action else None
    return WrongError(what, line.action, closest=near, line=None if near else verb.example)


class _Line:
    """The words of a line, sorted: options go to `words`.

    `action`: what follows the command, empty when it is another command. `refused`: an option that only a terminal has.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.refused = ""
        self.config: str | None = None
        self._here = [Token(_COMMAND[0], 0, 0)]
        queue = shell.split(words.text)
        if queue and queue[0].text == _COMMAND[0]:
            del queue[0]
        while queue and self._known():
            self._take(queue.pop(0), queue)
        self.action = self._here[len(_COMMAND)].text if len(self._here) > len(_COMMAND) and self._known() else ""
        self._options = dict(words.options)
        words.positional = self._here[len(_COMMAND) + 1 :]
        self.service = self._options.get("service") or self._next(is_config=False)
        if self.config is None and self.action in _CONFIGURED:
            self.config = self._next(is_config=True)

    def _known(self) -> bool:
        """Whether it is, so far, the command: the options of another one are not known."""
        return all(token.text == word for token, word in zip(self._here, _COMMAND, strict=False))

    def _next(self, *, is_config: bool) -> str | None:
        """SERVICE or CONFIG, None when it is missing."""
        here = self.words.positional
        return here.pop(0).text if here and (is_config or not here[0].text.startswith("{")) else None

    def _take(self, token: Token, queue: list[Token]) -> None:
        name, value = _option(token.text, begun=len(self._here) >= len(_COMMAND))
        if not name:
            self._here.append(token)
        elif name not in _AVNS:
            take_option(self.words, token, name.lstrip("-").lower(), value, queue)
        else:
            self._keep(name, _value(name, queue) if value is None and name not in _BARE else value or "")

    def _keep(self, name: str, value: str) -> None:
        if name in _REFUSED:
            self.refused = self.refused or name
        elif name in _CONFIG:
            self.config = value
        elif name not in _IGNORED:
            self.words.options[name.removeprefix("--")] = value

    def again(self, config: str | None) -> str:
        """The line as it should be typed, with this CONFIG."""
        options = [f"--{name}" if name in FLAGS else f"--{name}={value}" for name, value in self._options.items()]
        named = [] if "service" in self._options else [self.service]
        return " ".join(quote(word) for word in (*_COMMAND, self.action, *named, *options, config) if word)

    def example(self) -> str:
        """A whole line with this action."""
        pair = " -s kafka-eu -t kafka-us" if self.action != "list" else ""
        config = f" {quote(EXAMPLE)}" if self.action in _CONFIGURED else ""
        return f"{' '.join(_COMMAND)} {self.action} mm2-eu{pair}{config}"

    def flow(self) -> FlowName:
        """The flow that the line names."""
        for name, short in _PAIR.items():
            if name not in self.words.options:
                raise WrongError(f"{short}/--{name} is missing.", line=self.example())
        return self.words.flow("")

    def edits(self) -> tuple[Edit, ...]:
        """What CONFIG sets."""
        if self.config is None:
            raise WrongError("CONFIG is missing: JSON in single quotes.", line=self.example())
        try:
            return edits(self.config, creating=self.action == "create")
        except NoJsonError as wrong:
            raise WrongError(wrong.what, line=requoted(self.words.text)) from None
        except ConfigError as wrong:
            line = self.again(wrong.better) if wrong.better else None
            raise WrongError(wrong.what, wrong.key, line=line) from None


def _option(text: str, *, begun: bool) -> tuple[str, str | None]:
    """The full name of an option, and the value if it is in the same word; no name for a word that is no option.

    As argparse reads it: `-sA` is `-s A`, and a name may be cut where it stays distinct among those of its place.
    """
    if text[:1] in "—–":
        text = f"--{text.lstrip('—–-')}"
    if not text.startswith("-"):
        return "", None
    if not text.startswith("--"):
        return _SHORT.get(text[:2], text), text[2:].removeprefix("=") or None
    name, equals, value = text.partition("=")
    return _whole(name, begun=begun), value if equals else None


def _whole(name: str, *, begun: bool) -> str:
    if name in _AVNS or name in _OURS:
        return name
    for table in (_OF_COMMAND, _GLOBAL) if begun else (_GLOBAL, _OF_COMMAND):
        hits = [each for each in table if each.startswith(name)]
        if len(hits) == 1:
            return hits[0]
    return name


def _value(name: str, queue: list[Token]) -> str:
    if not queue or queue[0].text.startswith("-"):
        raise WrongError(f"{name} needs a value.", name)
    return queue.pop(0).text


def _list(line: _Line) -> Intent:
    return ListFlows(page=page(line.words), **where(line.words))


def _get(line: _Line) -> Intent:
    return ShowFlow(flow=line.flow(), page=page(line.words), **where(line.words))


def _create(line: _Line) -> Intent:
    flow = line.flow()
    return CreateFlow(flow=flow, edits=line.edits(), **asking(line.words))


def _update(line: _Line) -> Intent:
    flow = line.flow()
    return UpdateFlow(flow=flow, edits=line.edits(), **asking(line.words))


def _delete(line: _Line) -> Intent:
    return DeleteFlow(flow=line.flow(), **asking(line.words))


_ACTIONS: Final = {"list": _list, "get": _get, "create": _create, "update": _update, "delete": _delete}
_CONFIGURED: Final = ("create", "update")
