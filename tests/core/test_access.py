"""Who may do what: grants, scopes, and the reasons that come with every answer. The default is no."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.access import Access, Grant, decide, decide_all, may_reach
from bot.core.people import Person
from bot.core.rights import Kind, Right
from bot.core.roles import ROLES
from bot.core.scope import matches, reaches, within

READ = frozenset({(Right.READ, Kind.REQUEST)})
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FLOW = "acme/mm2/a->b"
ANN = Person("UANN")


def grant(subject: str = "UANN", role: str = "editor", scope: str = "acme/*", until: datetime | None = None) -> Grant:
    return Grant(subject=subject, role=role, scope=scope, by="UADM", at=NOW, until=until)


def test_without_a_grant_nobody_may_anything() -> None:
    for right in Right:
        for kind in Kind:
            assert not decide(Access.of([]), ANN, right, kind, FLOW, NOW).allowed


@pytest.mark.parametrize(("pattern", "place", "covered"), [
    ("*", FLOW, True),
    ("acme/*", FLOW, True),
    ("acme/*", "acme-prod/mm2/a->b", False),
    ("acme*", "acme-prod/mm2/a->b", True),
    ("acme/mm2/*", FLOW, True),
    ("acme/mm2/*", "acme/mm22/a->b", False),
    ("acme/mm2/a->b", FLOW, True),
    ("acme/mm2/a->b", "acme/mm2/a->bb", False),
    ("acme/mm2/a->*", FLOW, True),
    ("acme/mm2/*->b", FLOW, True),
    ("acme/*/a->b", FLOW, True),
    ("*/mm2/a->b", FLOW, True),
    ("ac?e/mm2/a->b", FLOW, True),
    ("acme/?/a->b", FLOW, False),
    ("a*/a->b", FLOW, False),
    ("acme/mm2/a.->b", FLOW, False),
    ("acme/mm2/A->B", FLOW, False),
])  # fmt: skip
def test_a_star_stays_within_its_part_except_at_the_end(pattern: str, place: str, covered: bool) -> None:
    assert matches(pattern, place) is covered


@pytest.mark.parametrize(("pattern", "path", "reached"), [
    ("*", "acme/mm2", True),
    ("acme/*", "acme/mm2", True),
    ("acme/mm2/a->b", "acme/mm2", True),
    ("acme/*/a->b", "acme/mm2", True),
    ("acme/mm3/a->b", "acme/mm2", False),
    ("other/*", "acme/mm2", False),
])  # fmt: skip
def test_a_grant_on_one_flow_reaches_its_service(pattern: str, path: str, reached: bool) -> None:
    assert reaches(pattern, path) is reached
    assert may_reach(Access.of([grant(scope=pattern)]), ANN, READ, path, NOW) is reached
    assert may_reach(Access.of([grant(scope=pattern)]), ANN, READ, None, NOW)
    assert not may_reach(Access.of([grant(scope=pattern)]), ANN, frozenset({(Right.READ, Kind.BYPASS)}), path, NOW)


@pytest.mark.parametrize(("inner", "outer", "inside"), [
    ("acme/mm2/*", "acme/*", True),
    ("acme/*", "*", True),
    ("*", "*", True),
    ("*", "acme/*", False),
    ("acme/*", "acme/mm2/*", False),
    ("acme/mm2/a->b", "acme/mm2/a->b", True),
    ("acme/mm2/a->bc", "acme/mm2/a->b", False),
    ("acme/mm2/a->c", "acme/mm2/a->b", False),
    ("acme/mm*/*", "acme/mm?/*", False),
    ("acme/*/a->b", "acme/*", True),
    ("acme/x", "acme/*/a->b", False),
    ("acme-prod/*", "acme/*", False),
])  # fmt: skip
def test_who_may_grant_grants_no_more_than_they_hold(inner: str, outer: str, inside: bool) -> None:
    assert within(outer, inner) is inside
    assert (
        decide(
            Access.of([grant(role="admin", scope=outer)]), ANN, Right.MANAGE_ACCESS, Kind.REQUEST, inner, NOW
        ).allowed
        is inside
    )


PARTS = st.text(alphabet="ab*?", min_size=1, max_size=3)
SCOPES = st.one_of(
    st.just("*"),
    PARTS.map(lambda p: f"{p}/*"),
    st.tuples(PARTS, PARTS).map(lambda p: f"{p[0]}/{p[1]}/*"),
    st.tuples(PARTS, PARTS, PARTS, PARTS).map(lambda p: f"{p[0]}/{p[1]}/{p[2]}->{p[3]}"),
)
NAMES = st.text(alphabet="ab", min_size=1, max_size=3)


@given(SCOPES, SCOPES, NAMES, NAMES, NAMES, NAMES)
def test_within_never_says_yes_for_a_scope_that_covers_more(
    inner: str, outer: str, project: str, service: str, source: str, target: str
) -> None:
    place = f"{project}/{service}/{source}->{target}"
    if within(outer, inner) and matches(inner, place):
        assert matches(outer, place)


@given(SCOPES, NAMES, NAMES, NAMES, NAMES)
def test_the_index_finds_every_grant_that_covers_a_place(
    scope: str, project: str, service: str, source: str, target: str
) -> None:
    place = f"{project}/{service}/{source}->{target}"
    found = decide(Access.of([grant(scope=scope)]), ANN, Right.EDIT, Kind.REQUEST, place, NOW).allowed
    assert found is matches(scope, place)


def test_a_refusal_names_some_of_many_grants() -> None:
    many = Access.of(grant(role="viewer", scope=f"p{number}/*") for number in range(20))
    reason = decide(many, ANN, Right.EDIT, Kind.REQUEST, FLOW, NOW).reason
    assert reason.endswith("viewer on p4/* and more")


def test_only_who_manages_access_may_grant() -> None:
    for role in ROLES:
        assert decide(
            Access.of([grant(role=role, scope="*")]), ANN, Right.MANAGE_ACCESS, Kind.REQUEST, "acme/*", NOW
        ).allowed is (role == "admin")


def test_roles_grow_and_only_approver_and_admin_approve() -> None:
    order = [ROLES[name] for name in ("viewer", "operator", "tuner", "editor", "admin")]
    assert all(less < more for less, more in pairwise(order))
    assert {name for name, rights in ROLES.items() if any(kind is Kind.APPROVE for _, kind in rights)} == {
        "approver",
        "admin",
    }
    bypassing = {name for name, rights in ROLES.items() if any(kind is Kind.BYPASS for _, kind in rights)}
    assert bypassing == {"responder"}
    assert all(kind is Kind.BYPASS for right, kind in ROLES["responder"] if right is not Right.READ)


def test_a_grant_ends_at_its_moment() -> None:
    access = Access.of([grant(until=NOW)])
    assert not decide(access, ANN, Right.READ, Kind.REQUEST, FLOW, NOW).allowed
    assert decide(access, ANN, Right.READ, Kind.REQUEST, FLOW, NOW - timedelta(seconds=1)).allowed
    assert access.holders(Right.READ, Kind.REQUEST, FLOW, NOW) == []


def test_a_grant_for_everyone_is_for_everyone() -> None:
    access = Access.of([grant(subject="everyone", role="viewer")])
    assert decide(access, Person("UANY"), Right.READ, Kind.REQUEST, FLOW, NOW).allowed
    assert access.holders(Right.READ, Kind.REQUEST, FLOW, NOW) == ["everyone"]


def test_answers_give_their_reasons() -> None:
    access = Access.of([grant(role="tuner")])
    assert decide(access, ANN, Right.TUNE, Kind.REQUEST, FLOW, NOW).reason == "tuner on acme/* gives flow.tune"
    refused = decide_all(access, ANN, [Right.TUNE, Right.EDIT], Kind.REQUEST, FLOW, NOW)
    assert not refused.allowed
    assert refused.reason == f"it takes the right to flow.edit on {FLOW}; you hold tuner on acme/*"
    approving = decide(Access.of([]), ANN, Right.TUNE, Kind.APPROVE, FLOW, NOW)
    assert approving.reason == f"it takes the right to approve flow.tune on {FLOW}; you hold no role"


def test_all_of_several_rights_are_needed() -> None:
    access = Access.of([grant(role="operator"), grant(role="tuner", scope="other/*")])
    assert decide_all(access, ANN, [Right.OPERATE], Kind.REQUEST, FLOW, NOW).allowed
    assert not decide_all(access, ANN, [Right.OPERATE, Right.TUNE], Kind.REQUEST, FLOW, NOW).allowed


def test_a_role_that_does_not_exist_gives_nothing() -> None:
    assert not decide(Access.of([grant(role="owner")]), ANN, Right.READ, Kind.REQUEST, FLOW, NOW).allowed


def test_the_index_knows_whether_anybody_is_admin_of_everything() -> None:
    assert not Access.of([grant(role="admin", scope="acme/*")]).has_admin(NOW)
    assert Access.of([grant(role="admin", scope="*")]).has_admin(NOW)
    assert not Access.of([grant(role="admin", scope="*", until=NOW)]).has_admin(NOW)


def test_everybody_s_grants_are_listed_by_subject() -> None:
    both = [grant("UBOB"), grant("UANN"), grant("UBOB", "viewer", "*")]
    assert [str(each) for each in Access.of(both).all()] == ["editor on acme/*", "editor on acme/*", "viewer on *"]
    assert grant().key == "UANN editor acme/*"
