"""What Slack makes of typed text when a command asks for `should_escape`."""

from __future__ import annotations

import re
from typing import Final

from bot.sandbox.slack.world import World

_TYPED: Final = re.compile(r"(?<![\w<])(?:@(?P<at>[\w.-]*\w)|#(?P<hash>[\w-]+)|(?P<url>https?://[^\s<>|]+))")
_CONTROL: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape_typed(text: str, world: World, *, escape_text: bool = True) -> str:
    """Known `@name`, `@group` and `#channel` become markup, so do addresses; what is not known stays as it is.

    A private channel comes without its name. Whether Slack also escapes `& < >` in a command's text is not
    documented (for messages it is): `escape_text` says it.
    """
    done, last = [], 0
    for found in _TYPED.finditer(text):
        done += [_plain(text[last : found.start()], escape_text), _marked(found, world, escape_text)]
        last = found.end()
    return "".join([*done, _plain(text[last:], escape_text)])


def _plain(text: str, escape_text: bool) -> str:  # noqa: FBT001 - passed on
    return text.translate(_CONTROL) if escape_text else text


def _marked(found: re.Match[str], world: World, escape_text: bool) -> str:  # noqa: FBT001
    name = found["at"] or found["hash"]
    if found["url"]:
        return f"<{_plain(found['url'], escape_text)}>"
    known = _person_or_group(name, world) if found["at"] else _channel(name, world)
    return known or _plain(found[0], escape_text)


def _person_or_group(name: str, world: World) -> str | None:
    user = next((each for each in world.users.values() if each.name == name), None)
    group = next((each for each in world.groups.values() if each.handle == name), None)
    if user is not None:
        return f"<@{user.id}>"
    return f"<!subteam^{group.id}|@{group.handle}>" if group is not None else None


def _channel(name: str, world: World) -> str | None:
    channel = next((each for each in world.channels.values() if each.name == name), None)
    if channel is None:
        return None
    return f"<#{channel.id}|{'' if channel.private else channel.name}>"
