"""Trouble on demand, held calls, and the log of calls."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import httpx
import pytest

from bot.sandbox.aiven import SECRET, AivenSimulator, Call, demo_world

FLOWS = "/project/acme-prod/service/mm2-eu/mirrormaker/replication-flows"
PAIR = f"{FLOWS}/kafka-eu/kafka-us"
EU_TO_US = ("acme-prod", "mm2-eu", "kafka-eu", "kafka-us")
OFF: dict[str, Any] = {"enabled": False}


def is_enabled(aiven: AivenSimulator) -> bool:
    """Whether the tour's first flow is on."""
    flow = aiven.world.flow(*EU_TO_US)
    return flow is not None and flow["enabled"] is True


@pytest.mark.parametrize("status", [409, 500, 501, 502, 503, 520])
async def test_a_status_is_answered_once(aiven: AivenSimulator, api: httpx.AsyncClient, status: int) -> None:
    """The call is not applied, the next one is."""
    fault = aiven.fail(method="PUT", status=status, message="No.")
    answer = await api.put(PAIR, json=OFF)
    assert (answer.status_code, answer.json()["errors"]) == (status, [{"message": "No.", "status": status}])
    assert is_enabled(aiven)
    assert fault.times == 0
    assert (await api.put(PAIR, json=OFF)).status_code == 200


async def test_a_fault_can_come_after_the_change(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A gateway's 504 does not mean that nothing happened."""
    aiven.fail(status=504, apply=True)
    assert (await api.put(PAIR, json=OFF)).status_code == 504
    assert not is_enabled(aiven)
    assert [(call.status, call.applied) for call in aiven.log] == [(504, True)]


@pytest.mark.parametrize(
    ("method", "path", "hit"),
    [
        ("*", "*", True),
        ("GET", "replication-flows/kafka-eu", True),
        ("GET", "/v1/project/*/kafka-us", True),
        ("PUT", "*", False),
        ("GET", "*/kafka-eu", False),
        ("GET", "other", False),
    ],
)
async def test_faults_pick_calls(
    aiven: AivenSimulator, api: httpx.AsyncClient, method: str, path: str, *, hit: bool
) -> None:
    """By verb, and by a glob over the whole path or a part of it."""
    aiven.fail(method=method, path=path, status=500)
    assert (await api.get(PAIR)).status_code == (500 if hit else 200)


async def test_faults_hit_in_order_and_as_often_as_told(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The one armed first hits first; `times=None` lasts until healed."""
    aiven.fail(status=502, times=2)
    aiven.fail(status=503, times=None)
    assert [(await api.get("/me")).status_code for _ in range(5)] == [502, 502, 503, 503, 503]
    aiven.heal()
    assert (await api.get("/me")).status_code == 200


async def test_rate_limit_in_the_text(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The real message, without a header."""
    aiven.fail(wait_text_seconds=28)
    answer = await api.get("/me")
    assert answer.status_code == 429
    assert answer.json()["message"].endswith("Rate limit 120 exceeded - try again in 28s")
    assert "retry-after" not in answer.headers


async def test_rate_limit_in_the_header(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A 429 with `Retry-After`, without seconds in the text."""
    aiven.fail(retry_after_header=3)
    answer = await api.get("/me")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert "try again" not in answer.text


async def test_a_load_balancers_page(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """HTML, by default with status 408."""
    aiven.fail(html=True)
    answer = await api.get("/me")
    assert (answer.status_code, answer.headers["content-type"]) == (408, "text/html; charset=utf-8")
    assert "<h1>408 Request Timeout</h1>" in answer.text


@pytest.mark.parametrize("apply", [False, True])
async def test_a_failure_inside_a_200(aiven: AivenSimulator, api: httpx.AsyncClient, *, apply: bool) -> None:
    """The status lies, the body has `errors`; whether the change happened is up to the fault."""
    aiven.fail(method="PUT", errors_in_200=True, apply=apply)
    answer = await api.put(PAIR, json=OFF)
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["status"] == 500
    assert is_enabled(aiven) is not apply


@pytest.mark.parametrize("body", [b"{", b"", b'{"replication_flow": 7}', b"\xff\xfe"])
async def test_raw_bodies(aiven: AivenSimulator, api: httpx.AsyncClient, body: bytes) -> None:
    """Any bytes can be sent as the answer."""
    aiven.fail(body=body)
    answer = await api.get(PAIR)
    assert (answer.status_code, answer.content) == (200, body)


async def test_a_truncated_answer(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The real answer ends in the middle; the change has happened."""
    aiven.fail(method="PUT", truncated=True)
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        await api.put(PAIR, json=OFF)
    assert not is_enabled(aiven)


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_dropped_connection(
    aiven: AivenSimulator, api: httpx.AsyncClient, drop: Literal["before", "after"]
) -> None:
    """Only the world tells whether the change happened; the next call works."""
    aiven.fail(method="PUT", drop=drop)
    with pytest.raises(httpx.TransportError):
        await api.put(PAIR, json=OFF)
    assert is_enabled(aiven) is (drop == "before")
    assert [(call.status, call.applied) for call in aiven.log] == [(None, drop == "after")]
    assert (await api.get(PAIR)).status_code == 200


async def test_a_body_with_secrets(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The caller's token is in the message, a password next to it."""
    aiven.fail(token_in_body=True)
    answer = await api.get("/me")
    assert answer.status_code == 500
    assert aiven.access.token in answer.json()["message"]
    assert SECRET in answer.json()["service_uri"]


@pytest.mark.parametrize("apply", [False, True])
async def test_a_late_answer(aiven: AivenSimulator, api: httpx.AsyncClient, *, apply: bool) -> None:
    """A client that gives up does not know whether the change happened before or will happen later."""
    aiven.fail(method="PUT", delay=30, apply=apply)
    with pytest.raises(httpx.ReadTimeout):
        await api.put(PAIR, json=OFF, timeout=httpx.Timeout(10, read=0.3))
    assert is_enabled(aiven) is not apply


async def test_a_late_hang_up(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """With `drop="after"` the change comes first, the delay after."""
    aiven.fail(method="PUT", delay=30, drop="after")
    with pytest.raises(httpx.ReadTimeout):
        await api.put(PAIR, json=OFF, timeout=httpx.Timeout(10, read=0.3))
    assert not is_enabled(aiven)


async def test_a_delay_passes(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A short delay only makes the answer late."""
    aiven.fail(method="PUT", delay=0.01)
    assert (await api.put(PAIR, json=OFF)).status_code == 200
    assert not is_enabled(aiven)


@pytest.mark.parametrize("after", [False, True])
async def test_a_held_call(aiven: AivenSimulator, api: httpx.AsyncClient, *, after: bool) -> None:
    """While a call is in flight others pass; it goes on when released."""
    hold = aiven.hold("PUT", "kafka-us", after=after)
    put = asyncio.create_task(api.put(PAIR, json=OFF))
    await asyncio.wait_for(hold.arrived.wait(), 5)
    assert hold.call is aiven.log[0]
    assert hold.call.status is None
    assert is_enabled(aiven) is not after
    assert (await api.put(PAIR, json={"topics": ["a"]})).status_code == 200
    hold.release()
    assert (await put).status_code == 200
    assert not is_enabled(aiven)


async def test_a_released_hold_catches_nothing(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """Releasing early disarms the hold."""
    hold = aiven.hold()
    hold.release()
    assert (await api.get("/me")).status_code == 200
    assert not hold.arrived.is_set()


async def test_stopping_lets_go_of_held_calls(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """A held call does not keep the simulator from stopping; started again it has the same address and world."""
    hold = aiven.hold("PUT")
    put = asyncio.create_task(api.put(PAIR, json=OFF))
    await asyncio.wait_for(hold.arrived.wait(), 5)
    await asyncio.wait_for(aiven.stop(), 5)
    assert (await put).status_code == 200
    with pytest.raises(httpx.ConnectError):
        await api.get(PAIR)
    await aiven.start()
    assert (await api.get(PAIR)).json()["replication_flow"]["enabled"] is False


async def test_the_log_shows_calls_as_they_were_sent(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """Verb, decoded path, query, exact body, user agent; never the token."""
    await api.get(FLOWS, params={"limit": 999})
    await api.put(PAIR, content=b'{"exactly_once_delivery_enabled":  true}')
    read, write = aiven.log
    assert (read.method, read.path, read.query, read.text, read.json) == (
        "GET", f"/v1{FLOWS}", {"limit": "999"}, "", None,
    )  # fmt: skip
    assert (write.text, write.json) == (
        '{"exactly_once_delivery_enabled":  true}', {"exactly_once_delivery_enabled": True},
    )  # fmt: skip
    assert (write.authorization, write.user_agent) == ("aivenv1 ***", "test/1")
    assert (read.applied, write.applied) == (False, True)
    assert aiven.access.token not in repr(aiven.log)


async def test_a_call_reads_as_one_line(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The form that the tour prints, with and without body, query and answer."""
    await api.put(PAIR, json={"exactly_once_delivery_enabled": True})
    await api.get("/me", params={"limit": 999})
    aiven.fail(drop="before")
    with pytest.raises(httpx.TransportError):
        await api.put(PAIR, content=b"{")
    assert [str(call) for call in aiven.log] == [
        f'PUT /v1{PAIR} {{"exactly_once_delivery_enabled": true}} -> 200',
        "GET /v1/me?limit=999 -> 200",
        f"PUT /v1{PAIR} {{ -> no answer",
    ]


async def test_writes_are_the_calls_that_ask_for_a_change(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """Metrics and logs are read with POST and do not count; a refused change counts but is not applied."""
    await api.post("/project/acme-prod/service/mm2-eu/metrics", json={"period": "hour"})
    await api.post("/project/acme-prod/service/mm2-eu/logs", json={})
    await api.put(PAIR, json={"colour": "red"})
    await api.delete(PAIR)
    assert [(call.method, call.status, call.applied) for call in aiven.writes()] == [
        ("PUT", 400, False),
        ("DELETE", 200, True),
    ]
    assert len(aiven.calls("POST", "*/logs")) == 1


async def test_wait_for_wakes_at_the_call(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The waiting ends with the answer that makes the predicate true."""
    waiting = asyncio.create_task(aiven.wait_for(lambda: [call.status for call in aiven.writes()] == [200]))
    await api.get("/me")
    assert not waiting.done()
    await api.put(PAIR, json=OFF)
    await asyncio.wait_for(waiting, 5)


async def test_wait_for_gives_up_with_the_calls_so_far(aiven: AivenSimulator, api: httpx.AsyncClient) -> None:
    """The error shows what did happen."""
    await api.get("/me")
    with pytest.raises(TimeoutError, match="GET /v1/me -> 200"):
        await aiven.wait_for(lambda: False, timeout=0.01)


async def test_on_call_hears_of_every_answer() -> None:
    """The tour can follow along; the call is complete when it is told."""
    heard: list[str] = []

    def hear(call: Call) -> None:
        heard.append(str(call))

    async with AivenSimulator(demo_world(), token="t", on_call=hear) as aiven, httpx.AsyncClient() as client:
        await client.get(f"{aiven.base_url}/me", headers={"authorization": "Bearer t"})
    assert heard == ["GET /v1/me -> 200"]
