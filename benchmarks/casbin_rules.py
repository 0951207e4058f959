"""The same grants in pycasbin, at its best: the enforcer that looks at the rules of the subject only."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from casbin import FastEnforcer

from bot.core.access import Grant
from bot.core.rights import Kind, Right
from bot.core.roles import ROLES

_MODEL: Final = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, role
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && keyMatch(r.obj, p.obj) && g(p.role, r.act)
"""


def decision(grants: Iterable[Grant], user: str, right: Right, kind: Kind, place: str) -> Callable[[], bool]:
    """A call that tells whether this user may, by these grants and the built-in roles."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.conf")
        model.write_text(_MODEL)
        enforcer = FastEnforcer(str(model), cache_key_order=[0])
    enforcer.add_policies([[each.subject, each.scope, each.role] for each in grants])
    enforcer.add_grouping_policies([[name, _act(*each)] for name, rights in ROLES.items() for each in rights])
    return lambda: enforcer.enforce(user, place, _act(right, kind))


def _act(right: Right, kind: Kind) -> str:
    return f"{kind} {right}"
