"""What a flow would copy of the topics that there are, what the copies are called, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from bot.core.topics.expression import Flaw
from bot.core.topics.names import NAME_MAX_LENGTH, comes_from, is_internal, remote_name
from bot.core.topics.selection import Selection, is_identity


class Copy(NamedTuple):
    """A topic and what its copy is called on the target."""

    name: str
    remote: str

    @property
    def is_too_long(self) -> bool:
        """Whether Kafka does not take the copy's name."""
        return len(self.remote) > NAME_MAX_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What becomes of the topics of the source.

    `copies`: what is copied. `internal`, `from_target`: what the lists select and MirrorMaker leaves out all the same:
    internal topics, and what the Default policy takes for copies of the target's own. `flaws`: why nothing can be told;
    the rest is empty then. `unclear`: it cannot be told although no item has a flaw: it would take too much.
    """

    copies: tuple[Copy, ...] = ()
    internal: tuple[str, ...] = ()
    from_target: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    unclear: bool = False

    @property
    def can_tell(self) -> bool:
        """Whether it is known what is copied."""
        return not self.flaws and not self.unclear


def preview(
    flow: Mapping[str, JsonValue], aliases: tuple[str, str], names: Sequence[str], selection: Selection | None = None
) -> Preview:
    """What a flow between these aliases (source, target) makes of these topics; `selection` if it is at hand."""
    selection = selection or Selection.of(flow)
    if selection.flaws:
        return Preview(flaws=selection.flaws)
    picked = selection.pick(names)
    if picked is None:
        return Preview(unclear=True)
    source, target = aliases
    identity = is_identity(flow)
    internal = frozenset(name for name in picked if is_internal(name))
    back = frozenset() if identity else frozenset(name for name in picked if comes_from(name, target)) - internal
    left_out = internal | back
    return Preview(
        copies=tuple(
            Copy(name, remote_name(source, name, identity=identity)) for name in picked if name not in left_out
        ),
        internal=tuple(name for name in picked if name in internal),
        from_target=tuple(name for name in picked if name in back),
    )
