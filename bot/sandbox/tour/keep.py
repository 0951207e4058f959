"""`--keep`: the workplace stays open for one's own signed requests, and what happens in it is printed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from bot.sandbox.slack.model import Message
from bot.sandbox.tour.guide import Guide
from bot.sandbox.workplace import ADMIN, ANN, BOB, EVE, NAMES, OPS, Workplace

_HOW: Final = """
All of it goes on until you press Ctrl-C. Deliveries go to {url}, signed with the secret `{secret}`.
In another terminal, with openssl and curl:

flow() {{
  body="team_id={team}&channel_id={channel}&user_id=$1&command=/flow"
  body="$body&text=$(printf %s "$2" | od -An -v -tx1 | tr -d '\\n' | tr ' ' '%')"
  now=$(date +%s)
  signature=$(printf 'v0:%s:%s' "$now" "$body" | openssl dgst -sha256 -hmac {secret} | sed 's/.* //')
  curl -s {url} -H "X-Slack-Request-Timestamp: $now" -H "X-Slack-Signature: v0=$signature" -d "$body"
}}
flow {ann} 'list'
flow {ann} 'exactly-once on kafka-us -> kafka-ap'
flow {bob} 'approve 7'

People: {people}. Aiven: AIVEN_WEB_URL={aiven} AIVEN_TOKEN={token}
"""


async def keep_running(guide: Guide) -> None:
    """Prints what is new until the task is cancelled."""
    work = guide.work
    guide.paper.verbatim(how_to_go_on(work))
    seen = {message.ts: message.edits for message in work.slack.messages}
    try:
        while True:
            await work.slack.world.bell.wait()
            for message in _news(work, seen):
                guide.shows(message)
    except asyncio.CancelledError:
        guide.paper.text("\nStopped.")


def how_to_go_on(work: Workplace) -> str:
    """What one needs for requests of one's own; the lines of the shell can be pasted."""
    slack, aiven = work.slack.workspace, work.aiven
    return _HOW.format(
        url=work.events_url, secret=slack.signing_secret, team=slack.team_id, channel=OPS, ann=ANN, bob=BOB,
        people=", ".join(f"{NAMES[user]} {user}" for user in (ADMIN, ANN, BOB, EVE)),
        aiven=aiven.web_url, token=aiven.access.token,
    )  # fmt: skip


def _news(work: Workplace, seen: dict[str, int]) -> Iterator[Message]:
    for message in list(work.slack.messages):
        if seen.get(message.ts) != message.edits and not message.deleted:
            seen[message.ts] = message.edits
            yield message
