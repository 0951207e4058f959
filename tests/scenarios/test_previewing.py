"""Which topics a flow copies, and what other patterns would change, before anybody asks for them."""

from __future__ import annotations

import pytest

from tests.stage import ADMIN, ANN, BOB, EVE, Stage

PROJECT = "acme-prod"
EU = (PROJECT, "kafka-eu-prod")


async def ask(stage: Stage, text: str, expect: str, user: str = ANN) -> str:
    """What is answered to somebody who looks at topics, not held up by what was read a moment ago."""
    assert stage.sluice is not None
    assert stage.sluice._worker is not None
    stage.sluice._worker._desk.aiven.shared.forget()
    return await stage.type(user, f"topics {text}", expect)


async def test_the_topics_of_a_flow_with_their_names_and_how_long_they_are_kept(stage: Stage) -> None:
    stage.aiven.world.add_topics(*EU, "orders.large", retention_hours=36, retention_bytes=10 * 2**30, partitions=1)
    stage.aiven.world.add_topics(*EU, "orders.now", retention_hours=0)
    stage.aiven.world.add_topics(*EU, "orders.size", retention_hours=-1, retention_bytes=512)
    told = await ask(stage, "kafka-eu -> kafka-us", "8 of 11 topics on kafka-eu are copied")
    for row in (
        "• `orders.created` → `kafka-eu.orders.created` · 12 partitions · kept 7 days",
        "• `orders.cancelled` → `kafka-eu.orders.cancelled` · 3 partitions · kept 1 day",
        "• `payments.settled` → `kafka-eu.payments.settled` · 6 partitions · kept 30 days",
        "• `orders.large` → `kafka-eu.orders.large` · 1 partition · kept 36 h or 10 GiB a partition",
        "• `orders.now` → `kafka-eu.orders.now` · 3 partitions · kept less than an hour",
        "• `orders.size` → `kafka-eu.orders.size` · 3 partitions · kept 512 bytes a partition",
        "Kept for the shortest time: `orders.now`, less than an hour.",
        "every 10 minutes",
    ):
        assert row in told
    assert "customers" not in told
    assert "paused" not in told
    assert "➕" not in told


async def test_what_is_compacted_is_kept_for_ever_and_has_no_shortest_time(stage: Stage) -> None:
    stage.aiven.world.add_topics(*EU, "customers.address", cleanup_policy="compact", retention_hours=24)
    told = await ask(stage, "kafka-eu -> kafka-us topics=customers.*", "With this 2 of 9")
    assert told.count("kept for ever (compacted)") == 2
    assert "shortest" not in told


async def test_what_a_change_adds_and_drops(stage: Stage) -> None:
    told = await ask(
        stage, r"kafka-eu -> kafka-us topics+=refunds\..* topics-=payments\..*", "With this 4 of 8 topics on kafka-eu"
    )
    assert "would be copied; now are 5." in told
    assert "➕ 1 added (3 partitions) · ➖ 2 dropped" in told
    assert "➕ `refunds.requested` → `kafka-eu.refunds.requested` · 3 partitions · kept 3 days" in told
    assert "➖ `payments.settled`, until now `kafka-eu.payments.settled` · 6 partitions · kept 30 days" in told
    assert "• `orders.created`" in told
    assert told.index("➕ `refunds") < told.index("➖ `payments") < told.index("• `orders")
    assert "Copies of topics that are dropped stay on kafka-us" in told
    assert stage.writes() == []
    await stage.type(ANN, "requests", "None.")


async def test_a_change_that_changes_no_topic_says_so(stage: Stage) -> None:
    told = await ask(stage, r"kafka-eu -> kafka-us topics+=nothing\..*", "The same topics match, by the same names")
    assert "5 of 8" in told
    await ask(stage, r"kafka-eu -> kafka-us topics=orders\..*,payments\..*", "The same topics match")


async def test_another_policy_gives_other_names(stage: Stage) -> None:
    stage.aiven.world.add_topics(PROJECT, "kafka-us-prod", "orders.created")
    told = await ask(stage, "kafka-eu -> kafka-us policy=identity", "✏️ 5 renamed")
    assert "✏️ `orders.created` → `orders.created` (there is one already), until now `kafka-eu.orders.created`" in told
    assert "✏️ `orders.shipped` → `orders.shipped`, until now `kafka-eu.orders.shipped`" in told
    assert "gets new records only" in told


async def test_what_matches_and_is_not_copied_all_the_same_is_told(stage: Stage) -> None:
    stage.aiven.world.add_topics(*EU, "__consumer_offsets", "kafka-us.inventory.moves", "mm2-configs.x.internal")
    told = await ask(stage, "kafka-eu -> kafka-us topics= exclude=nothing", "With this 8 of 11 topics")
    assert "`__consumer_offsets`, `mm2-configs.x.internal` (internal, which MirrorMaker never copies)" in told
    assert "`kafka-us.inventory.moves` (named like a copy of something of kafka-us" in told
    told = await ask(stage, "kafka-eu -> kafka-us topics= exclude=nothing policy=identity", "With this 9 of 11 topics")
    assert "named like a copy" not in told


async def test_a_flow_that_is_not_there_yet(stage: Stage) -> None:
    told = await ask(stage, "kafka-us -> kafka-eu topics=inventory.*", "With this 2 of 4 topics on kafka-us would be")
    assert "• `inventory.levels` → `kafka-us.inventory.levels` · 3 partitions · kept for ever (compacted)" in told
    assert "now" not in told.partition("\n• ")[0]
    told = await ask(stage, "kafka-us -> kafka-ap-x", "There is no flow kafka-us -> kafka-ap-x")
    assert "Did you mean kafka-us -> kafka-ap?" in told
    assert "topics kafka-us -> kafka-eu topics=…" in await ask(stage, "kafka-us -> kafka-eu", "There is no flow")


async def test_a_topic_of_that_name_on_the_target_is_pointed_at(stage: Stage) -> None:
    told = await ask(stage, "kafka-us -> kafka-ap topics+=kafka-eu.* --page 1", "➕ 2 added")
    assert "already" not in told
    stage.aiven.world.add_topics(PROJECT, "kafka-ap-prod", "kafka-us.kafka-eu.orders.created")
    told = await ask(stage, "kafka-us -> kafka-ap topics+=kafka-eu.*", "there is one already")
    assert told.count("there is one already") == 1


async def test_a_paused_flow_is_said_to_be_paused(stage: Stage) -> None:
    stage.aiven.world.change_flow(PROJECT, "mm2-eu", "kafka-eu", "kafka-us", {"enabled": False})
    await ask(stage, "kafka-eu -> kafka-us", "nothing is copied until it is resumed")


UNKNOWN = [
    (r"kafka-eu -> kafka-us topics=(?i)orders.*", "a flag such as (?i), which I cannot judge here"),
    (r'kafka-eu -> kafka-us topics=["a{1,3}"]', "`a{1,3}` holds a comma, where Kafka splits it in two"),
    ("kafka-eu -> kafka-us topics=orders[", "Java does not take `orders[` (a class that is not closed)"),
    ("onprem -> kafka-us topics=orders.*", "onprem is no cluster of Aiven's; its topics cannot be seen from here."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "why"), UNKNOWN)
async def test_what_cannot_be_known_is_said_and_no_count_is_made_up(stage: Stage, text: str, why: str) -> None:
    told = await ask(stage, text, why)
    assert "🤷" in told
    assert "copied" not in told.replace("nothing is copied", "")
    source = text.partition(" ")[0]
    assert f"On kafka-us a topic `orders` of {source} is called `{source}.orders`." in told


async def test_a_flow_whose_patterns_cannot_be_judged_is_compared_with_nothing(stage: Stage) -> None:
    stage.aiven.world.change_flow(PROJECT, "mm2-eu", "kafka-eu", "kafka-us", {"topics": ["(?i)orders.*"]})
    told = await ask(stage, "kafka-eu -> kafka-us topics=refunds.*", "With this 1 of 8 topics on kafka-eu would be")
    assert "Which topics match as it is now, I cannot tell" in told
    assert "➕" not in told
    assert "➖" not in told


async def test_a_token_that_may_not_list_topics_is_no_mystery(stage: Stage) -> None:
    stage.aiven.fail(method="GET", path="*/topic", status=403, message="Permission denied", times=None)
    told = await ask(stage, "kafka-eu -> kafka-us", "Aiven does not let my token list the topics of kafka-eu-prod")
    assert "kafka-us-prod" not in told
    assert "copied" not in told


async def test_topics_of_the_target_are_not_missed(stage: Stage) -> None:
    stage.aiven.fail(method="GET", path="*/kafka-us-prod/topic", status=403, times=None)
    told = await ask(stage, "kafka-eu -> kafka-us", "5 of 8 topics")
    assert "🤷" not in told


async def test_an_alias_that_no_cluster_has_is_corrected(stage: Stage) -> None:
    told = await ask(stage, "kafka-euu -> kafka-us topics=orders.*", "has no cluster with the alias kafka-euu")
    assert "it has kafka-ap, kafka-eu, kafka-us, onprem" in told
    assert "Did you mean kafka-eu?" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kafka-eu -> kafka-us exactly-once=on", "exactly-once does not decide which topics are copied"),
        ("kafka-eu -> kafka-us topics-=nothing", "nothing is not in topics"),
        ("kafka-eu -> kafka-us topics=a topics=b", "topics is set twice"),
    ],
)
async def test_what_does_not_fit_is_said(stage: Stage, text: str, said: str) -> None:
    await ask(stage, text, said)


async def test_who_may_not_read_the_flow_sees_no_topics(stage: Stage) -> None:
    assert "orders" not in await ask(stage, "kafka-eu -> kafka-us", "I cannot show the topics", EVE)
    await stage.grant(EVE, "viewer", "acme-prod/mm2-eu/kafka-us->kafka-ap")
    await ask(stage, "kafka-us -> kafka-ap", "inventory.moves", EVE)
    assert "orders" not in await ask(stage, "kafka-eu -> kafka-us", "I cannot show the topics", EVE)
    await ask(stage, "kafka-eu -> kafka-us", "orders.created", BOB)


async def test_the_service_is_found_where_none_is_named(stage: Stage) -> None:
    await stage.grant(ADMIN, "viewer", "acme-lab/*")
    await ask(stage, "lab-a -> lab-b --project acme-lab", "2 of 2 topics on lab-a", ADMIN)
    await ask(stage, "lab-b -> lab-a topics=trial.* --project acme-lab", "With this 0 of 0 topics on lab-b", ADMIN)


async def test_thousands_of_topics_go_by_pages_with_the_same_patterns(stage: Stage) -> None:
    stage.aiven.world.add_topics(*EU, *(f"t{number:04}" for number in range(5_000)))
    pattern = r'topics=["t[0-9]{4}","(?!x).*<&>",".*\"q"] policy=identity'
    told = await ask(stage, f"kafka-eu -> kafka-us {pattern}", "page 1 of 334")
    assert "With this 5,000 of 5,008 topics" in told
    assert "➕ 5,000 added (15,000 partitions) · ➖ 5 dropped" in told
    await stage.slack.click(ANN, stage.slack.ephemeral_to(ANN)[-1], "page-next")
    second = await stage.slack.wait_for(
        lambda: next((m.text for m in stage.slack.ephemeral_to(ANN) if "page 2 of 334" in m.text), None)
    )
    assert "With this 5,000 of 5,008 topics" in second
    assert "➕ `t0015` → `t0015`" in second


async def test_patterns_that_no_button_can_carry_are_to_be_typed_again(stage: Stage) -> None:
    stage.aiven.world.add_topics(*EU, *(f"t{number:02}" for number in range(40)))
    long = ",".join(f"pattern-number-{number:04}-of-many" for number in range(80))
    await ask(stage, f"kafka-eu -> kafka-us topics=t.*,{long}", "Add `--page 2` to what you typed")
    assert "page-next" not in str(stage.slack.ephemeral_to(ANN)[-1].blocks)
    await ask(stage, f"kafka-eu -> kafka-us topics=t.*,{long} --page 2", "page 2 of")
