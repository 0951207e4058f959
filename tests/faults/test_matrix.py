"""THE table of what goes wrong around a change, each row run: what people see, what is sent again, what is recorded.

Somebody asks, the fault strikes, somebody approves, time passes until it is over. The rows stand in `aiven.py`,
`slack.py` and `store.py`.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import RefusedError, Sluice
from bot.core.request import Request, State
from bot.store import audit, requests
from tests.faults.aiven import AIVEN
from tests.faults.row import Row, stage_for
from tests.faults.slack import SLACK
from tests.faults.store import START, STORE
from tests.servers import server
from tests.stage import ANN, BOB, Stage

WATCH = 15
"""Seconds from one look to the next at a change that is landing."""


@pytest.mark.parametrize("row", [*AIVEN, *SLACK, *STORE], ids=lambda row: row.name)
async def test_a_fault_on_the_way(valkey: str, team: str, row: Row) -> None:
    async with stage_for(row, valkey, team) as stage:
        number = await stage.ask(row.text)
        await stage.quiet()
        await stage.advance(61)
        striking = row.strike(stage)
        if inspect.isawaitable(striking):
            await striking
        await row.approve(stage, number)
        seen = await over(stage, number)
        request = await requests.load(stage.store, number)
        assert request is not None
        assert request.state is row.ends, request.outcome
        assert row.says in request.outcome
        assert len(stage.aiven.writes()) == row.sent
        effects = int(row.ends is State.APPLIED and row.sent > 0) if row.effects is None else row.effects
        assert sum(call.applied for call in stage.aiven.writes()) == effects
        assert row.meanwhile in seen, seen
        assert row.told in told(stage)
        await check_shown(stage, request)
        await check_recorded(stage, request, row)


async def over(stage: Stage, number: int) -> str:
    """Lets time pass until it has ended and everybody has heard; what the card's notes said on the way."""
    seen = ""
    for _ in range(400):
        await stage.quiet()
        request = await requests.load(stage.store, number)
        seen += f" {request.note}" if request else ""
        due = await stage.redis.zrange(stage.store.keys("due"), 0, -1)
        left = [item for item in due if not item.startswith("drift:")]
        if left == ["sweep"]:
            return seen
        await stage.advance(WATCH if all(each.startswith(("watch:", "sweep")) for each in left) else 2)
        await stage.store.ping()
    raise AssertionError("it is not over")


async def check_shown(stage: Stage, request: Request) -> None:
    """The requester's message and the card say how it ended, and there is nothing left to click."""
    card = await requests.load_card(stage.store, request.number)
    assert card is not None
    messages = [each for each in stage.slack.messages if (each.channel, each.ts) == (card.channel, card.ts)]
    told = [each for each in stage.slack.messages if f"<@{ANN}> Request {request.number}:" in each.text]
    assert told, "the requester was not told"
    if card.shown == request.version:
        rows = [block["elements"] for each in messages for block in each.blocks if block["type"] == "actions"]
        assert {each["action_id"] for row in rows for each in row} <= {"undo"}


async def check_recorded(stage: Stage, request: Request, row: Row) -> None:
    """The audit log is whole and tells what was sent, who decided, once each, and how it ended."""
    tags = [tag.partition(":")[2] for tag in await stage.tags()]
    assert tags.count("request:send") == len(stage.aiven.writes()) + row.announced
    assert all(tags.count(f"request:{each.verdict}") == 1 for each in request.decisions)
    last = [
        entry.note async for entry in audit.entries(stage.store) if entry.note.subject == f"request/{request.number}"
    ]
    ends = [note for note in last if note.details.get("state") == request.state]
    assert ends, last


def told(stage: Stage) -> str:
    """Everything that the approver was told, where nobody else sees it."""
    return " ".join(each.text for each in (*stage.slack.ephemeral_to(BOB), *stage.slack.dms(BOB)))


@pytest.mark.parametrize(("options", "user", "words"), START)
async def test_a_store_that_it_does_not_start_on(
    stage: Stage, tmp_path: Path, options: list[str], user: str, words: str
) -> None:
    """The reason is one line without the password."""
    async with server(tmp_path, *options) as port:
        url = SecretStr(f"redis://{user}127.0.0.1:{port}/0")
        other = Sluice(stage.settings.model_copy(update={"redis_url": url}))
        with pytest.raises(RefusedError) as refused:
            await other.run()
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
