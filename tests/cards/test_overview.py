"""The status as it is read: short, exact, and whatever it holds, Slack takes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import overview
from bot.core.flow import FlowRef
from bot.core.freeze import Span, Spell
from bot.core.overview import Health, Overview, Waiting
from bot.core.preflight.surroundings import Cluster, Mirror, Upkeep
from bot.core.request import State
from bot.core.weighing import Standing
from tests.cards.test_answers import ODD, buttons, good
from tests.cards.test_history import BROKEN, FLOW, NOW, REF, read, request

MIRROR = Mirror(name="mm2", state="RUNNING", nodes={"mm2-1": "running", "mm2-2": "running"})
GOOD = (Cluster(alias="a"), Cluster(alias="b"))


def seen(**more: object) -> Overview:
    values: dict[str, Any] = {
        "path": "acme/mm2", "now": NOW, "mirror": MIRROR, "flows": ((REF, FLOW),), "clusters": GOOD, **more,
    }  # fmt: skip
    return Overview(**values)


def lines(**more: object) -> list[str]:
    return read(overview.of_service(seen(**more), 1)).splitlines()


def test_a_service_that_is_well_takes_a_line_and_one_for_each_flow() -> None:
    flows = (
        (REF, FLOW | {"replication_progress": 0.9999, "exactly_once_delivery_enabled": True}),
        (REF.model_copy(update={"target": "c"}), FLOW | {"enabled": False, "replication_progress": 1}),
    )
    assert lines(flows=flows) == [
        "🟢 *acme/mm2* RUNNING · 2 nodes · 2 flows, 1 paused",
        "▶️ `a -> b` 99% · exactly-once on",
        "⏸️ `a -> c` 100% · exactly-once off",
    ]


@pytest.mark.parametrize(("more", "sign", "row"), [
    ({"mirror": Mirror(name="mm2", state="POWEROFF")}, "🔴", "⚠️ powered off: nothing is replicated"),
    ({"mirror": Mirror(name="mm2", state="REBUILDING", nodes={"n1": "running", "n2": "leaving"})}, "🟡",
     "⚠️ changes may show late; not ready: n2 leaving"),
    ({"mirror": Mirror(name="mm2", state="REBALANCING", nodes={"n1": "unknown"})}, "🟡", "⚠️ not ready: n1 unknown"),
    ({"clusters": (Cluster(alias="a"), Cluster(alias="b", active=False, status="failed", cause="source",
                                               errors=("no broker",)))}, "🔴",
     "⚠️ b has failed; likely cause: source (“no broker”)"),
    ({"clusters": (Cluster(alias="a", status="failed"), Cluster(alias="b"))}, "🔴", "⚠️ a has failed"),
    ({"clusters": (Cluster(alias="a", active=False), Cluster(alias="b"))}, "🔴", "⚠️ a is not active"),
    ({"clusters": (Cluster(alias="a", enabled=False), Cluster(alias="b"))}, "🔴", "⚠️ a is not enabled"),
    ({"clusters": (*GOOD, Cluster(alias="c", active=False))}, "🟡", "⚠️ c is not active"),
    ({"clusters": (Cluster(alias="a"),)}, "🔴",
     "⚠️ no cluster of this service, so that flows with it copy nothing: b"),
    ({"unread": ("I could not see the flows of mm2: no.",), "flows": None}, "🟡",
     "❔ I could not see the flows of mm2: no."),
    ({"mirror": Mirror(name="mm2", state="RUNNING", upkeep=(Upkeep(description="Update", deadline=NOW.isoformat()),))},
     "🟢", "🔧 maintenance until WHEN: Update"),
    ({"mirror": Mirror(name="mm2", state="RUNNING", upkeep=(Upkeep(description="Update", start_at="soon"),))},
     "🟢", "🔧 maintenance waits: Update"),
    ({"spells": (Spell("the freeze “sale” of the policy", Span(NOW - timedelta(hours=1), NOW)),)}, "🟢",
     "🧊 until WHEN: the freeze “sale” of the policy"),
    ({"spells": (Spell("x", Span(NOW + timedelta(hours=1), NOW + timedelta(hours=2))),)}, "🟢",
     "🧊 from <!date^1795438800"),
    ({"reviews": (request(glass=BROKEN),)}, "🟢",
     "🔨 Request 7: pause a -> b — made without its approvals by <@UASK>, not reviewed"),
], ids=str)  # fmt: skip
def test_what_is_to_be_known_has_a_row(more: dict[str, Any], sign: str, row: str) -> None:
    head, *rows = lines(**more)
    assert head.startswith(sign)
    assert [each for each in rows if each.startswith(row)], rows


@pytest.mark.parametrize("more", [
    {"clusters": (Cluster(alias="a"), Cluster(alias=None))},
    {"clusters": None},
    {"clusters": (), "flows": ((REF, FLOW | {"enabled": False}),)},
    {"mirror": Mirror(name="mm2", state="RUNNING",
                      upkeep=(Upkeep(description="U", deadline=(NOW + timedelta(days=8)).isoformat()),))},
], ids=str)  # fmt: skip
def test_what_is_not_known_to_be_wrong_is_not_told(more: dict[str, Any]) -> None:
    assert seen(**more).health is Health.GOOD
    assert not {"⚠️", "🔧"} & {row[:2] for row in lines(**more)}


def test_a_service_that_is_off_is_told_to_be_off_and_no_more() -> None:
    assert len(seen(mirror=Mirror(name="mm2", state="POWEROFF"), clusters=()).troubles) == 1


PENDING = request(state=State.PENDING, attempts=0)
STANDING = Standing(approvers=("SGRP", "UASK", "UBOB"))


@pytest.mark.parametrize(("waiting", "row"), [
    (Waiting(PENDING, STANDING),
     "⏳ Request 7: pause, asked by <@UASK> — waits for approval (<!subteam^SGRP>, <@UBOB>)"),
    (Waiting(PENDING, Standing(approvers=("UASK",))),
     "⏳ Request 7: pause, asked by <@UASK> — waits for approval (nobody may approve it)"),
    (Waiting(request(state=State.APPLYING), STANDING), "⚙️ Request 7: pause, asked by <@UASK> — being applied"),
    (Waiting(request(state=State.APPROVED, note="It waits for <@UEVE>."), STANDING),
     "👍 Request 7: pause, asked by <@UASK> — It waits for <@UEVE>."),
])  # fmt: skip
def test_an_open_request_stands_beneath_its_flow(waiting: Waiting, row: str) -> None:
    assert lines(waiting=(waiting,))[1:] == ["▶️ `a -> b` exactly-once off", f"\u2003{row}"]


@pytest.mark.parametrize("flows", [(), None])
def test_a_request_for_a_flow_that_is_not_there_names_it(flows: tuple[()] | None) -> None:
    *_, last = lines(flows=flows, waiting=(Waiting(PENDING, STANDING),))
    assert last.startswith("⏳ Request 7: pause a -> b, asked by")


def between(count: int) -> tuple[tuple[FlowRef, dict[str, Any]], ...]:
    return tuple((REF.model_copy(update={"target": f"t{n:03}"}), FLOW) for n in range(count))


def test_the_flows_of_a_service_go_by_pages_and_each_is_shown_once() -> None:
    many = seen(flows=between(40), clusters=None, reviews=(request(glass=BROKEN),))
    pages = [overview.of_service(many, page) for page in (1, 2, 3)]
    text = "".join(read(page) for page in pages)
    assert [text.count(f"`{ref.pair}`") for ref, _ in many.flows or ()] == [1] * 40
    assert buttons(pages[0]) == {"page-next": "status acme/mm2 --page 2"}
    assert buttons(overview.of_service(many, 9)) == {"page-back": "status acme/mm2 --page 2"}
    assert ["not reviewed" in read(page) for page in pages] == [True, False, False]


def test_among_others_a_service_shows_some_flows_those_first_that_somebody_has_to_decide_about() -> None:
    last = FLOW | {"target_cluster": "b"}
    many = seen(flows=(*between(9), (REF, last)), clusters=None, waiting=(Waiting(PENDING, STANDING),))
    told = read(overview.of_project("acme", [many], 1, 1, 1)).splitlines()
    assert told[0] == "*Status of acme*: 1 MirrorMaker service"
    assert told[2] == "▶️ `a -> b` exactly-once off"
    assert told[3].startswith("\u2003⏳ Request 7: pause")
    assert "and 4 more flows: `/flow status acme/mm2`" in told


def test_services_go_by_pages() -> None:
    answer = overview.of_project("acme", [seen()] * 2, 2, 3, 12)
    assert read(answer).startswith("*Status of acme*: 12 MirrorMaker services — page 2 of 3\n")
    assert buttons(answer) == {
        "page-back": "status --all --project acme --page 1", "page-next": "status --all --project acme --page 3",
    }  # fmt: skip


@settings(deadline=None)
@given(ODD, ODD, st.integers(0, 60), st.integers(1, 5))
def test_slack_takes_every_status(odd: str, other: str, many: int, page: int) -> None:
    pending = request(state=State.PENDING, by=odd, note=odd)
    shown = seen(
        flows=between(many), spells=(Spell(odd, Span(NOW, NOW)),) * 20, unread=(other,) * 20,
        mirror=Mirror(name=odd, state=other, nodes={odd: other}, upkeep=(Upkeep(description=odd),) * 20),
        clusters=(Cluster(alias=odd, status="failed", errors=(other,)),) * 20, reviews=(request(glass=BROKEN),) * 20,
        waiting=(Waiting(pending, Standing(approvers=(odd,) * 9)),) * 20,
    )  # fmt: skip
    assert good(overview.of_service(shown, page))
    assert good(overview.of_project("acme", [shown] * overview.SERVICES, page, 5, 25))
