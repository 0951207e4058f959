"""An Aiven of which little can be read: a token with few rights, or a server that has only the flows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stage import ADMIN, ANN, BOB, Stage

INTEGRATIONS = "*/service/mm2-eu/integration"
OTHERS = ("*/acme-prod/service", "*/service/mm2-eu", INTEGRATIONS, "*/v1/me")


def only_flows(stage: Stage, status: int) -> None:
    for path in OTHERS:
        stage.aiven.fail(method="GET", path=path, status=status, times=None)


@pytest.mark.parametrize("status", [403, 404, 405])
async def test_a_flow_is_created_changed_and_removed_where_nothing_but_flows_can_be_read(
    stage: Stage, status: int
) -> None:
    only_flows(stage, status)
    await stage.type(ADMIN, "use acme-prod/mm2-eu", "now uses")
    for text in (
        "create kafka-us -> kafka-eu topics=orders", "update kafka-us -> kafka-eu exactly-once=on",
        "exactly-once off kafka-us -> kafka-eu", "delete kafka-us -> kafka-eu",
    ):  # fmt: skip
        number = await stage.ask(text)
        card = stage.find_card(number)
        assert card is not None
        assert "I could not see the state of mm2-eu" in str(card.blocks)
        await stage.type(BOB, f"approve {number}", "You approved")
        await stage.card(number, "applied and verified")
        await stage.advance(10)
    assert [call.method for call in stage.aiven.writes()] == ["POST", "PUT", "PUT", "DELETE"]
    await stage.type(ANN, "show kafka-us -> kafka-eu", "There is no flow kafka-us -> kafka-eu on acme-prod/mm2-eu")


def answered(stage: Stage, items: list[Any]) -> None:
    """Every list of integrations is this one from now on."""
    body = json.dumps({"service_integrations": items}).encode()
    stage.aiven.fail(method="GET", path=INTEGRATIONS, times=None, body=body)


def cluster(alias: str | None, **more: object) -> dict[str, Any]:
    config = {"user_config": None if alias is None else {"cluster_alias": alias}}
    kind = {"integration_type": "kafka_mirrormaker", "dest_service": "mm2-eu", "enabled": True}
    return {**kind, **config, **more}


async def test_odd_integrations_do_not_spoil_the_others(stage: Stage) -> None:
    odd = [7, None, {}, cluster("x", enabled=False, user_config=[]), cluster("y", integration_type="metrics")]
    answered(stage, [*odd, cluster("kafka-us"), cluster("kafka-eu")])
    await stage.ask("create kafka-us -> kafka-eu topics=orders")
    await stage.type(ANN, "create kafka-eu -> kafka-ap topics=orders", "No integrated cluster has the alias `kafka-ap`")


async def test_an_alias_that_aiven_does_not_tell_is_a_warning(stage: Stage) -> None:
    answered(stage, [cluster("kafka-us"), cluster(None)])
    number = await stage.ask("create kafka-us -> kafka-eu topics=orders")
    card = stage.find_card(number)
    assert card is not None
    assert "No integrated cluster has the alias `kafka-eu` (target)" in str(card.blocks)
    assert "Approve" in str(card.blocks)


async def test_a_flow_without_topics_says_what_that_means(stage: Stage) -> None:
    words = "every topic of kafka-us is replicated"
    number = await stage.ask("create kafka-us -> kafka-eu")
    card = stage.find_card(number)
    assert card is not None
    assert words in str(card.blocks)
    await stage.type(ANN, "create kafka-us -> kafka-eu --dry-run", "Dry run")
    assert words in str(stage.slack.ephemeral_to(ANN)[-1].blocks)
