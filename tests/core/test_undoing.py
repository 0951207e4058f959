"""The way back from a change: exact where Aiven can be exact, and said where it cannot."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fields import BY_NAME, DEFAULT_POLICY, IDENTITY_POLICY, WRITABLE, Type
from bot.core.flow import Create, Delete, FlowRef, Patch, Wire, apply
from bot.core.plan import Plan
from bot.core.undoing import restoring, reverse

REF = FlowRef(project="acme", service="mm2", source="a", target="b")
BASE: Wire = {"source_cluster": "a", "target_cluster": "b", "enabled": True}


def patched(before: Wire, **body: Any) -> Plan:  # noqa: ANN401 - values of fields
    change = Patch(body={name.replace("__", "."): value for name, value in body.items()})
    whole = BASE | before
    return Plan(ref=REF, change=change, before=whole, after=apply(whole, change))


@pytest.mark.parametrize(("plan", "body", "exact", "words"), [
    (patched({}, enabled=False), {"enabled": True}, True, ""),
    (patched({"topics": ["x"]}, topics=["x", "y"]), {"topics": ["x"]}, True, ""),
    (patched({}, topics=["y"]), {"topics": []}, True, ""),
    (patched({"topics": ["x"]}, topics=[]), {"topics": ["x"]}, True, ""),
    (patched({}, config_properties_exclude="a,b"), {"config_properties_exclude": ""}, True, ""),
    (patched({}, topics__blacklist=["y"]), {"topics.blacklist": []}, True, ""),
    (patched({}, exactly_once_delivery_enabled=True), {"exactly_once_delivery_enabled": False}, True,
     "`exactly-once` was not set before and cannot be unset; it is set to its default, off."),
    (patched({}, replication_policy_class=IDENTITY_POLICY), {"replication_policy_class": DEFAULT_POLICY}, True,
     "its default, DefaultReplicationPolicy."),
    (patched({}, offset_lag_max=7), {"offset_lag_max": 100}, True, "its default, 100."),
    (patched({"emit_heartbeats_enabled": False}, emit_heartbeats_enabled=True), {"emit_heartbeats_enabled": False},
     True, ""),
    (patched({}, enabled=False, emit_heartbeats_enabled=True), {"enabled": True}, False,
     "`heartbeats` was not set before and cannot be unset; its default is not known, so it stays."),
])  # fmt: skip
def test_what_a_patch_takes_to_be_taken_back(plan: Plan, body: Wire, exact: bool, words: str) -> None:
    back = reverse(plan)
    assert back.plan is not None
    assert back.plan.change == Patch(body=body)
    assert back.plan.before == plan.after
    assert back.exact is exact
    assert words in " ".join(back.said)
    assert bool(back.said) is bool(words)


def test_what_cannot_be_taken_back_at_all_has_no_plan() -> None:
    back = reverse(patched({}, replication_factor=3))
    assert back.plan is None
    assert not back.exact


def test_a_create_is_taken_back_by_a_delete_and_the_other_way_round() -> None:
    made = Plan(ref=REF, change=Create(body=BASE), before=None, after=BASE)
    gone = reverse(made).plan
    assert gone is not None
    assert (gone.change, gone.before, gone.after) == (Delete(), BASE, None)
    again = reverse(gone).plan
    assert again is not None
    assert (again.change, again.before, again.after) == (Create(body=BASE), None, BASE)


VALUES = {
    Type.BOOLEAN: st.booleans(), Type.INTEGER: st.integers(1, 99), Type.COMMA: st.sampled_from(["a", "a,b"]),
    Type.LIST: st.lists(st.sampled_from(["x", "y.*"]), min_size=1, max_size=2, unique=True),
}  # fmt: skip
FLOWS = st.fixed_dictionaries({}, optional={
    field.name: st.sampled_from(field.enum) if field.enum else VALUES[field.type]
    for field in WRITABLE if field.name != "enabled"
})  # fmt: skip


def effective(flow: Wire) -> dict[str, Any]:
    """What works: a field that is absent works as its default does."""
    known = {name: BY_NAME[name].default for name in BY_NAME if BY_NAME[name].default is not None}
    return known | {name: value for name, value in flow.items() if value is not None}


@given(before=FLOWS, after=FLOWS)
def test_the_way_back_leads_to_what_works_as_before_or_says_that_it_does_not(before: Wire, after: Wire) -> None:
    change = Patch(body=after)
    whole = BASE | before
    plan = Plan(ref=REF, change=change, before=whole, after=apply(whole, change))
    back = reverse(plan)
    left = plan.after if back.plan is None else back.plan.after
    assert left is not None
    if back.exact:
        assert effective(left) == effective(whole)
    else:
        assert back.plan is None or any("so it stays" in text for text in back.said)
    if not back.said and back.plan is not None:
        assert left == whole


def test_of_a_flow_that_moved_on_only_what_the_change_set_is_set_back() -> None:
    plan = patched({"topics": ["x"]}, topics=["x", "y"], exactly_once_delivery_enabled=True)
    now = BASE | {"topics": ["z"], "exactly_once_delivery_enabled": True, "offset_lag_max": 5}
    assert dict(restoring(plan, now)) == {"topics": ["x"], "exactly_once_delivery_enabled": False}
    assert dict(restoring(plan, now | {"topics": ["x"]})) == {"exactly_once_delivery_enabled": False}
