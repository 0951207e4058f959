"""Names of topics: what Kafka allows, which ones MirrorMaker never copies, and what they are called on the target.

Facts: Apache Kafka, `ReplicationPolicy`, `DefaultReplicationPolicy`, `IdentityReplicationPolicy`,
`MirrorSourceConnector.isCycle`.
"""

from __future__ import annotations

import string
from typing import Final

LETTERS: Final = frozenset(string.ascii_letters + string.digits + "._-")
"""Every character that a topic name may hold."""

NAME_MAX_LENGTH: Final = 249

HEARTBEATS: Final = "heartbeats"
"""MirrorMaker's own topic; it is copied whatever the lists say, and gets the source's alias under both policies."""

SCHEMAS: Final = "_schemas"
"""Where a schema registry keeps its schemas; one underscore, so that it is no internal topic to MirrorMaker."""

NEVER: Final = r"(?:__|\.).*|.*[.\-]internal"
"""`is_internal` as an expression."""

_STARTS: Final = ("__", ".")
_ENDS: Final = (".internal", "-internal")


def is_internal(name: str) -> bool:
    """Whether MirrorMaker never copies it, whatever the lists say; its own topics end in `.internal`."""
    return name.startswith(_STARTS) or name.endswith(_ENDS)


def comes_from(name: str, alias: str) -> bool:
    """Whether the Default policy takes it for a copy of something of this cluster.

    It looks at what stands before each dot, so an alias with a dot in it is never recognised.
    """
    return f"{alias}." in name and alias in name.rstrip(".").split(".")[:-1]


def remote_name(source: str, name: str, *, identity: bool) -> str:
    """What a copy is called on the target."""
    return name if identity and not name.endswith(HEARTBEATS) else f"{source}.{name}"
