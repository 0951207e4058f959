"""`python -m chaos`: lets two replicas work under load, kills them until so many are dead, and then judges.

The exit code is 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from statistics import quantiles
from typing import Final

from bot.sandbox.aiven.demo import demo_world
from bot.sandbox.aiven.simulator import AivenSimulator
from bot.sandbox.slack.simulator import SlackSimulator
from bot.store import keys
from bot.store.connecting import connect
from bot.store.embedded import Embedded, open_embedded
from bot.store.redis import Store
from chaos.balancer import Balancer
from chaos.crowd import ADMIN, APPROVERS, EDITORS, PROJECT, Crowd, prepare
from chaos.judge import Findings, judge
from chaos.replicas import Replica, strike_store
from handlers.http import EVENTS_PATH

_REPLICAS: Final = 2
_STORE_EVERY: Final = 20
"""So many kills of a replica to one of the store."""

_ALL: Final = 1_000_000
_END_SECONDS: Final = 240.0
_READY_SECONDS: Final = 30.0
_ADMIN_TRIES: Final = 20
_FEW: Final = 2


class Chaos:
    """The stage, from the first process to the last."""

    def __init__(self, folder: Path, chosen: argparse.Namespace) -> None:
        self._folder = folder
        self._kills: int = chosen.kills
        self._minutes: int = chosen.minutes
        self._every: float = chosen.every
        self._dice = random.Random(chosen.seed)
        self._slack = SlackSimulator(posts_anywhere=True)
        self._aiven = AivenSimulator(demo_world())
        self._crowd = Crowd(self._slack, self._aiven, self._dice, chosen.calm)
        self._replicas: list[Replica] = []
        self.store_kills = 0
        self.sizes: list[float] = []

    async def run(self) -> Findings:
        """Everything, with a line now and then."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._slack)
            await stack.enter_async_context(self._aiven)
            prepare(self._slack, self._aiven)
            embedded = await open_embedded(self._folder / "store")
            stack.push_async_callback(embedded.close)
            keeping = asyncio.create_task(embedded.keep())
            stack.callback(keeping.cancel)
            balancer = await stack.enter_async_context(Balancer())
            self._slack.events_url = balancer.url + EVENTS_PATH
            for number in range(_REPLICAS):
                replica = Replica(self._env(embedded.url), self._folder / f"replica-{number}.log")
                self._replicas.append(replica)
                balancer.ports.append(replica.port)
                await replica.start()
                stack.push_async_callback(replica.end)
            await self._give_roles()
            working = asyncio.create_task(self._crowd.work())
            await self._soak()
            await self._strike(embedded)
            self._crowd.busy = False
            await working
            redis = await stack.enter_async_context(connect(embedded.url))
            store = Store(redis, self._slack.workspace.team_id)
            await self._end(store)
            return await judge(store, self._crowd, [at for each in self._replicas for at in each.killed_at])

    async def _soak(self) -> None:
        """Lets time pass with nobody killed, and looks now and then how large the bots are."""
        for _ in range(self._minutes * 2):
            await asyncio.sleep(30)
            self.sizes.append(max(each.resident for each in self._replicas))

    async def _strike(self, embedded: Embedded) -> None:
        while self.kills < self._kills:
            await asyncio.sleep(self._every * self._dice.uniform(0.22, 1.78))
            await self._dice.choice(self._replicas).strike(self._dice)
            if not self._crowd.calm and self.kills % _STORE_EVERY == _STORE_EVERY // 2:
                strike_store(embedded)
                self.store_kills += 1

    @property
    def kills(self) -> int:
        """How many replicas were killed."""
        return sum(each.kills for each in self._replicas)

    def report(self, findings: Findings, seconds: float) -> list[str]:
        """What happened."""
        crowd = self._crowd
        stops = sum(each.stops for each in self._replicas)
        states, watches = (
            ", ".join(f"{count} {state}" for state, count in sorted(each.items()))
            for each in (findings.states, findings.watches)
        )
        return [
            f"{seconds:.0f} s: {self.kills} kill -9 of {_REPLICAS} replicas, {stops} SIGTERM",
            f"{self.store_kills} kill -9 of the store",
            f"{crowd.deliveries} deliveries, {crowd.forged} forged",
            f"{len(crowd.taken)} of {len(crowd.asked)} changes acknowledged",
            f"{sum(findings.states.values())} requests: {states}",
            f"changes that were watched: {watches or '-'}",
            f"{findings.entries} audit entries; {len(self._aiven.writes())} writes reached Aiven",
            f"from the approval to the end: {_spread(findings.seconds)}",
            f"from a kill on the way to the end: {_spread(findings.recoveries)}",
            f"the larger bot, each half minute (MB): {' '.join(f'{size:.0f}' for size in self.sizes) or '-'}",
            *(f"  {count} times: {reason}" for reason, count in findings.reasons.most_common(5)),
            f"violations: {len(findings.violations)}",
            *findings.violations,
        ]

    def _env(self, redis_url: str) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self._slack.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self._slack.workspace.signing_secret, "SLACK_API_URL": self._slack.api_url,
            "AIVEN_TOKEN": self._aiven.access.token, "AIVEN_WEB_URL": self._aiven.web_url, "REDIS_URL": redis_url,
            "SLUICE_ADMINS": ADMIN, "SLUICE_PROJECT": PROJECT,
        }  # fmt: skip

    async def _give_roles(self) -> None:
        """The admin gives the roles, as soon as anybody listens."""
        channel = next(iter(self._slack.world.channels))
        for users, role in ((EDITORS, "editor"), (APPROVERS, "approver")):
            for user in users:
                text = f"/flow role grant <@{user}> {role} on acme-prod/*"
                for _ in range(_ADMIN_TRIES):
                    if (await self._slack.command(ADMIN, channel, text)).ok:
                        break
                    await asyncio.sleep(0.5)
        given = len(EDITORS) + len(APPROVERS)
        await self._slack.wait_for(lambda: len(self._slack.ephemeral_to(ADMIN)) >= given, _READY_SECONDS)

    async def _end(self, store: Store) -> None:
        """Nothing fails any more: what waits is decided, and all is finished; or some time has passed."""
        self._slack.heal()
        self._aiven.heal()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_SECONDS):
                # What other processes do rings no bell here.
                while await self._left(store):  # noqa: ASYNC110
                    await asyncio.sleep(0.2)

    async def _left(self, store: Store) -> bool:
        """Whether anything is left to be decided or done; how changes are landing is watched for ten minutes more."""
        due = await store.redis.zrange(store.keys("due"), 0, -1)
        left = [each for each in due if each != keys.SWEEP and not each.startswith(keys.WATCH)]
        return await self._crowd.decide_one(_ALL) or bool(left)


def _spread(seconds: Sequence[float]) -> str:
    """The middle and the long end of many times."""
    if len(seconds) < _FEW:
        return f"{len(seconds)} cases"
    parts = quantiles(seconds, n=100)
    return f"{len(seconds)} cases, p50 {parts[49]:.1f} s, p99 {parts[98]:.1f} s, longest {max(seconds):.1f} s"


def main() -> int:
    """Runs it and prints the report."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description="Kills bots under load and judges.")
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="how many replicas to kill (50)")
    parser.add_argument("--every", type=float, default=0.9, metavar="S", help="seconds from kill to kill (0.9)")
    parser.add_argument("--minutes", type=int, default=0, metavar="M", help="how long to let them work before (0)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000, metavar="S", help="what the dice fall by")
    parser.add_argument("--calm", action="store_true", help="let nothing fail but the replicas")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="sluice-chaos-") as folder:
        chaos, began = Chaos(Path(folder), chosen), time.monotonic()
        findings = asyncio.run(chaos.run())
        print(*chaos.report(findings, time.monotonic() - began), sep="\n")
    return 1 if findings.violations else 0


if __name__ == "__main__":
    sys.exit(main())
