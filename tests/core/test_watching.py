"""How a change lands: when it has settled, what is trouble, what cannot be told, and that every watch ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.flow import Change, Create, Delete, FlowRef, Patch, Wire, apply
from bot.core.plan import Plan
from bot.core.preflight.surroundings import Cluster, Mirror
from bot.core.seeing import Aim, FlowSeen, Found, Seen, line
from bot.core.watching import BOUND, CALM, Watch, WatchState, begun, next_look, overtaken, watched

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REF = FlowRef(project="acme", service="mm2", source="a", target="b")
IDENTITY: Wire = {"source_cluster": "a", "target_cluster": "b"}
ON: Wire = IDENTITY | {"enabled": True}
OFF: Wire = IDENTITY | {"enabled": False}
A = Cluster(alias="a", service="kafka-a", status="running")
B = Cluster(alias="b", service="kafka-b", status="running")
WELL = Seen(
    service="mm2", mirror=Mirror(name="mm2", state="RUNNING", nodes={"mm2-1": "running"}), ends={"a": A, "b": B},
    flows={"a -> b": FlowSeen(Found.PLANNED, 0.98)},
)  # fmt: skip
NOTHING = Seen(service="mm2", unread=("Aiven is away.",))


def plan(change: Change, before: Wire | None = ON) -> Plan:
    return Plan(ref=REF, change=change, before=before, after=apply(before or {}, change))


EXACTLY_ONCE = plan(Patch(body={"exactly_once_delivery_enabled": True}))
NEW = plan(Create(body=ON), None)
RESUME = plan(Patch(body={"enabled": True}), OFF)
PAUSE = plan(Patch(body={"enabled": False}))
DELETE = plan(Delete())


def flow(found: Found | None = Found.PLANNED, progress: float | None = None) -> Seen:
    """The flow is like this, and all else is well."""
    return replace(WELL, flows={"a -> b": FlowSeen(found, progress)})


RESTS = flow()


def mirror(state: str, **nodes: str) -> Seen:
    return replace(WELL, mirror=Mirror(name="mm2", state=state, nodes=nodes or {"mm2-1": "running"}))


def end(**changes: object) -> Seen:
    """One of the clusters is like this."""
    return replace(WELL, ends={"a": A, "b": replace(B, **changes)})


def followed(of: Plan, *seen: Seen, last: Seen | None = None) -> Watch:
    """What becomes of a watch that sees these one after the other, then the last one for as long as it goes on."""
    watch, now, left = begun([of], NOW), NOW, [*seen]
    while watch.goes_on:
        now = next_look(watch, now)
        watch = watched(watch, left.pop(0) if left else (last or seen[-1]), now)
    return watch


@pytest.mark.parametrize(("of", "aim"), [
    (EXACTLY_ONCE, Aim.RUNS), (NEW, Aim.STARTS), (RESUME, Aim.STARTS), (PAUSE, Aim.RESTS), (DELETE, Aim.GONE),
    (plan(Create(body=OFF), None), Aim.RESTS), (plan(Patch(body={"topics": ["x"]}), OFF), Aim.RESTS),
])  # fmt: skip
def test_what_a_change_is_to_come_to(of: Plan, aim: Aim) -> None:
    assert begun([of], NOW).aims == {"a -> b": aim}


@pytest.mark.parametrize(("of", "seen"), [(EXACTLY_ONCE, WELL), (NEW, WELL), (PAUSE, RESTS), (DELETE, RESTS)])
def test_it_has_settled_when_all_stays_well_for_a_while(of: Plan, seen: Seen) -> None:
    watch = followed(of, seen)
    assert (watch.state, watch.looks, watch.at - NOW) == (WatchState.SETTLED, 3, timedelta(seconds=45))
    assert watch.at - (watch.good_since or NOW) >= CALM


def test_it_looks_often_at_first_then_less_and_less() -> None:
    watch, now, ages = begun([EXACTLY_ONCE], NOW), NOW, []
    while watch.goes_on:
        now = next_look(watch, now)
        ages.append(int((now - NOW).total_seconds()))
        watch = watched(watch, mirror("REBUILDING"), now)
    assert ages == [15, 30, 45, 60, 90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600]


def test_it_does_not_look_before_aiven_wants_to_be_asked_but_in_the_end_it_does() -> None:
    watch = begun([EXACTLY_ONCE], NOW)
    assert next_look(watch, NOW, timedelta(seconds=40)) == NOW + timedelta(seconds=40)
    assert next_look(watch, NOW, timedelta(hours=1)) == NOW + BOUND
    assert next_look(watch, NOW + timedelta(hours=2)) == NOW + timedelta(hours=2)


@pytest.mark.parametrize(("seen", "state", "words"), [
    (mirror("POWEROFF"), "troubled", "mm2 is powered off, so nothing is copied. Power it on, then see with"),
    (end(status="failed", active=False, cause="source", errors=("no brokers.",)), "troubled",
     "b has failed: “no brokers”. Likely cause (Aiven: source): the side of the cluster. Look whether kafka-b runs"),
    (end(status="failed", cause="destination"), "troubled", "failed. Likely cause (Aiven: destination): mm2 itself."),
    (end(status="failed", cause="integration"), "troubled", "(Aiven: integration): what is configured in it."),
    (end(status="failed", service=None, endpoint="dc"), "troubled", "Look at the integration and at dc in"),
])  # fmt: skip
def test_trouble_that_waiting_does_not_mend_is_told_at_the_first_look(seen: Seen, state: str, words: str) -> None:
    watch = followed(EXACTLY_ONCE, seen)
    assert (watch.state, watch.looks) == (state, 1)
    assert words in watch.said


@pytest.mark.parametrize(("of", "seen", "state", "words"), [
    (EXACTLY_ONCE, mirror("REBUILDING", n1="running", n2="syncing_data"), "troubled",
     "mm2 is still REBUILDING (n2 is syncing_data). Look at its nodes in the Aiven Console."),
    (EXACTLY_ONCE, mirror("RUNNING", n1="running", n2="leaving"), "troubled", "still RUNNING (n2 is leaving)"),
    (EXACTLY_ONCE, mirror("REBALANCING"), "unsure", "mm2 is still rebalancing. It works meanwhile"),
    (EXACTLY_ONCE, mirror(""), "troubled", "still in a state that Aiven does not tell"),
    (PAUSE, mirror("REBUILDING"), "troubled", "still REBUILDING"),
    (EXACTLY_ONCE, end(status="starting", active=False), "troubled", "The integration of b is still starting."),
    (EXACTLY_ONCE, end(active=False), "troubled", "The integration of b is still not active."),
    (EXACTLY_ONCE, end(status="inactive"), "troubled", "The integration of b is still inactive"),
    (EXACTLY_ONCE, end(enabled=False), "troubled", "The integration of b is not enabled, so the flow copies nothing."),
    (EXACTLY_ONCE, replace(WELL, ends={"a": A, "b": None}), "troubled", "No integration of mm2 has the alias b"),
    (NEW, RESTS, "troubled", "No progress of the flow has shown, though it is on."),
    (RESUME, RESTS, "troubled", "`/flow topics a -> b`"),
    (EXACTLY_ONCE, RESTS, "unsure", "Aiven shows no progress of the flow, so I cannot tell whether it copies."),
    (EXACTLY_ONCE, NOTHING, "unsure", "Aiven is away. Look"),
    (EXACTLY_ONCE, replace(WELL, ends=None), "unsure", "Aiven did not tell everything."),
    (DELETE, flow(None), "unsure", "Aiven did not tell everything."),
])  # fmt: skip
def test_what_does_not_mend_in_its_time_is_told_then(of: Plan, seen: Seen, state: str, words: str) -> None:
    watch = followed(of, seen)
    assert (watch.state, watch.at - NOW) == (state, BOUND)
    assert words in watch.said


@pytest.mark.parametrize("of", [PAUSE, DELETE])
def test_a_flow_that_is_not_to_copy_needs_no_clusters_and_its_service_may_go(of: Plan) -> None:
    ends = {"a": None, "b": replace(B, status="failed", active=False)}
    assert followed(of, replace(RESTS, ends=ends)).state is WatchState.SETTLED
    assert followed(of, replace(RESTS, ends=None)).state is WatchState.SETTLED
    off = followed(of, replace(RESTS, mirror=Mirror(name="mm2", state="POWEROFF")))
    assert (off.state, off.looks) == (WatchState.UNSURE, 1)
    assert "nothing to be seen until it is on again" in off.said


def test_a_bad_look_between_begins_the_row_anew() -> None:
    watch = followed(EXACTLY_ONCE, WELL, WELL, mirror("REBALANCING"), WELL)
    assert (watch.state, watch.at - NOW) == (WatchState.SETTLED, timedelta(seconds=90))
    unread = followed(EXACTLY_ONCE, WELL, WELL, flow(None), WELL)
    assert (unread.state, unread.at - NOW) == (WatchState.SETTLED, timedelta(seconds=90))


def test_one_good_look_at_the_end_is_not_enough() -> None:
    """Nobody looked for hours, say; or it became well in the last moment."""
    watch = watched(begun([EXACTLY_ONCE], NOW), WELL, NOW + timedelta(hours=3))
    assert watch.state is WatchState.UNSURE
    assert "All is well now, but I have not seen it stay so for 30 s." in watch.said


def progress(*values: float | None) -> Watch:
    return followed(EXACTLY_ONCE, *(flow(progress=value) for value in values))


def test_progress_may_rise_and_go_up_and_down_a_little() -> None:
    assert progress(0.2, 0.5, 0.9).looks == 3
    assert progress(0.98, 0.97, 0.98).looks == 3


def test_progress_that_falls_once_and_then_stays_settles_later() -> None:
    watch = progress(0.98, 0.60, 0.60)
    assert (watch.state, watch.looks) == (WatchState.SETTLED, 5)


def test_progress_that_falls_and_falls_is_trouble_in_the_end() -> None:
    """Also when it falls slowly: it is compared with the highest of late."""
    watch = progress(*(1 - step / 40 for step in range(20)))
    assert watch.state is WatchState.TROUBLED
    assert "Its progress falls, from 62 % to 60 %: more comes in than is copied." in watch.said
    slow = begun([EXACTLY_ONCE], NOW)
    for step in range(4):
        slow = watched(slow, flow(progress=0.98 - step * 0.009), NOW + timedelta(seconds=step))
    assert slow.good == 0


def test_progress_that_is_shown_no_more_is_trouble_in_the_end() -> None:
    watch = progress(0.5, None)
    assert watch.state is WatchState.TROUBLED
    assert "Its progress was 50 % and is shown no more." in watch.said


@pytest.mark.parametrize(("of", "found", "state", "words"), [
    (EXACTLY_ONCE, Found.CHANGED, "overtaken", "The flow was changed meanwhile, and no request"),
    (DELETE, Found.CHANGED, "overtaken", "The flow was made again meanwhile"),
    (EXACTLY_ONCE, Found.GONE, "troubled", "The flow is gone, and no request"),
])  # fmt: skip
def test_another_flow_ends_it_when_it_is_seen_twice(of: Plan, found: Found, state: str, words: str) -> None:
    """Once may be an answer from before the write."""
    odd = flow(found)
    watch = followed(of, odd)
    assert (watch.state, watch.looks) == (state, 2)
    assert words in watch.said
    well = RESTS if of is DELETE else WELL
    assert followed(of, well, odd, well, odd, well).state is WatchState.SETTLED
    unread = flow(None)
    assert followed(of, odd, unread, odd).looks == 3
    late = watched(begun([of], NOW), odd, NOW + BOUND)
    assert late.state == state
    assert "Aiven did not tell" in watched(watched(begun([of], NOW), odd, NOW), unread, NOW + BOUND).said


def test_another_request_ends_it_quietly() -> None:
    watch = overtaken(begun([EXACTLY_ONCE], NOW), {REF: 43}, NOW + CALM)
    assert (watch.state, watch.said) == (WatchState.OVERTAKEN, "Request 43 has changed the flow since.")
    assert watch.at == NOW + CALM


@pytest.mark.parametrize(("of", "seen", "said"), [
    (EXACTLY_ONCE, WELL, "mm2 RUNNING 1/1 nodes · a running · b running · progress 98 %"),
    (EXACTLY_ONCE, flow(progress=0.9999), "mm2 RUNNING 1/1 nodes · a running · b running · progress 99 %"),
    (EXACTLY_ONCE, flow(progress=0.29), "mm2 RUNNING 1/1 nodes · a running · b running · progress 29 %"),
    (NEW, RESTS, "mm2 RUNNING 1/1 nodes · a running · b running · no progress shown"),
    (NEW, mirror("REBUILDING", n1="running", n2="leaving"),
     "mm2 REBUILDING 1/2 nodes · a running · b running · progress 98 %"),
    (NEW, replace(WELL, mirror=Mirror(name="mm2", state="RUNNING"), ends={"a": None, "b": replace(B, enabled=False)}),
     "mm2 RUNNING · a not integrated · b not enabled · progress 98 %"),
    (NEW, end(status="failed", active=False), "mm2 RUNNING 1/1 nodes · a running · b failed · progress 98 %"),
    (NEW, end(status="running", active=False), "mm2 RUNNING 1/1 nodes · a running · b not active · progress 98 %"),
    (NEW, end(status=""), "mm2 RUNNING 1/1 nodes · a running · b active · progress 98 %"),
    (NEW, flow(Found.CHANGED), "mm2 RUNNING 1/1 nodes · a running · b running · flow changed"),
    (DELETE, flow(Found.CHANGED), "mm2 RUNNING 1/1 nodes · flow there again"),
    (PAUSE, RESTS, "mm2 RUNNING 1/1 nodes · flow paused"),
    (DELETE, RESTS, "mm2 RUNNING 1/1 nodes · flow gone"),
    (NEW, NOTHING, "mm2 cannot be read · clusters cannot be read · flow cannot be read"),
])  # fmt: skip
def test_a_look_in_a_line(of: Plan, seen: Seen, said: str) -> None:
    assert line(seen, begun([of], NOW).aims) == said


def test_what_is_shown_is_dated_when_it_changes_and_only_then() -> None:
    first = watched(begun([EXACTLY_ONCE], NOW), WELL, NOW + timedelta(seconds=15))
    assert first.at == NOW + timedelta(seconds=15)
    again = watched(first, WELL, NOW + timedelta(seconds=20))
    assert (again.at, again.shown) == (first.at, first.shown)
    news = watched(first, flow(progress=1.0), NOW + timedelta(seconds=20))
    assert news.at == NOW + timedelta(seconds=20)


CLUSTERS = st.none() | st.builds(
    Cluster, alias=st.just("b"), service=st.none() | st.just("kafka-b"), enabled=st.booleans(), active=st.booleans(),
    status=st.sampled_from(["", "failed", "inactive", "running", "starting", "unknown", "new word"]),
    cause=st.sampled_from(["", "source", "destination", "integration", "unknown"]),
    errors=st.just(()) | st.just(("x",)),
)  # fmt: skip
ENDS: st.SearchStrategy[Mapping[str, Cluster | None] | None] = st.none() | st.fixed_dictionaries(
    {"a": CLUSTERS, "b": CLUSTERS}
)
NODES = st.dictionaries(st.sampled_from(["n1", "n2"]), st.sampled_from(["running", "leaving", "unknown", ""]))
MIRRORS = st.builds(
    Mirror, name=st.just("mm2"), nodes=NODES, state=st.sampled_from(["RUNNING", "REBUILDING", "REBALANCING", ""]),
) | st.builds(Mirror, name=st.just("mm2"), state=st.just("POWEROFF"))  # fmt: skip
FLOWS = st.builds(FlowSeen, found=st.none() | st.sampled_from(Found), progress=st.none() | st.floats(0, 1))
SEEN = st.builds(
    Seen, service=st.just("mm2"), mirror=st.none() | MIRRORS, ends=ENDS, unread=st.just(()) | st.just(("?",)),
    flows=st.dictionaries(st.sampled_from(["a -> b", "a -> c"]), FLOWS),
) | st.just(WELL) | st.just(RESTS)  # fmt: skip
OTHER = EXACTLY_ONCE.model_copy(update={"ref": REF.model_copy(update={"target": "c"})})
PLANS = st.sampled_from([EXACTLY_ONCE, NEW, RESUME, PAUSE, DELETE, OTHER])


@given(st.lists(PLANS, min_size=1, max_size=2), st.lists(st.tuples(SEEN, st.floats(0, 400)), min_size=1), SEEN)
def test_every_watch_ends_in_its_time_and_is_never_settled_by_what_is_bad(
    of: list[Plan], looks: list[tuple[Seen, float]], last: Seen
) -> None:
    watch, now, left = begun(of, NOW), NOW, [*looks]
    while watch.goes_on:
        seen, late = left.pop(0) if left else (last, 0.0)
        due = next_look(watch, now)
        assert now <= due <= max(now, NOW + BOUND)
        now = due + timedelta(seconds=late)
        was, watch = watch, watched(watch, seen, now)
        assert Watch.model_validate_json(watch.model_dump_json()) == watch
        assert watch.goes_on or watch.said or watch.state is WatchState.SETTLED
        assert not watch.goes_on or now - NOW < BOUND
        if watch.state is WatchState.SETTLED:
            flows = {pair: seen.flow(pair) for pair in watch.aims}
            assert {each.found for each in flows.values()} == {Found.PLANNED}
            assert seen.mirror is not None
            assert seen.mirror.state == "RUNNING"
            assert set(seen.mirror.nodes.values()) <= {"running"}
            assert was.good >= 1
            assert now - (was.good_since or now) >= CALM
            copying = [pair for pair, aim in watch.aims.items() if aim.copies]
            assert not copying or seen.ends is not None
            assert not copying or all(each and each.enabled and each.active for each in (seen.ends or {}).values())
            assert not copying or not any(each and each.status == "failed" for each in (seen.ends or {}).values())
            assert all(flows[pair].progress is not None for pair in copying)
