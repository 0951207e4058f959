"""The five endpoints of replication flows behave as Aiven's public sources say."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest
from pydantic import JsonValue

from bot.core.fields import FIELDS, LIST_MAX_ITEMS, MIRRORMAKER_EXCLUSIONS, Field, Type, Use
from bot.core.flow import Wire
from bot.sandbox.aiven import AivenSimulator

FLOWS: Final = "/project/acme-prod/service/mm2-eu/mirrormaker/replication-flows"
PAIR: Final = f"{FLOWS}/kafka-eu/kafka-us"
NEW: Final[dict[str, Any]] = {"source_cluster": "kafka-ap", "target_cluster": "kafka-eu", "enabled": False}
EU_TO_US: Final = ("acme-prod", "mm2-eu", "kafka-eu", "kafka-us")
AP_TO_EU: Final = ("acme-prod", "mm2-eu", "kafka-ap", "kafka-eu")
INVALID: Final[dict[Type, tuple[Any, ...]]] = {
    Type.BOOLEAN: (1, "true", None),
    Type.INTEGER: (True, "3", 1.5, -1, None),
    Type.ENUM: ("elsewhere", 1, None),
    Type.LIST: ("orders", [1], ["x"] * (LIST_MAX_ITEMS + 1), None),
    Type.COMMA: (["a"], "x" * 2049, None),
}


async def test_list_returns_every_flow_with_its_stored_keys(api: httpx.AsyncClient) -> None:
    """The list holds both flows of the tour; the sparse one stays sparse."""
    flows = (await api.get(FLOWS)).json()["replication_flows"]
    assert [(flow["source_cluster"], flow["target_cluster"]) for flow in flows] == [
        ("kafka-eu", "kafka-us"),
        ("kafka-us", "kafka-ap"),
    ]
    assert set(flows[1]) == {
        "source_cluster",
        "target_cluster",
        "enabled",
        "topics",
        "follower_fetching_enabled",
        "replication_progress",
    }


async def test_get_returns_one_flow(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A flow that runs carries its progress on top of what is stored."""
    flow = (await api.get(PAIR)).json()["replication_flow"]
    assert flow.pop("replication_progress") == 0.98
    assert flow == aiven.world.flow(*EU_TO_US)


async def test_post_answers_without_the_flow(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """POST replies `{}` and stores what was sent, plus follower fetching."""
    answer = await api.post(FLOWS, json=NEW | {"topics": ["a"], "config_properties_exclude": ""})
    assert (answer.status_code, answer.json()) == (200, {})
    assert aiven.world.flow(*AP_TO_EU) == NEW | {"topics": ["a"], "follower_fetching_enabled": True}


async def test_post_keeps_follower_fetching_as_sent(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """Follower fetching is only filled in where it is absent."""
    await api.post(FLOWS, json=NEW | {"follower_fetching_enabled": False})
    assert aiven.world.flow(*AP_TO_EU) == NEW | {"follower_fetching_enabled": False}


async def test_post_of_an_existing_pair_conflicts(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A second flow of a pair is a 409 and leaves the first one alone; the reverse direction is free."""
    before = aiven.world.flow(*EU_TO_US)
    pair = {"source_cluster": "kafka-eu", "target_cluster": "kafka-us", "enabled": False}
    assert (await api.post(FLOWS, json=pair)).status_code == 409
    assert aiven.world.flow(*EU_TO_US) == before
    reverse = {"source_cluster": "kafka-us", "target_cluster": "kafka-eu", "enabled": False}
    assert (await api.post(FLOWS, json=reverse)).status_code == 200


async def test_put_changes_only_the_keys_that_are_sent(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """PUT is a merge, and answers with the whole flow."""
    before = aiven.world.flow(*EU_TO_US)
    answer = await api.put(PAIR, json={"enabled": False})
    assert answer.json() == {"replication_flow": aiven.world.flow(*EU_TO_US)}
    assert aiven.world.flow(*EU_TO_US) == {**(before or {}), "enabled": False}


async def test_put_replaces_a_whole_list(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """Nothing is appended."""
    await api.put(PAIR, json={"topics": ["refunds"]})
    assert (aiven.world.flow(*EU_TO_US) or {})["topics"] == ["refunds"]


@pytest.mark.parametrize("field", [field for field in FIELDS if field.clear is not None], ids=lambda field: field.name)
async def test_put_of_the_empty_value_removes_the_key(
    aiven: AivenSimulator, api: httpx.AsyncClient, field: Field
) -> None:
    """`[]` and `""` read back as absent."""
    aiven.world.change_flow(*EU_TO_US, {field.name: ["x"] if field.type is Type.LIST else "x"})
    answer = await api.put(PAIR, json={field.name: field.clear})
    assert field.name not in answer.json()["replication_flow"]
    assert field.name not in (aiven.world.flow(*EU_TO_US) or {})


async def test_put_keeps_fields_that_nobody_knows_yet(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A field that Aiven added later is echoed and survives a PUT of another one."""
    aiven.world.change_flow(*EU_TO_US, {"brand_new_field": {"a": 1}})
    flow = (await api.put(PAIR, json={"enabled": False})).json()["replication_flow"]
    assert flow["brand_new_field"] == {"a": 1}


@pytest.mark.parametrize("key", ["source_cluster", "target_cluster"])
async def test_put_refuses_the_pair_in_the_body(api: httpx.AsyncClient, key: str) -> None:
    """The pair stands in the path, and cannot be changed."""
    assert (await api.put(PAIR, json={key: "kafka-eu"})).status_code == 400


async def test_delete_removes_the_flow(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """DELETE answers `{}`; afterwards the pair is unknown."""
    answer = await api.delete(PAIR)
    assert (answer.status_code, answer.json()) == (200, {})
    assert aiven.world.flow(*EU_TO_US) is None
    assert (await api.delete(PAIR)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_pair_is_not_found(api: httpx.AsyncClient, method: str) -> None:
    """Direction matters: only one of the two exists."""
    answer = await api.request(method, f"{FLOWS}/kafka-us/kafka-eu", json={"enabled": True})
    assert answer.status_code == 404


async def test_an_unknown_alias_is_accepted_and_never_replicates(api: httpx.AsyncClient) -> None:
    """Aliases are not checked; the flow is there, without progress."""
    body = {"source_cluster": "no-such-alias", "target_cluster": "kafka-us", "enabled": True}
    assert (await api.post(FLOWS, json=body)).status_code == 200
    flow = (await api.get(f"{FLOWS}/no-such-alias/kafka-us")).json()["replication_flow"]
    assert flow == body | {"follower_fetching_enabled": True}


async def test_the_alias_of_another_service_does_not_count(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """Clusters are attached to one MirrorMaker service, not to the project."""
    aiven.world.add_service("acme-prod", "mm2-other")
    aiven.world.add_integration(
        "acme-prod", source_service="kafka-eu-prod", dest_service="mm2-other", alias="elsewhere"
    )
    await api.post(FLOWS, json={"source_cluster": "elsewhere", "target_cluster": "kafka-us", "enabled": True})
    flow = (await api.get(f"{FLOWS}/elsewhere/kafka-us")).json()["replication_flow"]
    assert "replication_progress" not in flow


async def test_an_external_cluster_replicates_too(api: httpx.AsyncClient) -> None:
    """The alias of an endpoint counts like that of a Kafka service."""
    body = {"source_cluster": "onprem", "target_cluster": "kafka-eu", "enabled": True}
    await api.post(FLOWS, json=body)
    assert "replication_progress" in (await api.get(f"{FLOWS}/onprem/kafka-eu")).json()["replication_flow"]


@pytest.mark.parametrize("stopped", ["flow", "service", "active", "enabled"])
async def test_a_flow_that_cannot_run_shows_no_progress(
    aiven: AivenSimulator, api: httpx.AsyncClient, stopped: str
) -> None:
    """The flow, the service and both integrations must be on."""
    if stopped == "flow":
        aiven.world.change_flow(*EU_TO_US, {"enabled": False})
    elif stopped == "service":
        aiven.world.set_state("acme-prod", "mm2-eu", "REBUILDING")
    else:
        target = next(i for i in aiven.world.projects["acme-prod"].integrations if i.alias == "kafka-us")
        setattr(target, stopped, False)
    assert "replication_progress" not in (await api.get(PAIR)).json()["replication_flow"]


@pytest.mark.parametrize("missing", ["source_cluster", "target_cluster", "enabled"])
async def test_post_needs_the_required_fields(api: httpx.AsyncClient, missing: str) -> None:
    """The error names the missing field."""
    answer = await api.post(FLOWS, json={key: value for key, value in NEW.items() if key != missing})
    assert answer.status_code == 400
    assert missing in answer.json()["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (field.name, value)
        for field in FIELDS
        if field.use is Use.WRITABLE
        for value in INVALID[field.type]
    ],
    ids=lambda part: part if isinstance(part, str) and len(part) < 50 else type(part).__name__,
)  # fmt: skip
async def test_values_outside_the_limits_are_refused(
    aiven: AivenSimulator, api: httpx.AsyncClient, name: str, value: JsonValue
) -> None:
    """Wrong types, enums, minima and lengths are a 400 that names the field, and change nothing."""
    before = aiven.world.flow(*EU_TO_US)
    answer = await api.put(PAIR, json={name: value})
    assert answer.status_code == 400
    assert name in answer.json()["message"]
    assert aiven.world.flow(*EU_TO_US) == before


@pytest.mark.parametrize("alias", ["", "with space", "a/b", "x" * 129, 7])
async def test_post_refuses_impossible_aliases(api: httpx.AsyncClient, alias: str | int) -> None:
    """Aliases have an alphabet and a length."""
    assert (await api.post(FLOWS, json=NEW | {"source_cluster": alias})).status_code == 400


@pytest.mark.parametrize("body", [{"colour": "red"}, {"replication_progress": 1}])
async def test_keys_that_cannot_be_set_are_refused(api: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """Unknown and read-only keys are a 400."""
    answer = await api.put(PAIR, json=body)
    assert answer.status_code == 400
    assert next(iter(body)) in answer.json()["message"]


async def test_percent_encoded_names_reach_the_right_flow(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A segment can hold a slash, a percent sign, a blank and braces."""
    odd: Wire = {"source_cluster": "a/b%2F", "target_cluster": "{c} é", "enabled": False}
    aiven.world.add_service("acme-prod", "odd/service")
    aiven.world.add_flow("acme-prod", "odd/service", odd)
    path = "/project/acme-prod/service/odd%2Fservice/mirrormaker/replication-flows/a%2Fb%252F/%7Bc%7D%20%C3%A9"
    assert (await api.get(path)).json() == {"replication_flow": odd}
    assert aiven.log[-1].path.endswith("/service/odd/service/mirrormaker/replication-flows/a/b%2F/{c} é")


async def test_flows_of_two_services_are_apart(api: httpx.AsyncClient) -> None:
    """The lab's service knows only its own flow."""
    flows = (await api.get("/project/acme-lab/service/mm2-lab/mirrormaker/replication-flows")).json()
    assert [flow["source_cluster"] for flow in flows["replication_flows"]] == ["lab-a"]


async def test_a_new_flow_stays_hidden_for_some_reads(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The first reads after a create answer 404; a second create conflicts all the same."""
    aiven.world.eventual_create = 2
    await api.post(FLOWS, json=NEW)
    assert (await api.post(FLOWS, json=NEW)).status_code == 409
    statuses = [(await api.get(f"{FLOWS}/kafka-ap/kafka-eu")).status_code for _ in range(3)]
    assert statuses == [404, 404, 200]


async def test_the_list_too_hides_a_new_flow(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """Listing counts as a read."""
    aiven.world.eventual_create = 1
    await api.post(FLOWS, json=NEW)
    counts = [len((await api.get(FLOWS)).json()["replication_flows"]) for _ in range(2)]
    assert counts == [2, 3]


async def test_a_look_at_the_world_changes_nothing(aiven: AivenSimulator) -> None:
    """`flow` gives a copy, deep enough to keep."""
    copy = aiven.world.flow(*EU_TO_US) or {}
    copy["topics"] = []
    exclusions = copy["topics.blacklist"]
    assert isinstance(exclusions, list)
    exclusions.clear()
    flow = aiven.world.flow(*EU_TO_US) or {}
    assert flow["topics"] == [r"orders\..*", r"payments\..*"]
    assert flow["topics.blacklist"] == [*MIRRORMAKER_EXCLUSIONS]


async def test_somebody_elses_changes_leave_no_call(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The world can be changed behind the client's back."""
    aiven.world.change_flow(*EU_TO_US, {"topics": [], "enabled": False})
    aiven.world.remove_flow("acme-prod", "mm2-eu", "kafka-us", "kafka-ap")
    (flow,) = (await api.get(FLOWS)).json()["replication_flows"]
    assert flow["enabled"] is False
    assert "topics" not in flow
    assert aiven.writes() == []


async def test_power_off_refuses_writes_and_still_reads(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A write to a powered-off service is a 409 `not_powered`."""
    aiven.world.set_state("acme-prod", "mm2-eu", "POWEROFF")
    answer = await api.put(PAIR, json={"enabled": False})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["error_code"] == "not_powered"
    assert (await api.get(PAIR)).status_code == 200


async def test_a_service_that_is_still_building_takes_flows(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """Flows can be created before the service runs, as Aiven's Go client does."""
    aiven.world.set_state("acme-prod", "mm2-eu", "REBUILDING", node_states=["setting_up_vm"])
    assert (await api.post(FLOWS, json=NEW)).status_code == 200
