"""What a change takes under a policy: which rule holds, what rules take together, and when people suffice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.access import Access, Grant, decide
from bot.core.people import Person
from bot.core.policy import Needs, Policy, Quorum, needs, parse_policy
from bot.core.policy.needs import missing
from bot.core.rights import Kind, Right

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PROD, DEV = "acme-prod/mm2/a->b", "acme-dev/mm2/a->b"

POLICY = parse_policy("""
[approval]
time_to_live = "1d"

[groups]
sre = ["UANN", "UBOB", "S0SRE"]
security = ["UCAT", "UANN"]
leads = ["sre", "ULEA"]

[roles.release-manager]
request = ["flow.operate"]
approve = ["flow.operate", "flow.tune"]
bypass = ["flow.operate"]

[[rules]]
name = "no approval on dev"
scopes = ["acme-dev/*"]
quorum = 0

[[rules]]
name = "deletes on prod"
rights = ["flow.delete"]
scopes = ["acme-prod/*"]
quorum = { any_of = 2, all_of = ["sre", "security"] }
denials = 2
type_flow = true
time_to_live = "2h"
reason_min_length = 10
channel = "C0PROD"
mention = ["sre"]

[[rules]]
name = "topics on prod"
rights = ["flow.edit", "flow.create"]
scopes = ["acme-prod/*"]
quorum = { any_of = 2, among = ["leads"] }
reason_pattern = "INC-[0-9]+"

[[deny]]
name = "nobody removes the archive"
rights = ["flow.delete"]
scopes = ["acme-prod/archive/*"]
because = "the law asks us to keep it"

[[deny]]
name = "cat does not give roles"
rights = ["access.manage"]
who = ["UCAT"]
""")


def who(user: str, *slack_groups: str) -> Person:
    return POLICY.person(user, frozenset(slack_groups))


@pytest.mark.parametrize(("rights", "place", "rules", "size"), [
    ([Right.DELETE], PROD, ("deletes on prod",), 2),
    ([Right.DELETE], DEV, ("no approval on dev",), 0),
    ([Right.OPERATE], PROD, (), 1),
    ([Right.OPERATE, Right.EDIT], PROD, ("topics on prod",), 2),
    ([Right.TUNE, Right.CREATE, Right.DELETE], PROD, ("topics on prod", "deletes on prod"), 2),
])  # fmt: skip
def test_of_each_right_the_first_rule_that_matches_holds(
    rights: list[Right], place: str, rules: tuple[str, ...], size: int
) -> None:
    found = needs(POLICY, rights, place)
    assert (found.rules, found.size, found.is_free) == (rules, size, size == 0)


def test_rules_that_hold_together_ask_for_the_strictest_of_each() -> None:
    found = needs(POLICY, [Right.EDIT, Right.DELETE], PROD)
    assert (found.denials, found.time_to_live, found.type_flow) == (1, timedelta(hours=2), True)
    assert (found.reason_min_length, found.reason_patterns) == (10, ("INC-[0-9]+",))
    assert (found.channel, found.mention) == ("C0PROD", ("UANN", "UBOB", "S0SRE"))
    assert len(found.quorums) == 2


def test_without_a_rule_the_default_is_one_other_person() -> None:
    assert needs(Policy(), [Right.DELETE], PROD) == Needs()


@pytest.mark.parametrize(("people", "lacking"), [
    ([], ["1 of sre", "1 of security"]),
    (["UCAT"], ["1 of sre"]),
    (["UANN"], ["1 of security"]),
    (["UANN", "UBOB"], []),
    (["UANN", "UCAT"], []),
    (["UBOB", "UCAT"], []),
    (["UZED", "UZOE"], ["1 of sre", "1 of security"]),
    (["UZED", "UBOB", "UCAT"], []),
])  # fmt: skip
def test_nobody_stands_for_two_groups_and_who_is_in_both_makes_room(people: list[str], lacking: list[str]) -> None:
    (quorum,) = needs(POLICY, [Right.DELETE], PROD).quorums
    assert missing(quorum, [who(user) for user in people]) == lacking


def test_only_those_who_are_named_count_also_through_groups_of_groups() -> None:
    (quorum,) = needs(POLICY, [Right.EDIT], PROD).quorums
    assert missing(quorum, [who("UZED"), who("ULEA")]) == ["1 more of leads"]
    assert missing(quorum, [who("UZED", "S0SRE"), who("ULEA")]) == []


GROUPS = "abc"
PERSONS = st.lists(st.frozensets(st.sampled_from(GROUPS)), max_size=5)


@given(PERSONS, st.integers(0, 4), st.lists(st.sampled_from(GROUPS), max_size=3, unique=True))
def test_a_quorum_is_met_exactly_when_people_can_be_told_off_one_for_each_group(
    groups: list[frozenset[str]], any_of: int, all_of: list[str]
) -> None:
    people = [Person(f"U{number}", member) for number, member in enumerate(groups)]
    seated = any(
        all(group in person.groups for group, person in zip(all_of, order, strict=True))
        for order in permutations(people, len(all_of))
    )
    assert (not missing(Quorum(any_of=any_of, all_of=tuple(all_of)), people)) is (seated and len(people) >= any_of)


def access(**roles: str) -> Access:
    grants = [Grant(subject=subject, role=role, scope="*", by="U0", at=NOW) for subject, role in roles.items()]
    return Access.of(grants, 1, POLICY.all_roles, POLICY.denials)


def test_a_role_of_the_policy_gives_what_it_says_and_no_more() -> None:
    held = access(UANN="release-manager")
    allowed = {
        (right, kind) for right in Right for kind in Kind if decide(held, who("UANN"), right, kind, PROD, NOW).allowed
    }
    assert allowed == {
        (Right.OPERATE, Kind.REQUEST), (Right.OPERATE, Kind.APPROVE), (Right.TUNE, Kind.APPROVE),
        (Right.OPERATE, Kind.BYPASS),
    }  # fmt: skip


def test_a_denial_wins_over_every_role() -> None:
    held = access(UANN="admin", UCAT="admin")
    place = "acme-prod/archive/a->b"
    for kind in Kind:
        refused = decide(held, who("UANN"), Right.DELETE, kind, place, NOW)
        assert not refused.allowed
        assert refused.reason == (
            "the denial “nobody removes the archive” of the policy forbids flow.delete on acme-prod/archive/a->b: "
            "the law asks us to keep it"
        )
    assert decide(held, who("UANN"), Right.DELETE, Kind.REQUEST, PROD, NOW).allowed
    assert decide(held, who("UANN"), Right.MANAGE_ACCESS, Kind.REQUEST, "*", NOW).allowed
    assert "cat does not give roles" in decide(held, who("UCAT"), Right.MANAGE_ACCESS, Kind.REQUEST, "*", NOW).reason


def test_a_grant_to_a_group_is_for_its_members() -> None:
    held = access(sre="editor", S0OPS="viewer")
    assert decide(held, who("UBOB"), Right.EDIT, Kind.REQUEST, PROD, NOW).allowed
    assert decide(held, who("UZED", "S0SRE"), Right.EDIT, Kind.REQUEST, PROD, NOW).allowed
    assert decide(held, who("UZED", "S0OPS"), Right.READ, Kind.REQUEST, PROD, NOW).allowed
    assert not decide(held, who("UZED"), Right.READ, Kind.REQUEST, PROD, NOW).allowed


def test_who_is_barred_holds_nothing_and_hears_why() -> None:
    held = access(everyone="admin", UANN="admin")
    barred = Person("UANN", barred="guests hold no right")
    for right in Right:
        assert decide(held, barred, right, Kind.REQUEST, PROD, NOW) == (False, "guests hold no right")


def test_groups_that_could_not_be_read_are_named_in_the_refusal() -> None:
    refused = decide(access(S0SRE="editor"), Person("UANN", unread=("S0SRE",)), Right.EDIT, Kind.REQUEST, PROD, NOW)
    assert not refused.allowed
    assert "I could not read who is in S0SRE" in refused.reason


def test_a_circle_of_groups_ends() -> None:
    policy = parse_policy('[groups]\na = ["b"]\nb = ["a", "U1"]\n')
    assert policy.person("U1").groups == {"a", "b"}
    assert policy.person("U2").groups == set()
