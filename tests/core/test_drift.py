"""Flows as they are known against flows as they are: what counts, what it takes, and the way back."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import drift
from bot.core.drift import Drift, Said, State
from bot.core.fields import FIELDS, Field, Type, Use
from bot.core.flow import Create, Delete, FlowRef, Patch, Wire, apply, body_problems, same_effect, writable
from bot.core.restoring import restore
from bot.core.rights import Right

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")
ENDS: Wire = {"source_cluster": "a", "target_cluster": "b"}
FLOW: Wire = ENDS | {"enabled": True, "topics": ["orders"]}

VALUES = {
    Type.BOOLEAN: st.booleans(),
    Type.INTEGER: st.integers(1, 3),
    Type.LIST: st.lists(st.sampled_from("xyz"), min_size=1, max_size=3),
    Type.COMMA: st.sampled_from(["x", "x,y"]),
}
OTHER_SPELLINGS = ("topics.exclude", "topics_exclude")
WRITABLE = [field for field in FIELDS if field.use is Use.WRITABLE and field.name not in OTHER_SPELLINGS]


def values(field: Field) -> st.SearchStrategy[Any]:
    return st.sampled_from(field.enum) if field.enum else VALUES[field.type]


FLOWS = st.fixed_dictionaries(
    {"source_cluster": st.just("a"), "target_cluster": st.just("b"), "enabled": st.booleans()},
    optional={field.name: values(field) for field in WRITABLE if field.name != "enabled"},
)


def compared(known: Wire | None, now: Wire | None) -> tuple[Drift, ...]:
    before, after = ([each] if each else [] for each in (known, now))
    return drift.compare("acme/mm2", drift.by_pair(before), drift.by_pair(after))


@pytest.mark.parametrize(("known", "now"), [
    (FLOW, FLOW),
    (FLOW, FLOW | {"replication_progress": 0.5}),
    (FLOW | {"replication_progress": 0.1}, FLOW | {"replication_progress": 0.5}),
    (FLOW, FLOW | {"a_key_of_tomorrow": {"x": 1}}),
    (FLOW, FLOW | {"topics.blacklist": [], "config_properties_exclude": "", "offset_lag_max": None}),
    (FLOW | {"topics.blacklist": []}, FLOW),
    (FLOW, FLOW | {"follower_fetching_enabled": True, "exactly_once_delivery_enabled": False, "offset_lag_max": 100}),
    (FLOW | {"sync_group_offsets_interval_seconds": 60}, FLOW),
])  # fmt: skip
def test_what_changes_by_itself_or_says_nothing_is_no_drift(known: Wire, now: Wire) -> None:
    assert compared(known, now) == ()


@pytest.mark.parametrize(("known", "now", "fields", "rights"), [
    (FLOW, FLOW | {"enabled": False}, ["enabled"], {Right.OPERATE}),
    (FLOW, FLOW | {"enabled": 1}, ["enabled"], {Right.OPERATE}),
    (FLOW, FLOW | {"topics": ["orders", "x"]}, ["topics"], {Right.EDIT}),
    (FLOW, ENDS | {"enabled": True}, ["topics"], {Right.EDIT}),
    (FLOW, FLOW | {"exactly_once_delivery_enabled": True}, ["exactly_once_delivery_enabled"], {Right.TUNE}),
    (FLOW, FLOW | {"emit_heartbeats_enabled": False}, ["emit_heartbeats_enabled"], {Right.TUNE}),
    (FLOW, FLOW | {"offset_lag_max": 100, "enabled": False}, ["enabled"], {Right.OPERATE}),
    (FLOW, FLOW | {"enabled": False, "offset_lag_max": 1}, ["enabled", "offset_lag_max"], {Right.OPERATE, Right.TUNE}),
    (FLOW, None, ["enabled", "topics"], {Right.DELETE}),
    (None, FLOW, ["enabled", "topics"], {Right.CREATE, Right.OPERATE, Right.EDIT}),
])  # fmt: skip
def test_a_drift_tells_what_differs_and_what_it_takes(
    known: Wire | None, now: Wire | None, fields: list[str], rights: set[Right]
) -> None:
    (found,) = compared(known, now)
    assert found.ref == REF
    assert [each.field for each in found.differences] == fields
    assert found.rights == rights


def test_flows_are_told_apart_by_both_ends() -> None:
    other: Wire = FLOW | {"source_cluster": "b", "target_cluster": "a"}
    known = drift.by_pair([FLOW, other])
    found = drift.compare("acme/mm2", known, drift.by_pair([other | {"enabled": False}, FLOW]))
    assert [str(each.ref) for each in found] == ["acme/mm2/b->a"]


@given(FLOWS, FLOWS)
def test_a_flow_drifts_exactly_when_it_works_otherwise(known: Wire, now: Wire) -> None:
    assert compared(known, known) == ()
    assert bool(compared(known, now)) is not same_effect(known, now)
    assert all(each.differences for each in compared(known, now))


@given(FLOWS, FLOWS)
def test_the_same_drift_has_the_same_digest_and_another_one_has_not(one: Wire, other: Wire) -> None:
    first, second = Drift(ref=REF, known=FLOW, now=one), Drift(ref=REF, known=FLOW, now=other)
    assert (first.digest == second.digest) is same_effect(one, other)
    assert first.digest != Drift(ref=REF, known=None, now=one).digest


def test_the_same_drift_at_another_time_is_another_report() -> None:
    found = Drift(ref=REF, known=FLOW, now=None)
    ids = {drift.found(found, NOW + timedelta(seconds=number), NOW).id for number in range(50)}
    assert len(ids) == 50


@pytest.mark.parametrize(("known", "now", "learnt"), [
    (FLOW, FLOW | {"emit_heartbeats_enabled": True}, FLOW | {"emit_heartbeats_enabled": True}),
    (FLOW, FLOW | {"emit_heartbeats_enabled": True, "enabled": False}, FLOW),
    (FLOW, ENDS | {"enabled": True}, FLOW),
    (FLOW, None, FLOW),
])  # fmt: skip
def test_what_aiven_adds_to_a_flow_that_we_wrote_is_learnt(known: Wire, now: Wire | None, learnt: Wire) -> None:
    there = drift.by_pair([now] if now else [])
    assert drift.settled({"a->b": known}, ["a->b"], there) == {"a->b": learnt}
    assert drift.settled({"a->b": known}, [], there) == {"a->b": known}


def test_what_makes_no_difference_is_learnt_of_every_flow() -> None:
    written = FLOW | {"follower_fetching_enabled": True}
    assert drift.settled({"a->b": FLOW}, [], drift.by_pair([written])) == {"a->b": written}


@pytest.mark.parametrize(("known", "state"), [
    (FLOW, State.OVER), (FLOW | {"enabled": False}, State.SETTLED), (None, State.SETTLED),
])  # fmt: skip
def test_a_report_ends_as_before_or_by_a_change_made_here(known: Wire | None, state: State) -> None:
    assert drift.end_of(Drift(ref=REF, known=FLOW, now=None), known) is state
    assert drift.end_of(Drift(ref=REF, known=None, now=FLOW), None) is State.OVER


def said(minutes: int, service: str = "mm2", *, at: datetime | None = NOW) -> Said:
    return Said(service=service, at=at and at + timedelta(minutes=minutes), who="dan", what=str(minutes))


def test_of_the_log_the_newest_lines_about_the_service_are_heard() -> None:
    log = [said(-5), said(3), said(1, "other"), said(0), said(2, at=None), *(said(number) for number in range(4, 9))]
    assert [each.what for each in drift.heard(log, "mm2", NOW)] == ["8", "7", "6", "5", "4"]


@given(st.text("abc/-", min_size=1), st.integers(300, 700_000), st.integers(0, 2_000_000_000))
def test_the_next_look_is_within_a_period_and_always_at_the_same_moments(path: str, seconds: int, at: int) -> None:
    every, now = timedelta(seconds=seconds), datetime.fromtimestamp(at, UTC)
    first = drift.next_look(path, every, now)
    assert timedelta(seconds=drift._AGAIN) < first - now <= every + timedelta(seconds=drift._AGAIN)
    assert drift.next_look(path, every, first) == first + every
    assert drift.next_look(path, every, first - timedelta(milliseconds=200)) == first + every


def test_a_hundred_services_spread_over_the_period() -> None:
    every = timedelta(minutes=15)
    moments = [drift.next_look(f"acme-prod/mm2-{number}", every, NOW) for number in range(100)]
    assert max(Counter(each.replace(second=0) for each in moments).values()) < 20
    assert max(moments) - min(moments) > timedelta(minutes=13)


@given(FLOWS, FLOWS)
def test_what_is_put_back_works_as_what_was_known_or_it_is_said_that_it_does_not(known: Wire, now: Wire) -> None:
    for found in compared(known, now):
        way = restore(found, now)
        assert way.plan is not None or not way.exact
        if way.plan is None:
            continue
        assert way.plan.before == writable(now)
        assert list(body_problems(way.plan.change.body, creating=False)) == []
        assert way.plan.after == apply(now, way.plan.change)
        assert same_effect(way.plan.after, known) is way.exact
        assert all(each.field in {d.field for d in found.differences} for each in way.plan.differences)


@given(FLOWS)
def test_one_that_is_gone_is_made_as_it_was_and_one_that_is_new_goes(flow: Wire) -> None:
    (gone,), (new,) = compared(flow, None), compared(None, flow)
    made, notes, _ = restore(gone, None)
    assert made is not None
    assert made.change == Create(body=flow)
    assert (made.before, made.after) == (None, flow)
    assert list(body_problems(made.change.body, creating=True)) == []
    assert notes
    taken, said, _ = restore(new, flow)
    assert said == ()
    assert taken is not None
    assert (taken.change, taken.before, taken.after) == (Delete(), flow, None)


@pytest.mark.parametrize(("known", "now", "body", "note"), [
    ({"topics": ["x"]}, {"topics": ["y"]}, {"topics": ["x"]}, ""),
    ({}, {"topics": ["y"]}, {"topics": []}, ""),
    ({}, {"topics": ["y"], "offset_lag_max": 100}, {"topics": []}, ""),
    ({"topics": ["x"]}, {}, {"topics": ["x"]}, ""),
    ({}, {"exactly_once_delivery_enabled": True}, {"exactly_once_delivery_enabled": False}, "set to its default, off"),
    ({}, {"replication_factor": 2}, None, "its default is not known, so it stays"),
    ({}, {"topics_exclude": ["x"]}, None, "two spellings"),
    ({"topics.blacklist": ["x"]}, {"topics_exclude": ["x"]}, None, "topics.blacklist and topics_exclude are left"),
    ({"topics_exclude": ["x"]}, {"topics_exclude": ["y"], "enabled": False}, {"enabled": True}, "two spellings"),
])  # fmt: skip
def test_each_kind_of_field_goes_back_as_far_as_aiven_lets_it(
    known: Wire, now: Wire, body: Wire | None, note: str
) -> None:
    base = ENDS | {"enabled": True}
    way = restore(Drift(ref=REF, known=base | known, now=base | now), base | now)
    assert (way.plan.change if way.plan else None) == (Patch(body=body) if body else None)
    assert note in " ".join(way.said)
    assert bool(note) is bool(way.said)
