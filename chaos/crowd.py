"""People at work: they ask, decide, look things up; and strangers who forge. Each change carries a mark of its own."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any, Final

from bot.cards.buttons import UNDO
from bot.core.flow import Wire
from bot.sandbox.aiven.model import KAFKA
from bot.sandbox.aiven.simulator import AivenSimulator
from bot.sandbox.slack.model import Message
from bot.sandbox.slack.simulator import SlackSimulator

ADMIN: Final = "U0ADMIN"
EDITORS: Final = ("U0ANN", "U0CID", "U0EVA")
APPROVERS: Final = ("U0BOB", "U0DAN")
CHANNELS: Final = tuple(f"C0{number:02}" for number in range(16))
PROJECT: Final = "acme-prod"
FLOWS: Final = tuple((f"mm2-{number}", "kafka-a", target) for number in range(24) for target in ("kafka-b", "kafka-c"))
"""Service, source and target; writes on one service wait for one another."""
_FLOWS: Final = "replication-flows/"
_AIVEN_FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"method": "PUT", "status": 502, "apply": True}, {"method": "PUT", "status": 429, "wait_text_seconds": 1},
    {"method": "PUT", "drop": "after"}, {"method": "PUT", "drop": "before"}, {"method": "PUT", "delay": 1.5},
    {"method": "GET", "status": 503, "times": 2},
)  # fmt: skip
_SLACK_FAULTS: Final[tuple[dict[str, Any], ...]] = (
    {"method": "chat.postMessage", "status": 503, "times": 2}, {"method": "response_url", "status": 500, "times": 2},
    {"method": "chat.update", "error": "ratelimited", "status": 429, "retry_after": 1},
    {"method": "chat.postMessage", "drop": "after"}, {"method": "users.info", "status": 503},
)  # fmt: skip
_SEEN: Final = 500
"""How many messages back people look."""

_READS: Final = ("list", "requests", "whoami", "show kafka-a -> kafka-b --service mm2-0")


@dataclass
class Crowd:
    """What was asked for (`asked`: mark -> who), and of that what Slack's side saw taken (`taken`).

    `calm`: Aiven and Slack work as they should, so that what takes long takes long because of us.
    """

    slack: SlackSimulator
    aiven: AivenSimulator
    dice: random.Random
    calm: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    deliveries: int = 0
    forged: int = 0
    forged_taken: int = 0
    busy: bool = True

    async def work(self) -> None:
        """Goes on until `busy` ends."""
        async with asyncio.TaskGroup() as group:
            for each in (*[self._asks, self._decides] * 4, self._looks, self._forges, self._hurts):
                group.create_task(each())

    async def _asks(self) -> None:
        while self.busy:
            mark = f"chaos-{len(self.asked)}"
            user, (service, source, target) = self.dice.choice(EDITORS), self.dice.choice(FLOWS)
            self.asked[mark] = user
            text = f"update {source} -> {target} topics+={mark} --service {service} --reason {mark}"
            if await self._types(user, text, self.dice.choice(CHANNELS)):
                self.taken.add(mark)
            await self._pause(0.8)

    async def _looks(self) -> None:
        while self.busy:
            await self._types(self.dice.choice(EDITORS), self.dice.choice(_READS), self.dice.choice(CHANNELS))
            await self._pause(1.0)

    async def _decides(self) -> None:
        while self.busy:
            await self.decide_one()
            await self._pause(0.3)

    async def decide_one(self, seen: int = _SEEN) -> bool:
        """Somebody decides about one of the newest cards that still has its buttons; False when there is none."""
        cards = [each for each in self.slack.messages[-seen:] if "waiting for approval" in each.text]
        cards = [each for each in cards if not each.ephemeral_to and not each.thread_ts and has_buttons(each)]
        if not cards:
            return False
        card, what = self.dice.choice(cards), self.dice.random()
        number = card.text.partition("Request ")[2].partition(":")[0]
        if what < 0.8:
            await self._clicks(self.dice.choice(APPROVERS), card)
        elif what < 0.9:
            await self._types(self.dice.choice(APPROVERS), f"deny {number} not now", card.channel)
        else:
            await self._clicks(self.dice.choice(EDITORS), card)
        return True

    async def _forges(self) -> None:
        while self.busy:
            self.forged += 1
            body = f"command=/flow&text=approve+{self.dice.randint(1, 99)}&user_id=U0BOB&team_id=T0SLUICE"
            signature = "v0=" + "0" * 64
            delivery = await self.slack.deliver(body, signature=signature)
            self.forged_taken += delivery.ok
            await self._pause(0.7)

    async def _hurts(self) -> None:
        """Aiven and Slack are slow, refuse, and break off; when it is calm a write takes its second, and no more."""
        if self.calm:
            self.aiven.fail(method="PUT", path=_FLOWS, delay=1.0, apply=True, times=None)
        while self.busy and not self.calm:
            self._hurt(self.dice.randrange(len(_AIVEN_FAULTS) + len(_SLACK_FAULTS)))
            await self._pause(0.5)

    def _hurt(self, what: int) -> None:
        if what < len(_AIVEN_FAULTS):
            self.aiven.fail(path=_FLOWS, **_AIVEN_FAULTS[what])
        else:
            self.slack.fail(**_SLACK_FAULTS[what - len(_AIVEN_FAULTS)])

    async def _types(self, user: str, text: str, channel: str) -> bool:
        self.deliveries += 1
        delivery = await self.slack.command(user, channel, f"/flow {text}")
        return delivery.ok and "may not have kept" not in (delivery.text or "")

    async def _clicks(self, user: str, card: Message) -> None:
        self.deliveries += 1
        if has_buttons(card):
            await self.slack.click(user, card, "approve")

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(self.dice.uniform(0, 2 * seconds))


def prepare(slack: SlackSimulator, aiven: AivenSimulator) -> None:
    """The people, the channels and the flows."""
    for user in (ADMIN, *EDITORS, *APPROVERS):
        slack.add_user(user, user.removeprefix("U0").lower())
    for channel in CHANNELS:
        slack.add_channel(channel, channel.lower())
    clusters = sorted({alias for _, *aliases in FLOWS for alias in aliases})
    for alias in clusters:
        aiven.world.add_service(PROJECT, f"{alias}-prod", KAFKA)
    for service in dict.fromkeys(service for service, _, _ in FLOWS):
        aiven.world.add_service(PROJECT, service)
        for alias in clusters:
            aiven.world.add_integration(PROJECT, dest_service=service, alias=alias, source_service=f"{alias}-prod")
    for service, source, target in FLOWS:
        flow: Wire = {"source_cluster": source, "target_cluster": target, "enabled": True, "topics": ["orders"]}
        aiven.world.add_flow(PROJECT, service, flow)


def has_buttons(message: Message) -> bool:
    """Whether one can decide in it; what is over can only be undone."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return any(each["action_id"] != UNDO for row in rows for each in row)
