"""Roles as something to be asked for: what is approved, and that the last admin stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.access import Access, Grant
from bot.core.giving import Giving, given_by
from bot.core.policy import parse_policy
from bot.core.policy.needs import needs
from bot.core.rights import Right
from bot.core.roles import ROLES
from bot.core.scope import overlaps, within
from tests.core.test_request import NOW

GIVING = Giving(subject="UBOB", role="editor", scope="acme-prod/*", lasting=3600, gives=("request flow.edit",))
PROD_TEXT = '[[rules]]\nname = "roles on prod"\nrights = ["access.manage"]\nscopes = ["acme-prod/*"]\n'
PROD = parse_policy(PROD_TEXT)


def admin(user: str, scope: str = "*", hours: int | None = None, role: str = "admin") -> Grant:
    until = None if hours is None else NOW + timedelta(hours=hours)
    return Grant(subject=user, role=role, scope=scope, by="U0", at=NOW, until=until)


def test_what_is_given_is_what_was_approved() -> None:
    given = GIVING.grant("UASK", NOW)
    assert (given.subject, given.role, given.scope, given.by) == ("UBOB", "editor", "acme-prod/*", "UASK")
    assert given.until == NOW + timedelta(hours=1)
    assert GIVING.model_copy(update={"lasting": None}).grant("UASK", NOW).until is None
    assert (GIVING.place, GIVING.name, GIVING.rights) == (
        "acme-prod/*", "editor on acme-prod/*", {Right.MANAGE_ACCESS},
    )  # fmt: skip


@pytest.mark.parametrize("change", [
    {"subject": "UEVE"}, {"role": "admin"}, {"scope": "*"}, {"lasting": None}, {"gives": ("approve flow.edit",)},
])  # fmt: skip
def test_every_part_of_it_is_in_the_digest(change: dict[str, object]) -> None:
    assert Giving.model_validate(GIVING.model_dump() | change).digest != GIVING.digest


def test_what_a_role_gives_is_in_order_and_nothing_for_none() -> None:
    assert given_by(ROLES, "viewer") == ("request flow.read",)
    assert list(given_by(ROLES, "admin")) == sorted(given_by(ROLES, "admin"))
    assert given_by(ROLES, "king") == ()


@pytest.mark.parametrize(("scope", "rules"), [
    ("acme-prod/*", ("roles on prod",)),
    ("acme-prod/mm2/a->b", ("roles on prod",)),
    ("*", ("roles on prod",)),
    ("acme-*", ("roles on prod",)),
    ("*/mm2/*", ("roles on prod",)),
    ("acme-dev/*", ()),
])  # fmt: skip
def test_a_rule_about_a_part_of_what_is_given_counts(scope: str, rules: tuple[str, ...]) -> None:
    """Else whoever gives a role on everything would go around the rule for production."""
    found = needs(PROD, {Right.MANAGE_ACCESS}, scope)
    assert found.rules == rules
    assert found.is_free == (not rules)


def test_of_rules_about_all_of_it_the_first_one_holds() -> None:
    first = '[[rules]]\nname = "mm2"\nrights = ["access.manage"]\nscopes = ["acme-prod/mm2/*"]\n'
    policy = parse_policy(first + PROD_TEXT)
    assert needs(policy, {Right.MANAGE_ACCESS}, "acme-prod/mm2/a->b").rules == ("mm2",)
    assert needs(policy, {Right.MANAGE_ACCESS}, "acme-prod/*").rules == ("mm2", "roles on prod")


@pytest.mark.parametrize(("one", "other", "expected"), [
    ("*", "acme/*", True),
    ("acme/*", "acme/mm2/a->b", True),
    ("acme-prod/*", "acme-dev/*", False),
    ("acme-?rod/*", "acme-prod/*", True),
    ("*-prod/*", "acme-*", True),
    ("acme/mm2/a->b", "acme/mm2/a->c", False),
])  # fmt: skip
def test_two_scopes_overlap_unless_they_surely_do_not(one: str, other: str, expected: bool) -> None:
    assert overlaps(one, other) is expected
    assert overlaps(other, one) is expected


@pytest.mark.parametrize(("outer", "inner", "expected"), [
    ("*", "acme/*", True),
    ("acme/*", "acme/mm2/*", True),
    ("acme/*", "acme*", False),
    ("acme/*/a->b", "acme/*/a->b", True),
    ("acme/*/*", "acme/x/y", False),
])  # fmt: skip
def test_a_scope_is_within_another_only_if_it_surely_is(outer: str, inner: str, expected: bool) -> None:
    assert within(outer, inner) is expected


@pytest.mark.parametrize(("held", "given", "taken", "kept"), [
    ([admin("U1")], None, admin("U1"), False),
    ([admin("U1"), admin("U2")], None, admin("U1"), True),
    ([admin("U1"), admin("U2", hours=8)], None, admin("U1"), False),
    ([admin("U1"), admin("U2", "acme/*")], None, admin("U1"), False),
    ([admin("U1"), admin("U2", role="editor")], None, admin("U1"), False),
    ([admin("U1")], admin("U1", hours=8), None, False),
    ([admin("U1")], admin("U2", hours=8), None, True),
    ([admin("U1", hours=8)], None, admin("U1", hours=8), True),
    ([admin("SOPS")], None, admin("SOPS"), False),
])  # fmt: skip
def test_the_last_admin_for_good_stays(held: list[Grant], given: Grant, taken: Grant, kept: bool) -> None:
    assert Access.of(held).keeps_admin(given, taken) is kept
