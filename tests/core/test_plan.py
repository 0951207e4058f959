"""Plans: what a change would do, bound to the state it was made from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fields import MIRRORMAKER_EXCLUSIONS, WRITABLE, Type
from bot.core.flow import Create, Delete, FlowRef, Patch, Wire, apply, body_problems, holds, problem, writable
from bot.core.grammar import parse
from bot.core.plan import NoPlan, Plan, differences, make_plan, rights_of
from bot.core.rights import Right

REF = FlowRef(project="acme", service="mm2", source="a", target="b")
FLOW: Wire = {
    "source_cluster": "a",
    "target_cluster": "b",
    "enabled": True,
    "topics": ["x", "y"],
    "replication_progress": 0.4,
}


def plan(text: str, flow: Wire | None = FLOW) -> Plan | NoPlan:
    return make_plan(REF, parse(text), flow)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "flow", "body"), [
    ("exactly-once on a -> b", FLOW, {"exactly_once_delivery_enabled": True}),
    ("exactly-once off a -> b", FLOW, {"exactly_once_delivery_enabled": False}),
    ("pause a -> b", FLOW, {"enabled": False}),
    ("resume a -> b", FLOW | {"enabled": False}, {"enabled": True}),
    ("update a -> b topics+=z,x", FLOW, {"topics": ["x", "y", "z"]}),
    ("update a -> b topics-=x", FLOW, {"topics": ["y"]}),
    ("update a -> b topics-=x topics+=z", FLOW, {"topics": ["y", "z"]}),
    ("update a -> b topics=", FLOW, {"topics": []}),
    ("update a -> b enabled=on exactly-once=on", FLOW, {"exactly_once_delivery_enabled": True}),
    ("update a -> b exclude+=connect.*", FLOW, {"topics.blacklist": [*MIRRORMAKER_EXCLUSIONS, "connect.*"]}),
    ("update a -> b exclude-=__.*", FLOW, {"topics.blacklist": list(MIRRORMAKER_EXCLUSIONS[:2])}),
    ("update a -> b config-exclude+=x", FLOW | {"config_properties_exclude": "p, q"},
     {"config_properties_exclude": "p,q,x"}),
    ("update a -> b config-exclude=", FLOW | {"config_properties_exclude": "p"}, {"config_properties_exclude": ""}),
    ("delete a -> b", FLOW, {}),
    ("create a -> b exactly-once=on", None, {
        "source_cluster": "a", "target_cluster": "b", "enabled": True, "exactly_once_delivery_enabled": True,
    }),
    ("create a -> b", None, {"source_cluster": "a", "target_cluster": "b", "enabled": True}),
    ("create a -> b enabled=off topics=", None, {"source_cluster": "a", "target_cluster": "b", "enabled": False}),
])  # fmt: skip
def test_the_body_is_what_was_asked_for_and_nothing_else(text: str, flow: Wire | None, body: Wire) -> None:
    made = plan(text, flow)
    assert isinstance(made, Plan)
    assert made.change.body == body
    assert [type(value) for value in made.change.body.values()] == [type(value) for value in body.values()]


@pytest.mark.parametrize(("text", "flow", "word", "already"), [
    ("exactly-once on a -> b", None, "/flow create a -> b", False),
    ("delete a -> b", None, "nothing to delete", True),
    ("create a -> b", FLOW, "exists already", False),
    ("resume a -> b", FLOW, "already so", True),
    ("update a -> b topics=x,y", FLOW, "already so", True),
    ("update a -> b topics+=x", FLOW, "already so", True),
    ("update a -> b topics-=z", FLOW, "z is not in topics; it holds x, y", False),
    ("update a -> b topics-=x,y", FLOW, "every topic", False),
    ("update a -> b topics+=z", {"enabled": True}, "replicates every topic", False),
    ("update a -> b exclude-=__.*", FLOW | {"topics.blacklist": ["__.*"]}, "default list", False),
    ("update a -> b exclude=z", FLOW | {"topics_exclude": ["k"]}, "`topics_exclude`", False),
    ("update a -> b exclude=z", FLOW | {"topics.exclude": ["k"]}, "`topics.exclude`", False),
    ("create a -> b topics-=z", None, "z is not in topics", False),
])  # fmt: skip
def test_no_plan_says_why(text: str, flow: Wire | None, word: str, already: bool) -> None:
    made = plan(text, flow)
    assert isinstance(made, NoPlan)
    assert word in made.why
    assert made.already is already


def test_before_and_after_are_what_is_stored_without_what_is_only_read() -> None:
    made = plan("update a -> b topics= exactly-once=on", FLOW | {"new_key": 7, "nothing": None})
    assert isinstance(made, Plan)
    assert made.before == {
        "source_cluster": "a",
        "target_cluster": "b",
        "enabled": True,
        "topics": ["x", "y"],
    }
    assert made.after == {
        "source_cluster": "a", "target_cluster": "b", "enabled": True,
        "exactly_once_delivery_enabled": True,
    }  # fmt: skip
    assert [(each.field, each.before, each.after) for each in made.differences] == [
        ("exactly_once_delivery_enabled", None, True),
        ("topics", ["x", "y"], None),
    ]


@pytest.mark.parametrize(("before", "after", "fields"), [
    ({"enabled": True}, {"enabled": True}, []),
    ({"enabled": True}, {"enabled": 1}, ["enabled"]),
    ({}, {"new_gauge": 1}, []),
    ({"new_gauge": 1, "topics": []}, {"new_gauge": 2}, ["topics"]),
    ({"source_cluster": "a", "replication_progress": 0.1}, {"source_cluster": "b"}, []),
])  # fmt: skip
def test_the_differences_are_those_of_fields_that_can_be_set(before: Wire, after: Wire, fields: list[str]) -> None:
    assert [each.field for each in differences(before, after)] == fields


def test_the_digest_covers_the_flow_the_change_and_the_state() -> None:
    made = plan("exactly-once on a -> b")
    assert isinstance(made, Plan)
    again = Plan.model_validate_json(made.model_dump_json())
    assert again.digest == made.digest
    others = [
        plan("exactly-once off a -> b"),
        plan("exactly-once on a -> b", FLOW | {"topics": ["x"]}),
        plan("exactly-once on a -> b", FLOW | {"exactly_once_delivery_enabled": False}),
        make_plan(REF.model_copy(update={"service": "mm3"}), parse("exactly-once on a -> b"), FLOW),  # type: ignore[arg-type]
    ]
    digests = {other.digest for other in others if isinstance(other, Plan)}
    assert len(digests) == len(others)
    assert made.digest not in digests


def test_progress_does_not_change_a_plan() -> None:
    one, two = plan("exactly-once on a -> b"), plan("exactly-once on a -> b", FLOW | {"replication_progress": 0.9})
    assert isinstance(one, Plan)
    assert one == two


@pytest.mark.parametrize(("change", "rights"), [
    (Patch(body={"enabled": False}), {Right.OPERATE}),
    (Patch(body={"exactly_once_delivery_enabled": True}), {Right.TUNE}),
    (Patch(body={"topics": []}), {Right.EDIT}),
    (Patch(body={"topics": [], "enabled": True, "offset_lag_max": 3}), {Right.EDIT, Right.OPERATE, Right.TUNE}),
    (Create(body={"source_cluster": "a", "target_cluster": "b", "enabled": True}), {Right.CREATE, Right.OPERATE}),
    (Delete(), {Right.DELETE}),
])  # fmt: skip
def test_a_change_needs_the_right_of_every_field_that_it_touches(
    change: Patch | Create | Delete, rights: set[Right]
) -> None:
    assert rights_of(change) == rights


VALUES = {
    Type.BOOLEAN: st.booleans(),
    Type.INTEGER: st.integers(1, 1000),
    Type.LIST: st.lists(st.text(min_size=1, max_size=5).filter(str.isprintable), max_size=3),
    Type.COMMA: st.text(alphabet="ab,", max_size=5),
}


HIDDEN = "holds a character that does not show, such as a line break"


def bodies() -> st.SearchStrategy[Wire]:
    values = {
        field.name: VALUES[field.type] if field.type in VALUES else st.sampled_from(field.enum) for field in WRITABLE
    }
    return st.fixed_dictionaries({}, optional=values)


@given(bodies(), bodies())
def test_after_a_patch_the_flow_holds_it_and_the_rest_is_untouched(flow: Wire, body: Wire) -> None:
    before = apply(flow, Create(body=flow)) or {}
    after = apply(before, Patch(body=body))
    assert after is not None
    assert holds(after, Patch(body=body))
    assert {key: value for key, value in after.items() if key not in body} == {
        key: value for key, value in before.items() if key not in body
    }
    assert [] not in after.values()
    assert apply(after, Patch(body=body)) == after


@given(bodies())
def test_a_body_of_right_types_has_no_problem(body: Wire) -> None:
    assert not list(body_problems(body, creating=False))


@pytest.mark.parametrize(("body", "creating", "words"), [
    ({}, True, ["source_cluster is missing", "target_cluster is missing", "enabled is missing"]),
    ({"nope": 1}, False, ["nope is no field of a replication flow"]),
    ({"source_cluster": "a"}, False, ["source_cluster cannot be set in an update"]),
    ({"replication_progress": 1}, False, ["replication_progress cannot be set in an update"]),
    ({"enabled": 1}, False, ["enabled must be on or off"]),
    ({"replication_factor": True}, False, ["replication_factor must be a whole number"]),
    ({"replication_factor": 0}, False, ["replication_factor must be 1 or more"]),
    ({"offset_lag_max": 2**31}, False, ["offset_lag_max is too large"]),
    ({"topics": "x"}, False, ["topics must be a list of texts"]),
    ({"topics": [1]}, False, ["topics must be a list of texts"]),
    ({"topics": [""]}, False, ["topics has an empty item"]),
    ({"topics": ["a\nenabled  on → off"]}, False, [f"topics {HIDDEN}"]),
    ({"topics": ["orders\u202e"]}, False, [f"topics {HIDDEN}"]),
    ({"topics": ["orders\u200b"]}, False, [f"topics {HIDDEN}"]),
    ({"config_properties_exclude": "a,\tb"}, False, [f"config_properties_exclude {HIDDEN}"]),
    ({"topics": ["x"] * 8193}, False, ["topics has 8193 items, 8192 are allowed"]),
    ({"offset_syncs_topic_location": "both"}, False, ["offset_syncs_topic_location must be one of source, target"]),
    ({"config_properties_exclude": 1}, False, ["config_properties_exclude must be a text"]),
    ({"config_properties_exclude": "x" * 2049}, False,
     ["config_properties_exclude is 2049 characters long, 2048 are allowed"]),
    ({"source_cluster": "a b", "target_cluster": "b", "enabled": True}, True,
     ["source_cluster may hold letters, digits, dots, hyphens and underscores only"]),
])  # fmt: skip
def test_what_aiven_would_refuse_is_named(body: Wire, creating: bool, words: list[str]) -> None:
    assert list(body_problems(body, creating=creating)) == words


def test_a_cleared_key_holds_when_it_is_gone() -> None:
    assert holds({"enabled": True}, Patch(body={"topics": []}))
    assert not holds({"topics": ["x"]}, Patch(body={"topics": []}))
    assert not holds(None, Patch(body={"topics": []}))
    assert holds(None, Delete())
    assert not holds({}, Delete())
    assert not holds({"replication_factor": 1}, Patch(body={"replication_factor": True}))


def test_what_cannot_be_set_is_no_part_of_a_plan() -> None:
    assert writable({"new_gauge": 1, "replication_progress": 0.5, "topics": None, "enabled": True}) == {"enabled": True}


def test_every_writable_field_refuses_a_dict() -> None:
    assert all(problem(field, {}) for field in WRITABLE)
