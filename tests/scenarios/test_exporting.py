"""A flow, or the change of a request, goes out as Terraform, avn or curl; a pasted avn line comes in as a command."""

from __future__ import annotations

import html
from typing import Any

from bot import export
from bot.core.flow import FlowRef
from bot.core.intent import Format
from bot.sandbox.slack.model import Message
from bot.store import requests
from tests.stage import ADMIN, ANN, BOB, EU_US, EVE, Stage

REF = FlowRef(project=EU_US[0], service=EU_US[1], source=EU_US[2], target=EU_US[3])
LINE = "avn mirrormaker replication-flow"
PAIR = "-s kafka-eu -t kafka-us"
SECRET = "c3rn0b0g"


def copied(message: Message) -> list[str]:
    """What somebody copies out of the code blocks of a message."""
    blocks: list[Any] = message.blocks or []
    texts = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    return [html.unescape(text.removeprefix("```").removesuffix("```")) for text in texts if text.startswith("```")]


def joined(message: Message) -> str:
    """The code blocks of a message, put together as it says: a line each, or right behind the one before."""
    text = ""
    blocks: list[Any] = message.blocks or []
    for block in blocks:
        if block["type"] == "context":
            assert "ends within a line" in str(block)
            text = text.removesuffix("\n")
        elif block["type"] == "section" and (code := block["text"]["text"]).startswith("```"):
            text += html.unescape(code.removeprefix("```").removesuffix("```")) + "\n"
    return text


async def exported(stage: Stage, user: str, command: str) -> str:
    """What is copied out of the answer to `/flow export COMMAND`."""
    await stage.type(user, f"export {command}")
    return "\n".join(copied(stage.slack.ephemeral_to(user)[-1]))


async def test_a_flow_is_exported_in_every_format_to_those_who_may_read_it(stage: Stage) -> None:
    flow = stage.flow()
    assert flow is not None
    for wanted in Format:
        assert await exported(stage, BOB, f"kafka-eu -> kafka-us {wanted}") == export.of_flow(wanted, REF, flow)
    assert await exported(stage, BOB, "kafka-eu -> kafka-us") == export.of_flow(Format.TERRAFORM, REF, flow)
    for wanted in ("", "avn", "curl"):
        told = await stage.type(EVE, f"export kafka-eu -> kafka-us {wanted}", "I cannot export")
        assert "orders" not in told
    assert "command:acme-prod:read.refused" in await stage.tags()
    await stage.type(ANN, "export kafka-eu -> kafka-uss", "Did you mean kafka-eu -> kafka-us?")
    await stage.type(ANN, "export kafka-eu -> kafka-us avm", "Did you mean `avn`?")


async def test_the_change_of_a_request_is_exported_as_it_would_be_sent(stage: Stage) -> None:
    number = await stage.ask("update kafka-eu -> kafka-us topics+=refunds.* exactly-once=on")
    request = await requests.load(stage.store, number)
    assert request is not None
    for wanted in Format:
        assert await exported(stage, BOB, f"{number} {wanted}") == export.of_plan(wanted, request.flow_plan)
    assert "past the approvals" in await stage.type(BOB, f"export {number} avn")
    await stage.type(EVE, f"export {number} avn", "I cannot export")
    await stage.type(ANN, "export 99", "There is no request 99")
    assert stage.writes() == []


async def test_a_request_for_a_role_changes_no_flow(stage: Stage) -> None:
    await stage.put_policy('[[rules]]\nname = "power"\nrights = ["access.manage"]\nscopes = ["acme-prod/*"]\n')
    number = await stage.ask("role grant @eve editor on acme-prod/*", ADMIN)
    await stage.type(ADMIN, f"export {number}", "changes no flow")


async def test_what_is_too_long_comes_in_parts_that_make_up_the_whole(stage: Stage) -> None:
    flow = {"source_cluster": "kafka-ap", "target_cluster": "kafka-us", "enabled": False}
    flow |= {"topics": [f"topic.{n}.&.*" for n in range(900)] + ["<" * 4000]}
    stage.aiven.world.add_flow("acme-prod", "mm2-eu", flow)
    whole = export.of_flow(Format.AVN, REF.model_copy(update={"source": "kafka-ap"}), flow)
    await stage.type(ANN, "export kafka-ap -> kafka-us avn", "this is page 1")
    message = stage.slack.ephemeral_to(ANN)[-1]
    text = joined(message)
    for page in range(2, 6):
        await stage.slack.click(ANN, message, "page-next")
        await stage.slack.wait_for(lambda page=page: f"this is page {page}" in message.text)
        text += joined(message)
    assert "page-next" not in str(message.blocks)
    assert text.removesuffix("\n") == whole


async def test_a_pasted_line_is_a_request_like_any_other(stage: Stage) -> None:
    number = await stage.ask(f"""{LINE} update mm2-eu {PAIR} '{{"enabled": false}}' --reason the sale""")
    assert stage.writes() == []
    await stage.type(ANN, f"approve {number}", "you asked for it yourself")
    await stage.click(BOB, number, "approve")
    await stage.card(number, "applied and verified")
    assert stage.writes() == ['PUT {"enabled": false} 200']
    request = await requests.load(stage.store, number)
    assert request is not None
    assert request.reason == "the sale"
    await stage.type(EVE, f"{LINE} delete mm2-eu {PAIR}", "I cannot ask")


async def test_an_exported_line_that_is_pasted_asks_for_what_is_asked_already(stage: Stage) -> None:
    number = await stage.ask(r"update kafka-eu -> kafka-us topics=orders\..*,it's policy=identity")
    line = await exported(stage, ANN, f"{number} avn")
    await stage.type(ANN, line, f"request *{number}* asks for already")


async def test_a_pasted_line_reads_too_and_its_project_is_the_one_of_the_channel(stage: Stage) -> None:
    await stage.type(ANN, f"{LINE} list mm2-eu", "Flows of acme-prod/mm2-eu")
    await stage.type(ANN, f"{LINE} get mm2-eu {PAIR}", "exactly-once")
    await stage.type(ANN, f"{LINE} list --project acme-lab mm2-lab", "I cannot show acme-lab/mm2-lab")


async def test_a_token_is_kept_nowhere(stage: Stage) -> None:
    told = await stage.type(ANN, f"avn --auth-token {SECRET} {LINE[4:]} list mm2-eu", "have it revoked")
    assert SECRET not in told
    await stage.ask(f"pause kafka-eu -> kafka-us --reason AIVEN_TOKEN={SECRET}")
    assert not [message for message in stage.slack.ephemeral_to(ANN) if SECRET in str(message)]
    assert SECRET not in await everything(stage)


async def everything(stage: Stage) -> str:
    """All that the store holds, as text."""
    held: list[object] = []
    for key in await stage.redis.keys("*"):
        kind = await stage.redis.type(key)
        if kind == "hash":
            held.append(await stage.redis.hgetall(key))
        elif kind == "stream":
            held.append(await stage.redis.xrange(key))
        elif kind == "string":
            held.append(await stage.redis.get(key))
    return str(held)
