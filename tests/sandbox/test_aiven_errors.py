"""Refusals have Aiven's statuses, texts and body."""

from __future__ import annotations

import httpx
import pytest

from bot.sandbox.aiven import SECRET, AivenSimulator

SERVICE = "/project/acme-prod/service/mm2-eu"
FLOWS = f"{SERVICE}/mirrormaker/replication-flows"
JSON_TYPE = {"content-type": "application/json"}


@pytest.mark.parametrize("scheme", ["aivenv1", "Bearer"])
async def test_both_schemes_are_accepted(api: httpx.AsyncClient, aiven: AivenSimulator, scheme: str) -> None:
    """The command line says aivenv1, some documents say Bearer."""
    answer = await api.get("/me", headers={"authorization": f"{scheme} {aiven.access.token}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("authorization", "status", "message"),
    [
        ("", 401, "Missing (expired) db token"),
        ("Basic aiven-token", 401, "Missing (expired) db token"),
        ("aivenv1 somebody-elses", 403, "Invalid token"),
    ],
)
async def test_other_tokens_are_refused(api: httpx.AsyncClient, authorization: str, status: int, message: str) -> None:
    """The status and the text say what is wrong with the token."""
    answer = await api.get("/me", headers={"authorization": authorization})
    assert (answer.status_code, answer.json()["message"]) == (status, message)


async def test_a_token_can_expire_and_be_rotated(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """An expired token is a 401, the new one is good."""
    aiven.access.expire()
    answer = await api.get("/me")
    assert (answer.status_code, answer.json()["message"]) == (401, "Missing (expired) db token")
    aiven.access.token = "rotated"
    assert (await api.get("/me", headers={"authorization": "aivenv1 rotated"})).status_code == 200


async def test_a_stranger_to_the_project_is_refused(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """Projects of others answer 403 and do not appear in lists."""
    aiven.world.add_project("others", role=None)
    answer = await api.get("/project/others/service")
    assert (answer.status_code, answer.json()["message"]) == (403, "Not a project member")
    names = [project["project_name"] for project in (await api.get("/project")).json()["projects"]]
    assert names == ["acme-prod", "acme-lab"]


async def test_a_reader_may_not_even_list_flows(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """Listing flows and topics takes the right to write data; services and integrations do not."""
    aiven.world.projects["acme-prod"].role = "read_only"
    refused = (FLOWS, "/project/acme-prod/service/kafka-eu-prod/topic")
    allowed = (SERVICE, f"{SERVICE}/integration")
    assert [(await api.get(path)).status_code for path in (*refused, *allowed)] == [403, 403, 200, 200]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/project/nowhere/service", "project_not_found"),
        ("/project/acme-prod/service/nothing", "service_not_found"),
        ("/project/acme-prod/service/kafka-eu-prod/topic/nothing", "kafka_topic_not_found"),
        ("/project/acme-prod/integration/nothing", "service_integration_not_found"),
    ],
)
async def test_unknown_things_are_not_found(api: httpx.AsyncClient, path: str, code: str) -> None:
    """A 404 in Aiven's form: the same message twice, the status, and a code."""
    answer = await api.get(path)
    body = answer.json()
    assert answer.status_code == 404
    assert body["errors"] == [{"message": body["message"], "status": 404, "error_code": code}]


async def test_the_missing_service_is_named(api: httpx.AsyncClient) -> None:
    """The text is the one that Aiven's clients look for."""
    answer = await api.get("/project/acme-prod/service/nothing/mirrormaker/replication-flows")
    assert (answer.status_code, answer.json()["message"]) == (404, "Service nothing does not exist")


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("PATCH", 405)])
async def test_what_is_not_there_is_refused_as_json(api: httpx.AsyncClient, method: str, status: int) -> None:
    """Unknown paths and verbs answer in the same form; there is no PATCH."""
    path = "/nothing" if method == "GET" else f"{FLOWS}/kafka-eu/kafka-us"
    answer = await api.request(method, path)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["status"] == status


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b'{"topics": [NaN]}', b"{'enabled': true}", b'{"enabled": true} x',
     b"\xff", b"[" * 9999],
)  # fmt: skip
async def test_bodies_must_be_json_objects(api: httpx.AsyncClient, content: bytes) -> None:
    """Anything else is a 400 and is not applied."""
    answer = await api.put(f"{FLOWS}/kafka-eu/kafka-us", content=content, headers=JSON_TYPE)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["status"] == 400


async def test_flows_belong_to_mirrormaker_services(api: httpx.AsyncClient) -> None:
    """A Kafka service has no flows, and a MirrorMaker service no topics."""
    wrong = ("/project/acme-prod/service/kafka-eu-prod/mirrormaker/replication-flows", f"{SERVICE}/topic")
    assert [(await api.get(path)).status_code for path in wrong] == [400, 400]


async def test_topics_of_a_powered_off_service_are_unavailable(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """503 with the text that Aiven's Terraform provider has seen."""
    aiven.world.set_state("acme-prod", "kafka-eu-prod", "POWEROFF")
    answer = await api.get("/project/acme-prod/service/kafka-eu-prod/topic")
    assert answer.status_code == 503
    assert answer.json()["message"] == "An error occurred. Please try again later."


async def test_queries_and_content_types_of_reads_do_not_matter(api: httpx.AsyncClient) -> None:
    """Aiven's Go clients add `limit=999` everywhere; the command line sends octet-stream with a GET."""
    answer = await api.get(FLOWS, params={"limit": 999}, headers={"content-type": "application/octet-stream"})
    assert answer.status_code == 200


async def test_refusals_hold_no_secret(api: httpx.AsyncClient, aiven: AivenSimulator) -> None:
    """The simulator leaks only when told to."""
    answer = await api.get("/me", headers={"authorization": "aivenv1 wrong"})
    assert SECRET not in answer.text
    assert aiven.access.token not in answer.text
