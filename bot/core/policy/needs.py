"""What a change takes under a policy, and whether the approvals that there are suffice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from bot.core.flow import Frozen
from bot.core.people import Person, spoken
from bot.core.policy.document import Approval, Policy, Quorum, Rule
from bot.core.rights import Right
from bot.core.scope import matches


class Needs(Frozen):
    """What a change takes: everything that the rules for its rights ask for, together.

    `rules` names them; none when `[approval]` holds. Every quorum must be met.
    """

    rules: tuple[str, ...] = ()
    quorums: tuple[Quorum, ...] = (Quorum(),)
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


def needs(policy: Policy, rights: Iterable[Right], place: str) -> Needs:
    """What a change that takes these rights at this place needs: of each right the first rule that matches."""
    found = list(dict.fromkeys(_first(policy, right, place) for right in sorted(rights)))
    return _together(policy, found)


def _first(policy: Policy, right: Right, place: str) -> Approval:
    return next((rule for rule in policy.rules if _matches(rule, right, place)), policy.approval)


def _matches(rule: Rule, right: Right, place: str) -> bool:
    return right in rule.rights and any(matches(scope, place) for scope in rule.scopes)


def _together(policy: Policy, found: Sequence[Approval]) -> Needs:
    """The strictest of each; a card goes where the first rule with a channel says."""
    return Needs(
        rules=tuple(each.name for each in found if isinstance(each, Rule)),
        quorums=tuple(dict.fromkeys(each.quorum for each in found)),
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
