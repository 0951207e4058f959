"""What a policy asks for that nobody can give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.people import EVERYONE, USER_ID
from bot.core.policy.document import Policy
from bot.core.policy.needs import seats
from bot.core.policy.rules import Approval, Quorum

Wrong = tuple[tuple[str | int, ...], str]
"""Where in the document, and why it cannot be."""


def impossible(policy: Policy) -> Iterator[Wrong]:
    """Groups without members, and quorums that no people can make. User groups of Slack may hold anybody."""
    for name in policy.groups:
        if not policy.ids_of([name]):
            yield ("groups", name), "has no members, so nobody could stand for it"
    rules: list[tuple[tuple[str | int, ...], Approval]] = [(("approval",), policy.approval)]
    rules += [(("rules", number), rule) for number, rule in enumerate(policy.rules)]
    for where, rule in rules:
        quorums = [(where, rule.quorum)]
        quorums += [((*where, "steps", number), step.quorum) for number, step in enumerate(rule.steps) if step.quorum]
        for place, quorum in quorums:
            for key, why in _unreachable(policy, quorum):
                yield (*place, "quorum", key), why


def _unreachable(policy: Policy, quorum: Quorum) -> Iterator[tuple[str, str]]:
    able = _closed(policy, quorum.among)
    if quorum.among and able is not None and len(able) < quorum.size:
        yield "among", f"it takes {quorum.size} people, and these are {len(able)}"
    members = [_closed(policy, (group,)) for group in quorum.all_of]
    if None in members:
        return
    people = {user for each in members for user in each or ()}
    if len(seats(quorum, [policy.person(user) for user in sorted(people)])) < len(quorum.all_of):
        yield "all_of", f"it takes {len(quorum.all_of)} different people, and these groups have too few"


def _closed(policy: Policy, subjects: tuple[str, ...]) -> set[str] | None:
    """The users behind these subjects; None when that depends on Slack."""
    found = set(policy.ids_of(subjects))
    return None if EVERYONE in found or not all(re.fullmatch(USER_ID, each) for each in found) else found
