"""The rights that a command can need, in the words of the policy and the refusals."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Right(StrEnum):
    """What somebody may do; `access.py` says who may."""

    READ = "flow.read"
    OPERATE = "flow.operate"
    TUNE = "flow.tune"
    EDIT = "flow.edit"
    CREATE = "flow.create"
    DELETE = "flow.delete"
    MANAGE_ACCESS = "access.manage"
    MANAGE_FREEZE = "freeze.manage"
    READ_AUDIT = "audit.read"


class Kind(StrEnum):
    """In which part somebody holds a right: to ask for a change, to approve one, or to bypass the quorum."""

    REQUEST = "request"
    APPROVE = "approve"
    BYPASS = "bypass"


class Part(NamedTuple):
    """A part of what is asked for: the rights that it takes, all of them, at a place."""

    rights: frozenset[Right]
    place: str
