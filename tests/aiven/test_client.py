"""The client against the simulator, and against bytes that no simulator would send."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from bot.aiven.client import REPLY_MAX, AivenClient, Patience
from bot.aiven.errors import (
    AivenError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
    UnknownOutcomeError,
)
from bot.core.flow import FlowRef
from bot.sandbox.aiven.demo import demo_world
from bot.sandbox.aiven.simulator import AivenSimulator

TOKEN = "a-very-secret-token"
REF = FlowRef(project="acme-prod", service="mm2-eu", source="kafka-eu", target="kafka-us")
NEW = FlowRef(project="acme-prod", service="mm2-eu", source="kafka-us", target="kafka-eu")
FLOWS = "/v1/project/acme-prod/service/mm2-eu/mirrormaker/replication-flows"
ON = {"exactly_once_delivery_enabled": True}
CREATE = {
    "source_cluster": "kafka-us",
    "target_cluster": "kafka-eu",
    "enabled": True,
    "exactly_once_delivery_enabled": True,
}


class Slept(list[float]):
    """The port `sleep`: remembers how long it was to sleep, and does not."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
async def aiven() -> AsyncIterator[AivenSimulator]:
    async with AivenSimulator(demo_world(), token=TOKEN) as simulator:
        yield simulator


@pytest.fixture
def slept() -> Slept:
    return Slept()


@pytest.fixture
async def client(aiven: AivenSimulator, slept: Slept) -> AsyncIterator[AivenClient]:
    async with AivenClient(aiven.web_url, TOKEN, sleep=slept, patience=Patience(5, 0.3)) as made:
        yield made


def answering(*answers: httpx.Response | Exception) -> tuple[AivenClient, list[httpx.Request], Slept]:
    """A client whose server gives these answers in turn, the last one for ever."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        given = answers[min(len(seen), len(answers)) - 1]
        if isinstance(given, Exception):
            raise given
        return given

    slept = Slept()
    return AivenClient("https://aiven.test", TOKEN, transport=httpx.MockTransport(answer), sleep=slept), seen, slept


async def test_the_writes_are_sent_as_they_always_were(aiven: AivenSimulator, client: AivenClient) -> None:
    await client.create_flow(NEW, CREATE)
    await client.patch_flow(REF, ON)
    await client.delete_flow(NEW)
    assert [(call.method, call.path, call.text and call.json) for call in aiven.writes()] == [
        ("POST", FLOWS, CREATE),
        ("PUT", f"{FLOWS}/kafka-eu/kafka-us", ON),
        ("DELETE", f"{FLOWS}/kafka-us/kafka-eu", ""),
    ]
    assert {call.status for call in aiven.writes()} == {200}


async def test_the_reads_ask_for_what_they_say(aiven: AivenSimulator, client: AivenClient) -> None:
    assert (await client.me()).user
    assert [each.service_name for each in await client.list_services("acme-prod") if each.service_name == "mm2-eu"]
    assert (await client.get_service("acme-prod", "mm2-eu")).service_name == "mm2-eu"
    assert {each.alias for each in await client.list_integrations("acme-prod", "mm2-eu")} >= {"kafka-eu", "kafka-us"}
    assert [flow["source_cluster"] for flow in await client.list_flows("acme-prod", "mm2-eu")] == [
        "kafka-eu",
        "kafka-us",
    ]
    assert (await client.get_flow(REF))["exactly_once_delivery_enabled"] is False
    assert [call.path for call in aiven.log] == [
        "/v1/me",
        "/v1/project/acme-prod/service",
        "/v1/project/acme-prod/service/mm2-eu",
        "/v1/project/acme-prod/service/mm2-eu/integration",
        FLOWS,
        f"{FLOWS}/kafka-eu/kafka-us",
    ]


async def test_the_token_goes_in_aivens_own_header() -> None:
    client, seen, _ = answering(httpx.Response(200, json={"user": {"user": "bot"}}))
    await client.me()
    assert seen[0].headers["authorization"] == f"aivenv1 {TOKEN}"
    assert seen[0].headers["user-agent"].startswith("sluice/")


async def test_every_part_of_a_path_is_encoded() -> None:
    client, seen, _ = answering(httpx.Response(404))
    with pytest.raises(NotFoundError):
        await client.get_service("a/b", "ü ?#%2F")
    assert seen[0].url.raw_path == b"/v1/project/a%2Fb/service/%C3%BC%20%3F%23%252F"


@pytest.mark.parametrize("part", ["", ".", ".."])
async def test_a_name_that_would_lead_elsewhere_is_never_sent(part: str) -> None:
    """Httpx resolves `..` in a path: DELETE of the flow `.. -> ..` would be DELETE of the whole service."""
    client, seen, _ = answering(httpx.Response(200))
    for ref in (REF.model_copy(update={name: part}) for name in ("project", "service", "source", "target")):
        with pytest.raises(InvalidError):
            await client.delete_flow(ref)
    assert seen == []


async def test_unknown_keys_and_progress_are_kept_and_nulls_mean_absent() -> None:
    flow = {
        "source_cluster": "a",
        "target_cluster": "b",
        "new_key": {"x": 1},
        "replication_progress": 0.5,
        "topics": None,
    }
    client, _, _ = answering(httpx.Response(200, json={"replication_flow": flow}))
    read = await client.get_flow(REF)
    assert read == {key: value for key, value in flow.items() if key != "topics"}


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_read_is_tried_three_times_with_growing_pauses(status: int) -> None:
    client, seen, slept = answering(httpx.Response(status))
    with pytest.raises(UnavailableError):
        await client.get_flow(REF)
    assert len(seen) == 3
    assert len(slept) == 2
    assert slept[0] < slept[1]


async def test_a_read_that_works_the_second_time_is_an_answer() -> None:
    client, seen, _ = answering(httpx.ReadError("reset"), httpx.Response(200, json={"user": {"user": "bot"}}))
    assert (await client.me()).user == "bot"
    assert len(seen) == 2


async def test_a_short_wait_that_aiven_asks_for_is_kept_and_a_long_one_handed_on() -> None:
    client, seen, slept = answering(
        httpx.Response(429, headers={"retry-after": "3"}), httpx.Response(429, headers={"retry-after": "60"})
    )
    with pytest.raises(RateLimitedError) as caught:
        await client.get_flow(REF)
    assert (list(slept), len(seen), caught.value.wait) == ([3.0], 2, 60.0)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_a_clear_no_is_not_asked_again(status: int) -> None:
    client, seen, _ = answering(httpx.Response(status, json={"message": "Aiven's own words"}))
    with pytest.raises(AivenError, match="Aiven's own words"):
        await client.get_flow(REF)
    assert len(seen) == 1


Write = Callable[[AivenClient], Awaitable[None]]
WRITES: dict[str, Write] = {
    "POST": lambda client: client.create_flow(NEW, CREATE),
    "PUT": lambda client: client.patch_flow(REF, ON),
    "DELETE": lambda client: client.delete_flow(REF),
}
BAD: list[tuple[httpx.Response | Exception, type[AivenError]]] = [
    (httpx.Response(500), UnknownOutcomeError),
    (httpx.Response(502, text="<html><title>Bad Gateway</title></html>"), UnknownOutcomeError),
    (httpx.Response(200, json={"errors": [{"message": "half done"}]}), UnknownOutcomeError),
    (httpx.Response(200, text="<html>"), UnknownOutcomeError),
    (httpx.ReadError("reset"), UnknownOutcomeError),
    (httpx.WriteError("reset"), UnknownOutcomeError),
    (httpx.RemoteProtocolError("cut"), UnknownOutcomeError),
    (httpx.ReadTimeout("late"), UnknownOutcomeError),
    (httpx.ConnectError("refused"), UnavailableError),
    (httpx.ConnectTimeout("late"), UnavailableError),
    (httpx.Response(429), RateLimitedError),
    (httpx.Response(400, json={"message": "Invalid"}), InvalidError),
]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(("answer", "kind"), BAD, ids=str)
async def test_a_write_is_sent_once_whatever_happens(
    answer: httpx.Response | Exception, kind: type[AivenError], write: Write
) -> None:
    client, seen, slept = answering(answer)
    with pytest.raises(AivenError) as caught:
        await write(client)
    assert type(caught.value) is kind
    assert (len(seen), list(slept)) == (1, [])


async def test_a_write_that_we_stopped_waiting_for_may_still_be_running(
    aiven: AivenSimulator, client: AivenClient
) -> None:
    hold = aiven.hold("PUT")
    with pytest.raises(UnknownOutcomeError) as caught:
        await client.patch_flow(REF, ON)
    hold.release()
    assert caught.value.still_running


async def test_nothing_that_listens_is_unavailable_and_surely_unwritten(
    aiven: AivenSimulator, client: AivenClient
) -> None:
    await aiven.stop()
    with pytest.raises(UnavailableError, match="could not be reached"):
        await client.patch_flow(REF, ON)


@pytest.mark.parametrize(
    "fault", [{"drop": "after"}, {"truncated": True}, {"errors_in_200": True}, {"html": True, "status": 200}]
)
async def test_cut_and_odd_answers_to_a_read_are_unavailable(
    aiven: AivenSimulator, client: AivenClient, fault: dict[str, Any]
) -> None:
    aiven.fail(times=3, **fault)
    with pytest.raises(UnavailableError):
        await client.get_flow(REF)
    assert len(aiven.log) == 3


@pytest.mark.parametrize(
    "body",
    [None, [], "text", 7, {}, {"replication_flow": None}, {"replication_flow": []}, {"replication_flow": {"x": 1}}],
)
async def test_json_that_is_no_flow_is_no_flow(body: object) -> None:
    client, _, _ = answering(httpx.Response(200, content=json.dumps(body)))
    with pytest.raises(UnavailableError):
        await client.get_flow(REF)


async def test_an_empty_answer_to_a_write_is_a_good_one() -> None:
    client, _, _ = answering(httpx.Response(200))
    await client.patch_flow(REF, ON)


async def test_no_more_is_read_than_the_limit() -> None:
    client, _, _ = answering(httpx.Response(200, content=b"x" * (REPLY_MAX + 1)))
    with pytest.raises(UnavailableError, match="too large"):
        await client.me()


async def test_the_token_and_secrets_show_nowhere(
    aiven: AivenSimulator, client: AivenClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Aiven sends them back in an error; they are in no text, no repr and, at any level, in no log."""
    caplog.set_level(logging.DEBUG)
    aiven.fail(token_in_body=True, times=None)
    with pytest.raises(AivenError) as caught:
        await client.patch_flow(REF, ON)
    seen = f"{caught.value} {caught.value!r} {caught.value.__cause__} {client!r} {vars(caught.value)} {caplog.text}"
    assert TOKEN not in seen
    assert "avnadmin" not in seen
