"""Services at a glance: what is well and what is not, what waits for whom, and what could not be seen."""

from __future__ import annotations

import pytest

from bot.desk import overview
from bot.sandbox.slack.model import Message
from tests.scenarios.test_break_glass import broken
from tests.scenarios.test_for_a_while import holding
from tests.stage import ADMIN, ANN, BOB, EVE, Stage

PROJECT = "acme-prod"
MM2 = f"/v1/project/{PROJECT}/service/mm2-eu"
PAUSE = "pause kafka-eu -> kafka-us"


def shown(stage: Stage) -> Message:
    return stage.slack.ephemeral_to(ANN)[-1]


async def status(stage: Stage, text: str = "status", expect: str = "", who: str = ANN) -> list[str]:
    """The lines of an answer that shares no reads with one before it."""
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    stage.sluice._worker._desk.aiven.shared.forget()
    return (await stage.type(who, text, expect)).splitlines()


async def test_a_service_at_a_glance_costs_three_calls(stage: Stage) -> None:
    seen = len(stage.aiven.calls())
    assert await status(stage) == [
        "🟢 *acme-prod/mm2-eu* RUNNING · 3 nodes · 2 flows",
        "▶️ `kafka-eu -> kafka-us` 98% · exactly-once off",
        "▶️ `kafka-us -> kafka-ap` 100% · exactly-once off",
    ]
    assert len(stage.aiven.calls()) - seen == 3


async def test_people_who_look_at_once_share_the_calls(stage: Stage) -> None:
    await status(stage)
    seen = len(stage.aiven.calls())
    await stage.type(BOB, "status", "acme-prod/mm2-eu")
    assert len(stage.aiven.calls()) == seen


async def test_what_waits_for_whom_stands_beneath_its_flow(stage: Stage) -> None:
    await stage.put_policy("[approval]\nquorum = 2\n")
    first = await stage.ask(PAUSE)
    second = await stage.ask("create kafka-ap -> kafka-us topics=a enabled=off")
    await stage.type(BOB, f"approve {first}", "You approved")
    rows = await status(stage)
    assert rows[2] == (
        f"\u2003⏳ Request {first}: pause, asked by <@{ANN}> — waits for approval: 1 more (<@{ADMIN}>, <@{BOB}>)"
    )
    assert rows[-1].startswith(f"⏳ Request {second}: create kafka-ap -> kafka-us, asked by")


async def test_a_change_under_way_is_told(stage: Stage) -> None:
    number = await stage.ask(PAUSE)
    held = stage.aiven.hold("PUT")
    await stage.type(BOB, f"approve {number}", "You approved")
    await held.arrived.wait()
    assert f"\u2003⚙️ Request {number}: pause, asked by <@{ANN}> — being applied" in await status(stage)
    held.release()
    await stage.card(number, "applied and verified")
    assert await status(stage) == [
        "🟢 *acme-prod/mm2-eu* RUNNING · 3 nodes · 2 flows, 1 paused",
        "⏸️ `kafka-eu -> kafka-us` exactly-once off",
        "▶️ `kafka-us -> kafka-ap` 100% · exactly-once off",
    ]


async def test_what_is_not_well_is_told_first(stage: Stage) -> None:
    world = stage.aiven.world
    world.set_state(PROJECT, "mm2-eu", "REBUILDING", node_states=["running", "setting_up_vm"])
    world.set_integration(PROJECT, "mm2-eu", "kafka-us", "failed", cause="source", errors=["no broker"])
    rows = await status(stage)
    assert rows[:3] == [
        "🔴 *acme-prod/mm2-eu* REBUILDING · 1 of 2 nodes · 2 flows",
        "⚠️ kafka-us has failed; likely cause: source (“no broker”)",
        "⚠️ changes may show late; not ready: mm2-eu-2 setting_up_vm",
    ]
    world.set_state(PROJECT, "mm2-eu", "POWEROFF")
    assert (await status(stage))[1] == "⚠️ powered off: nothing is replicated"


async def test_maintenance_freezes_and_reviews_are_told(stage: Stage) -> None:
    soon = {"description": "Kafka update", "deadline": stage.clock.after(86_400).isoformat()}
    late = {"description": "much later", "deadline": stage.clock.after(30 * 86_400).isoformat()}
    stage.aiven.world.service(PROJECT, "mm2-eu").details = {"maintenance": {"updates": [soon, late]}}
    number = await broken(stage)
    await stage.type(ADMIN, "freeze acme-prod/* for 2h the sale is on", "Nothing is applied")
    await stage.type(ADMIN, "freeze acme-lab/* for 2h not here", "Nothing is applied")
    told = "\n".join(await status(stage))
    assert "🧊 until <!date^" in told
    assert f"a freeze of acme-prod/* by <@{ADMIN}>: the sale is on" in told
    assert "🔧 maintenance until <!date^" in told
    assert "Kafka update" in told
    assert "much later" not in told
    assert "not here" not in told
    assert (
        f"🔨 Request {number}: pause kafka-eu -> kafka-us — made without its approvals by <@{EVE}>, not reviewed"
        in told
    )


@pytest.mark.parametrize(("path", "words", "still"), [
    (f"{MM2}/mirrormaker/replication-flows", "the flows of mm2-eu", "RUNNING"),
    (f"{MM2}/integration", "the clusters of mm2-eu", "▶️"),
    (f"{MM2[:-1]}?", "the state of mm2-eu", "▶️"),
])  # fmt: skip
async def test_a_part_that_cannot_be_read_is_said_and_the_rest_is_shown(
    stage: Stage, path: str, words: str, still: str
) -> None:
    stage.aiven.fail(times=None, path=path, status=403)
    told = "\n".join(await status(stage))
    assert f"❔ I could not see {words}: Aiven does not let my token" in told
    assert told.startswith("🟡")
    assert still in told


async def test_what_is_late_is_left_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "PATIENCE", 1.5)
    held = stage.aiven.hold("GET", f"{MM2}/integration")
    told = "\n".join(await status(stage))
    assert "❔ I could not see the clusters of mm2-eu: Aiven did not answer within 1.5 s." in told
    assert "▶️ `kafka-eu -> kafka-us`" in told
    held.release()


async def test_who_may_read_one_flow_sees_that_flow_and_what_concerns_it(stage: Stage) -> None:
    await stage.ask(PAUSE)
    world = stage.aiven.world
    world.set_integration(PROJECT, "mm2-eu", "kafka-eu", "failed")
    world.set_integration(PROJECT, "mm2-eu", "kafka-ap", "failed")
    await status(stage, "status", "I cannot show acme-prod/mm2-eu", who=EVE)
    await stage.grant(EVE, "viewer", "acme-prod/mm2-eu/kafka-us->kafka-ap")
    told = "\n".join(await status(stage, who=EVE))
    assert "1 flow\n" in told
    assert "kafka-ap has failed" in told
    assert "kafka-eu" not in told
    assert "Request" not in told
    assert "kafka-eu has failed" in "\n".join(await status(stage))


def more_services(stage: Stage, many: int) -> None:
    for number in range(many):
        stage.aiven.world.add_service(PROJECT, f"mm3-{number}")
        flow = {"source_cluster": "a", "target_cluster": "b", "enabled": False}
        stage.aiven.world.add_flow(PROJECT, f"mm3-{number}", flow)


async def test_all_services_of_a_project_go_by_pages_that_ask_for_themselves_only(stage: Stage) -> None:
    more_services(stage, 6)
    stage.aiven.fail(times=None, path="*/mm3-1/mirrormaker/*", status=403)
    number = await stage.ask(PAUSE)
    seen = len(stage.aiven.calls())
    rows = await status(stage, "status --all", "*Status of acme-prod*: 7 MirrorMaker services — page 1 of 2")
    assert len(stage.aiven.calls()) - seen == 1 + 2 * 5
    assert [row.split("*")[1] for row in rows[1:] if row[0] in "🟢🟡🔴"] == [
        "acme-prod/mm2-eu", "acme-prod/mm3-0", "acme-prod/mm3-1", "acme-prod/mm3-2", "acme-prod/mm3-3",
    ]  # fmt: skip
    (row,) = [row for row in rows if "Request" in row]
    assert row.startswith(f"\u2003⏳ Request {number}: pause")
    assert [row for row in rows if row.startswith("❔ I could not see the flows of mm3-1")]
    await stage.slack.click(ANN, shown(stage), "page-next")
    await stage.slack.wait_for(lambda: "page 2 of 2" in shown(stage).text)
    assert "acme-prod/mm3-5" in shown(stage).text


async def test_a_service_is_named_or_the_channel_s_or_every_one_that_may_be_read(stage: Stage) -> None:
    more_services(stage, 2)
    assert (await status(stage, "status mm3-1"))[1:] == ["⏸️ `a -> b` exactly-once off"]
    stage.slack.add_channel("C0DEV", "kafka-dev")
    await stage.type(ANN, "status --project acme-prod", "3 MirrorMaker services", channel="C0DEV")
    await stage.grant(EVE, "viewer", "acme-prod/mm3-1/*")
    told = "\n".join(await status(stage, "status --all", who=EVE))
    assert "1 MirrorMaker service\n" in told
    assert "mm3-1" in told
    await status(stage, "status --all --project acme-lab", "I see no MirrorMaker service in project acme-lab", who=EVE)
    await status(stage, "status --all --project acme-nix", "Aiven knows no project acme-nix")


async def test_what_is_no_mirrormaker_service_is_said(stage: Stage) -> None:
    await status(stage, "status mm2-ue", "Did you mean mm2-eu?")
    await status(stage, "status kafka-eu-prod", "kafka-eu-prod is a kafka service")


async def test_services_that_cannot_be_listed_are_said(stage: Stage) -> None:
    stage.aiven.fail(times=None, path=f"/v1/project/{PROJECT}/servic?", status=403)
    await status(stage, "status --all", "I could not see the services of acme-prod")


async def test_what_holds_for_a_while_says_until_when_and_several_flows_each_have_it(stage: Stage) -> None:
    held = await holding(stage)
    both = await stage.ask("pause kafka-eu -> kafka-us, kafka-us -> kafka-ap")
    rows = await status(stage)
    assert rows[2].startswith(
        f"\u2003⏱️ Request {held}: turn exactly-once on for 2h, asked by <@{ANN}> — applied, for a while, until <!date^"
    )
    assert [row for row in rows if row.startswith(f"\u2003⏳ Request {both}: pause 2 flows, asked by")] == [
        rows[3],
        rows[5],
    ]
