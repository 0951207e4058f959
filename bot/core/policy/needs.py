"""What a change takes under a policy, and whether the approvals that there are suffice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.core.flow import Frozen
from bot.core.people import Person, spoken
from bot.core.policy.document import Policy
from bot.core.policy.rules import Approval, Quorum, Rule, Step
from bot.core.rights import Part, Right
from bot.core.scope import matches, overlaps, within

_GIVING: Final = Approval(quorum=Quorum(any_of=0))
"""What giving a role takes where no rule speaks of it: else the first admin could let nobody in."""


class Needs(Frozen):
    """What a change takes: everything that the rules for its rights ask for, together.

    `rules` names them; none when `[approval]` holds. Every quorum must be met; of each, `steps` has the steps.
    """

    rules: tuple[str, ...] = ()
    quorums: tuple[Quorum, ...] = (Quorum(),)
    steps: tuple[tuple[Step, ...], ...] = ()
    denials: int = 1
    time_to_live: timedelta = timedelta(hours=24)
    reason_min_length: int = 0
    reason_patterns: tuple[str, ...] = ()
    type_flow: bool = False
    channel: str = ""
    mention: tuple[str, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether no approval is needed."""
        return all(quorum.is_free for quorum in self.quorums)

    @property
    def size(self) -> int:
        """How many people it takes at least."""
        return max(quorum.size for quorum in self.quorums)

    @property
    def calls(self) -> list[Step]:
        """The steps of all of them, the first one first."""
        return sorted((step for steps in self.steps for step in steps), key=lambda step: step.after)

    def at(self, age: timedelta) -> tuple[Quorum, ...]:
        """The quorums that hold when a request has waited for so long."""
        held = list(self.quorums)
        for number, steps in enumerate(self.steps):
            held[number] = next(
                (step.quorum for step in reversed(steps) if step.quorum and step.after <= age), held[number]
            )
        return tuple(dict.fromkeys(held))


def needs(policy: Policy, rights: Iterable[Right], place: str) -> Needs:
    """What a change that takes these rights at this place needs: of each right the first rule that matches.

    For giving roles the place is a scope pattern; there every rule counts that is about a part of it.
    """
    return needs_of(policy, (Part(frozenset(rights), place),))


def needs_of(policy: Policy, parts: Iterable[Part]) -> Needs:
    """The same for something in several parts: everything that any of them needs, together."""
    found = [rule for rights, place in parts for right in sorted(rights) for rule in _holding(policy, right, place)]
    return _together(policy, list(dict.fromkeys(found)))


def _holding(policy: Policy, right: Right, place: str) -> list[Approval]:
    if right is Right.MANAGE_ACCESS:
        return list(_on_parts(policy, place))
    return [next((rule for rule in policy.rules if _matches(rule, right, place)), policy.approval)]


def _on_parts(policy: Policy, pattern: str) -> Iterator[Approval]:
    """The rules for giving roles on any part of a scope pattern, up to the first that is about all of it."""
    for rule in policy.rules:
        if Right.MANAGE_ACCESS in rule.rights and any(overlaps(scope, pattern) for scope in rule.scopes):
            yield rule
            if any(within(scope, pattern) for scope in rule.scopes):
                return
    yield _GIVING


def _matches(rule: Rule, right: Right, place: str) -> bool:
    return right in rule.rights and any(matches(scope, place) for scope in rule.scopes)


def _together(policy: Policy, found: Sequence[Approval]) -> Needs:
    """The strictest of each; a card goes where the first rule with a channel says."""
    asking = {(each.quorum, each.steps) for each in found if not each.quorum.is_free}
    held = [pair for each in found if (pair := (each.quorum, each.steps)) in asking] or [(found[0].quorum, ())]
    held = list(dict.fromkeys(held))
    return Needs(
        rules=tuple(each.name for each in found if isinstance(each, Rule)),
        quorums=tuple(quorum for quorum, _ in held),
        steps=tuple(steps for _, steps in held) if any(steps for _, steps in held) else (),
        denials=min(each.denials for each in found),
        time_to_live=min(each.time_to_live for each in found),
        reason_min_length=max(each.reason_min_length for each in found),
        reason_patterns=tuple(dict.fromkeys(each.reason_pattern for each in found if each.reason_pattern)),
        type_flow=any(each.type_flow for each in found),
        channel=next((each.channel for each in found if each.channel), ""),
        mention=policy.ids_of(who for each in found for who in each.mention),
    )


def counts(quorum: Quorum, person: Person) -> bool:
    """Whether an approval of this person counts towards the quorum at all."""
    return not quorum.among or not set(quorum.among).isdisjoint(person.subjects)


def seats(quorum: Quorum, approvers: Sequence[Person]) -> Mapping[str, str]:
    """Who stands for which group of `all_of` (group -> user id), as many groups as can be, nobody for two."""
    taken: dict[str, str] = {}
    for group in quorum.all_of:
        _seat(group, {each.user: frozenset(each.subjects) for each in approvers}, taken, set())
    return taken


def _seat(group: str, people: Mapping[str, frozenset[str]], taken: dict[str, str], tried: set[str]) -> bool:
    """Finds somebody for this group; who sits for another may have to make room there (an augmenting path)."""
    for user, subjects in people.items():
        if group not in subjects or user in tried:
            continue
        tried.add(user)
        other = next((each for each, sitting in taken.items() if sitting == user), None)
        if other is None or _seat(other, people, taken, tried):
            taken[group] = user
            return True
    return False


def missing(quorum: Quorum, approvers: Sequence[Person]) -> list[str]:
    """What a quorum still lacks when these people approve, each of whom may; nothing when it is met.

    In words: `2 more`, `1 of sre`.
    """
    counted = [each for each in approvers if counts(quorum, each)]
    seated = seats(quorum, counted)
    groups = [f"1 of {spoken(group)}" for group in quorum.all_of if group not in seated]
    lacking = quorum.any_of - len(counted) - len(groups)
    among = f" of {', '.join(map(spoken, quorum.among))}" if quorum.among else ""
    return [*groups, *([f"{lacking} more{among}"] if lacking > 0 else [])]
