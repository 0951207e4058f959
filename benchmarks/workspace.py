"""The Slack workspace of the benchmark, and the commands that are sent from it: signed, and each one different."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from bot.sandbox.slack.delivery import USER_AGENT, Parcel, sign
from bot.sandbox.slack.payloads import Payloads
from bot.sandbox.slack.simulator import SlackSimulator
from bot.sandbox.slack.world import Hook
from handlers.http import EVENTS_PATH

COMMAND: Final = "/flow"
TEXT: Final = "update kafka-eu -> kafka-us exactly-once=on"
OPERATOR: Final = "U0OPERATOR"
CHANNEL: Final = "C0OPS"
SERVICE: Final = ("acme-prod", "mm2-eu")


def workspace() -> SlackSimulator:
    """A simulator, not started, with one person in one channel."""
    slack = SlackSimulator(posts_anywhere=True)
    slack.add_user(OPERATOR, "operator")
    slack.add_channel(CHANNEL, "kafka-ops")
    return slack


def add_response_urls(slack: SlackSimulator, count: int) -> None:
    """Lets the simulator know the response_urls of so many commands."""
    for number in range(count):
        hook = Hook(channel=CHANNEL, user=OPERATOR, made_at=slack.world.clock())
        slack.world.hooks[_hook(number)] = hook


def _hook(number: int) -> str:
    return f"{OPERATOR}/{number}"


class Commands:
    """Makes commands as Slack sends them. `slack_url`: where the simulator is; it knows `limit` response_urls."""

    def __init__(self, slack_url: str, limit: int) -> None:
        self._slack = workspace()
        self._slack_url = slack_url
        self._limit = limit
        self.made = 0

    def take(self, count: int) -> list[bytes]:
        """So many HTTP requests, complete and signed now. Raises ValueError beyond the limit."""
        if self.made + count > self._limit:
            raise ValueError(f"the simulator knows only {self._limit} response_urls")
        return [self._one() for _ in range(count)]

    def _one(self) -> bytes:
        world = self._slack.world
        text = self._slack.escape(TEXT)
        payload = Payloads(world).command(world.users[OPERATOR], world.channels[CHANNEL], COMMAND, text)
        payload["trigger_id"] = world.new_trigger(OPERATOR)
        payload["response_url"] = f"{self._slack_url}/actions/{_hook(self.made)}"
        self.made += 1
        parcel = Parcel(kind="slash_commands", payload=payload)
        return _http(parcel, sign(self._slack.workspace.signing_secret, int(time.time()), parcel.body()))


def _http(parcel: Parcel, signature: Mapping[str, str]) -> bytes:
    body = parcel.body()
    length = {"Host": "localhost", "Content-Length": str(len(body)), "Accept": "*/*"}
    headers = {"User-Agent": USER_AGENT, **length, **parcel.headers(), **signature}
    lines = [f"POST {EVENTS_PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
