"""Questions: answered to the one who asks, or to the channel with --public; long lists by the page."""

from __future__ import annotations

from bot.store import audit
from tests.stage import ADMIN, ANN, BOB, EVE, OPS, Stage


async def test_list_and_show_tell_what_aiven_has(stage: Stage) -> None:
    answer = await stage.type(ANN, "list", "Flows of acme-prod/mm2-eu")
    assert "kafka-eu -> kafka-us" in answer
    assert "progress 98%" in answer
    shown = await stage.type(ANN, "show kafka-eu -> kafka-us", "exactly-once")
    assert "orders\\..*, payments\\..*" in shown
    assert "default (100)" in shown


async def test_an_answer_is_for_the_channel_only_with_public(stage: Stage) -> None:
    seen = len(stage.slack.in_channel(OPS))
    await stage.type(ANN, "list", "Flows of")
    assert len(stage.slack.in_channel(OPS)) == seen
    await stage.slack.command(ANN, OPS, "/flow list --public")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.in_channel(OPS)[seen:] if "Flows of" in m.text])


async def test_long_lists_have_pages(stage: Stage) -> None:
    for number in range(40):
        flow = {"source_cluster": f"a{number:02}", "target_cluster": "kafka-us", "enabled": False}
        stage.aiven.world.add_flow("acme-prod", "mm2-eu", flow)
    answer = await stage.type(ANN, "list", "page 1 of 3")
    assert "a39" not in answer
    message = stage.slack.ephemeral_to(ANN)[-1]
    await stage.slack.click(ANN, message, "page-next")
    await stage.slack.wait_for(lambda: [m for m in stage.slack.ephemeral_to(ANN) if "page 2 of 3" in m.text])
    await stage.type(ANN, "list --page 3", "page 3 of 3")
    await stage.type(ANN, "list --page 99", "page 3 of 3")


async def test_help_shows_what_the_person_may_do_here(stage: Stage) -> None:
    assert "/flow create" in await stage.type(ANN, "", "acme-prod/mm2-eu")
    for_eve = await stage.type(EVE, "help", "/flow help")
    assert "/flow create" not in for_eve
    assert "/flow approve" not in for_eve
    assert "/flow list" not in for_eve
    for_bob = await stage.type(BOB, "help", "/flow approve")
    assert "/flow pause" not in for_bob
    assert "/flow break-glass" not in for_bob
    await stage.grant(BOB, "responder", "acme-dev/*")
    assert "/flow break-glass" not in await stage.type(BOB, "help", "/flow approve"), "not here"
    await stage.type(ADMIN, "role grant @bob responder on acme-prod/mm2-eu/*", "is now")
    await stage.type(BOB, "help", "/flow break-glass")
    assert "exactly-once" in await stage.type(ANN, "help create", "Fields")
    await stage.type(ANN, "help nonsense", "I know no action")


async def test_whoami_tells_roles_and_default(stage: Stage) -> None:
    await stage.type(ANN, "whoami", "editor on acme-prod/*")
    await stage.type(EVE, "whoami", "You hold no role")


async def test_roles_are_granted_listed_and_end(stage: Stage) -> None:
    await stage.type(ADMIN, "role grant @eve viewer on acme-prod/* for 8h", "until")
    await stage.type(EVE, "list", "Flows of")
    listed = await stage.type(ADMIN, "role list", "viewer on acme-prod/*")
    assert "admin on *" in listed
    await stage.advance(8 * 3600)
    await stage.type(EVE, "list", "you hold no role")
    assert "viewer" not in await stage.type(ADMIN, "role list", "admin on *")


async def test_the_last_admin_stays(stage: Stage) -> None:
    await stage.type(ADMIN, "role revoke @admin admin on *", "last admin")
    await stage.grant(BOB, "admin", "*")
    await stage.type(ADMIN, "role revoke @admin admin on *", "no longer")
    await stage.type(ADMIN, "list", "you hold no role")


async def test_use_sets_the_default_of_the_channel(stage: Stage) -> None:
    await stage.type(ANN, "use", "acme-prod/mm2-eu")
    await stage.type(ADMIN, "use acme-lab/mm2-lab", "now uses")
    await stage.type(ADMIN, "list", "lab-a -> lab-b")
    await stage.type(ADMIN, "use acme-lab/mm2-lob", "Did you mean mm2-lab?")


async def test_a_dry_run_shows_the_plan_and_asks_for_nothing(stage: Stage) -> None:
    await stage.type(ANN, "exactly-once on kafka-eu -> kafka-us --dry-run", "Nothing was asked for")
    await stage.type(ANN, "requests", "None.")


async def test_a_grant_on_one_flow_shows_that_flow_only(stage: Stage) -> None:
    await stage.grant(EVE, "viewer", "acme-prod/mm2-eu/kafka-us->kafka-ap")
    answer = await stage.type(EVE, "list", "kafka-us -> kafka-ap")
    assert "kafka-eu -> kafka-us" not in answer
    await stage.type(EVE, "show kafka-eu -> kafka-us", "I cannot show")


async def test_audit_verify_tells_the_newest_hash_or_the_first_wrong_entry(stage: Stage) -> None:
    before = (await audit.check(stage.store)).head
    assert f"{before.seq} entries. The newest has the hash `{before.hash}`" in await stage.type(ADMIN, "audit verify")
    await stage.redis.xdel(stage.store.keys("audit"), "2-0")
    await stage.type(ADMIN, "audit verify", "*not* as it was written: entry 2 is the first")
    await stage.type(ANN, "audit verify", "it takes the right to audit.read on *; you hold editor on acme-prod/*")
