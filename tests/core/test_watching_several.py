"""Several flows of one service that were changed together: one watch, one line, each flow let go by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.core.flow import Patch
from bot.core.plan import Plan
from bot.core.preflight.surroundings import Cluster
from bot.core.seeing import FlowSeen, Found, Seen, line
from bot.core.watching import BOUND, CALM, Watch, WatchState, begun, overtaken, taken_back, watched
from tests.core.test_watching import DELETE, EXACTLY_ONCE, NOW, ON, REF, WELL

NAMES = "bcdef"
REFS = {target: REF.model_copy(update={"target": target}) for target in NAMES}
PLANS = [EXACTLY_ONCE.model_copy(update={"ref": ref}) for ref in REFS.values()]
PLANNED = FlowSeen(Found.PLANNED, 0.9)
ENDS: Mapping[str, Cluster | None] = {name: Cluster(alias=name, status="running") for name in "abcdef"}


def seen(ends: Mapping[str, Cluster | None] = ENDS, **flows: FlowSeen) -> Seen:
    """All is well but for these flows (by target) and these clusters."""
    return replace(WELL, ends=ends, flows={f"a -> {name}": flows.get(name, PLANNED) for name in NAMES})


def looks(*sights: Seen, watch: Watch | None = None) -> Watch:
    """A watch after these looks, half a minute from one to the next."""
    watch = watch or begun(PLANS, NOW)
    for number, sight in enumerate(sights, watch.looks + 1):
        watch = watched(watch, sight, NOW + CALM * number)
    return watch


@pytest.mark.parametrize(("sight", "said"), [
    (seen(), "6 clusters running · 5 flows · progress 90 % or more"),
    (seen(b=FlowSeen(Found.PLANNED, 0.12)), "6 clusters running · 5 flows · progress 12 % or more"),
    (seen(b=FlowSeen(Found.PLANNED)), "6 clusters running · 5 flows · progress 90 % or more · 1 show no progress"),
    (seen(b=FlowSeen(Found.GONE), c=FlowSeen()),
     "6 clusters running · 5 flows · a -> b gone · 1 cannot be read · progress 90 % or more"),
    (seen({**ENDS, "b": Cluster(alias="b", status="failed", active=False)}),
     "b failed · 5 clusters running · 5 flows · progress 90 % or more"),
])  # fmt: skip
def test_many_flows_in_a_line(sight: Seen, said: str) -> None:
    assert line(sight, begun(PLANS, NOW).aims) == f"mm2 RUNNING 1/1 nodes · {said}"


def test_it_has_settled_when_all_of_them_have() -> None:
    assert looks(seen(), seen()).state is WatchState.SETTLED
    late = looks(seen(), seen(f=FlowSeen(Found.PLANNED, 0.1)), seen())
    assert late.goes_on
    assert looks(seen(), watch=late).state is WatchState.SETTLED


def test_what_is_wrong_with_one_names_it() -> None:
    watch = watched(looks(seen(f=FlowSeen(Found.PLANNED))), seen(f=FlowSeen(Found.PLANNED)), NOW + BOUND)
    assert watch.state is WatchState.UNSURE
    assert watch.said.startswith("a -> f: Aiven shows no progress of the flow")
    fallen = watched(looks(seen()), seen(e=FlowSeen(Found.PLANNED), f=FlowSeen(Found.PLANNED, 0.1)), NOW + BOUND)
    assert fallen.state is WatchState.TROUBLED
    assert fallen.said.startswith("a -> e: Its progress was 90 % and is shown no more.")


def test_a_later_request_takes_over_only_what_it_has_changed() -> None:
    watch = overtaken(looks(seen()), {REFS["c"]: 9, REFS["d"]: 9}, NOW)
    assert (watch.goes_on, watch.said) == (True, "Request 9 has changed a -> c, a -> d since.")
    assert list(watch.aims) == ["a -> b", "a -> e", "a -> f"]
    settled = looks(seen(c=FlowSeen(Found.CHANGED)), watch=watch)
    assert (settled.state, settled.said) == (WatchState.SETTLED, watch.said)
    rest = overtaken(watch, dict.fromkeys(REFS.values(), 10) | {REFS["b"]: 11}, NOW)
    assert rest.state is WatchState.OVERTAKEN
    assert rest.said.endswith("Requests 10, 11 have changed a -> b, a -> e, a -> f since.")
    assert overtaken(watch, {}, NOW) is watch


def test_a_flow_that_somebody_else_changed_is_let_go_and_the_others_settle() -> None:
    odd = seen(b=FlowSeen(Found.CHANGED))
    watch = looks(odd, odd)
    assert watch.goes_on
    assert watch.said.startswith("a -> b was changed meanwhile, and no request that was applied here did it")
    settled = looks(odd, odd, watch=watch)
    assert settled.state is WatchState.SETTLED
    assert settled.said == watch.said
    late = watched(begun(PLANS, NOW), odd, NOW + BOUND)
    assert late.state is WatchState.UNSURE
    assert "a -> b was changed meanwhile" in late.said


def test_flows_that_are_gone_are_trouble() -> None:
    odd = seen(**dict.fromkeys("bcdef", FlowSeen(Found.GONE)))
    watch = looks(odd, odd)
    assert watch.state is WatchState.TROUBLED
    assert watch.said.startswith("Gone: a -> b, a -> c, a -> d and 2 more, and no request")


def test_clusters_of_flows_that_do_not_copy_do_not_matter() -> None:
    """One is deleted, the other copies."""
    gone = DELETE.model_copy(update={"ref": REFS["c"]})
    off = Plan(ref=REFS["d"], change=Patch(body={"enabled": False}), before=ON, after=ON | {"enabled": False})
    watch = looks(seen(), seen(), watch=begun([EXACTLY_ONCE, gone, off], NOW))
    assert watch.state is WatchState.SETTLED
    assert watch.line == "mm2 RUNNING 1/1 nodes · 6 clusters running · 3 flows · progress 90 % or more"


def test_a_change_that_is_taken_back_is_watched_no_longer() -> None:
    watch = taken_back(begun(PLANS, NOW), NOW + CALM)
    assert (watch.state, watch.said, watch.at) == (WatchState.OVERTAKEN, "It was to be taken back since.", NOW + CALM)
