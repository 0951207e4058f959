"""Roles: named sets of rights. The built-in ones; a policy may add its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.rights import Kind, Right

Role = frozenset[tuple[Right, Kind]]
"""What a role gives: rights, each to ask for, to approve, or to bypass the approvals of."""

CHANGES: Final = (Right.OPERATE, Right.TUNE, Right.EDIT, Right.CREATE, Right.DELETE)
"""The rights that a change of a flow takes."""


def _asks(*rights: Right) -> Role:
    return frozenset((right, Kind.REQUEST) for right in rights)


_VIEWER: Final = _asks(Right.READ)
_OPERATOR: Final = _VIEWER | _asks(Right.OPERATE)
_TUNER: Final = _OPERATOR | _asks(Right.TUNE)
_EDITOR: Final = _TUNER | _asks(Right.EDIT, Right.CREATE, Right.DELETE)
_APPROVER: Final = _VIEWER | {(right, Kind.APPROVE) for right in CHANGES}
_RESPONDER: Final = _VIEWER | {(right, Kind.BYPASS) for right in CHANGES}
_ADMIN: Final = (
    _EDITOR
    | _APPROVER
    | _asks(Right.MANAGE_ACCESS, Right.MANAGE_FREEZE, Right.READ_AUDIT)
    | {(Right.MANAGE_ACCESS, Kind.APPROVE)}
)

ROLES: Final[Mapping[str, Role]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "tuner": _TUNER,
    "editor": _EDITOR,
    "approver": _APPROVER,
    "responder": _RESPONDER,
    "admin": _ADMIN,
}
"""The built-in roles, from least to most."""
