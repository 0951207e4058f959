"""People at work while the bot crashes: what was not acknowledged they do again, and a new process goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.cards.buttons import block_of
from bot.core.giving import Giving
from bot.core.request import EFFECTIVE, Request, State
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.model import Message
from bot.settings import Settings
from bot.store import audit, keys, requests
from bot.store.commit import Commit
from tests.stage import EU_US, OPS, Stage
from tests.wire import Tripwire, Wire

LEASE = 16
"""Seconds after which the leases of the dead have run out."""
STEP = 2
WATCH = 15
"""Seconds from one look to the next at a change that is landing."""
STEPS = 90
LATER = ("work:", "review:", "role:", "drift:", "witness", "sweep")
"""What is left when everything is done that can be done now."""
T = TypeVar("T")


class Play(Stage):
    """A stage whose bot talks over wires, and crashes where the tripwire says."""

    def __init__(self, redis_url: str, team: str, tripwire: Tripwire) -> None:
        super().__init__(redis_url, team)
        self.tripwire = Tripwire()
        self.crashed_at = ""
        self._armed = tripwire
        self._redis_path = urlsplit(redis_url).path
        self._wires: dict[str, Wire] = {}
        self._wired = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.settle()
        self._use(self._armed)
        return self

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        await self._wired.aclose()

    @property
    def settings(self) -> Settings:
        url = f"http://127.0.0.1:{self._wires['Aiven'].port}"
        redis = f"redis://127.0.0.1:{self._wires['Redis'].port}/0"
        return super().settings.model_copy(update={"aiven_web_url": url, "redis_url": SecretStr(redis)})

    async def start(self) -> None:
        if not self._wires:
            targets = {"Redis": self._redis_path, "Aiven": self.aiven.port, "Slack": self.slack.port}
            for name, target in targets.items():
                self._wires[name] = await self._wired.enter_async_context(Wire(name, target, self.tripwire))
            self.slack.seen_at = f"http://127.0.0.1:{self._wires['Slack'].port}"
        await super().start()

    def _use(self, tripwire: Tripwire) -> None:
        self.tripwire = tripwire
        for wire in self._wires.values():
            wire.tripwire = tripwire

    # What people do.

    async def types_until(self, user: str, text: str) -> None:
        """Types a command; again, when it is not acknowledged."""
        await self._until_taken(lambda: self.slack.command(user, OPS, f"/flow {text}"))

    async def clicks_until(self, user: str, action: str) -> None:
        """Clicks a button of the newest card; again, when it is not acknowledged."""
        number = (await self.request()).number
        await self.until(lambda: _ready(self.find_card(number)))
        await self._until_taken(lambda: self.click(user, number, action))

    async def _until_taken(self, act: Callable[[], Coroutine[Any, Any, Delivery]]) -> None:
        while True:
            acting = asyncio.ensure_future(act())
            tripping = asyncio.ensure_future(self.tripwire.tripped.wait())
            await asyncio.wait((acting, tripping), return_when=asyncio.FIRST_COMPLETED)
            tripping.cancel()
            taken = acting.done() and not self.tripwire.tripped.is_set() and acting.result().ok
            if self.tripwire.tripped.is_set():
                await self.recover()
                await asyncio.wait((acting,))
            if taken:
                return

    # What becomes of it.

    async def recover(self) -> None:
        """The process is dead; another one starts when its leases have run out."""
        self.crashed_at = self.tripwire.calls[-1]
        await self.kill()
        for wire in self._wires.values():
            wire.cut()
        self._use(Tripwire())
        self.clock.offset += LEASE * 1000
        await self.start()

    async def until(self, so: Callable[[], Awaitable[T | None]]) -> T:
        """Lets things happen, crashes too, and time pass where nothing else happens. AssertionError after a while."""
        for _ in range(STEPS):
            await self._calm()
            if value := await so():
                return value
            self.clock.offset += STEP * 1000
            self._ring()
        raise AssertionError(f"not so after {STEPS * STEP} s")

    async def settle(self, *, watching: bool = False) -> None:
        """Returns when nothing is left to be done now. While a change lands there are crashes only with `watching`."""
        armed: Tripwire | None = None
        for _ in range(STEPS):
            await self._calm()
            due = await self.redis.zrange(self.store.keys("due"), 0, -1)
            left = [each for each in due if not each.startswith(LATER)]
            if not left:
                self._use(armed or self.tripwire)
                return
            lands = all(each.startswith("watch:") for each in left)
            if lands and not watching and armed is None:
                armed = self.tripwire
                self._use(Tripwire())
            self.clock.offset += (WATCH if lands else STEP) * 1000
            self._ring()
        raise AssertionError("something is left to be done")

    def _ring(self) -> None:
        if self.sluice is not None and self.sluice._worker is not None:
            self.sluice._worker.ring()

    async def _calm(self) -> None:
        """Returns when the bot has nothing in hand; a crash on the way is recovered from."""
        quiet = 0
        while quiet < 3:
            if self.tripwire.tripped.is_set():
                await self.recover()
            held = self._in_hand()
            quiet = 0 if held else quiet + 1
            if held:
                await asyncio.wait(held, timeout=0.05)
            else:
                await asyncio.sleep(0.004)

    async def request(self) -> Request:
        """The newest request, once there is one."""
        return await self.until(self._newest)

    async def _newest(self) -> Request | None:
        number = await self.redis.get(self.store.keys("number"))
        for each in range(int(number or 0), 0, -1):
            if found := await requests.load(self.store, each):
                return found
        return None

    async def ends(self, state: State) -> Request:
        """The newest request, once it has ended so."""
        await self.until(self.over)
        request = await self.request()
        assert request.state is state, f"it is {request.state}: {request.outcome}"
        return request

    async def undoes(self) -> bool:
        """Whether the newest request undoes another one."""
        found = await self._newest()
        return found is not None and found.undoes is not None

    async def is_in(self, state: State) -> bool:
        """Whether the newest request is in this state."""
        found = await self._newest()
        return found is not None and found.state is state

    async def over(self) -> bool:
        """Whether the newest request has ended."""
        found = await self._newest()
        return found is not None and not found.is_open

    async def answered(self, user: str, *words: str) -> None:
        """Somebody reads an answer with one of these words."""

        async def read() -> bool:
            texts = [each.text for each in self.slack.ephemeral_to(user)]
            return any(word in text for text in texts for word in words)

        await self.until(read)

    # What must be true at the end.

    async def check(self) -> None:
        """The promise."""
        await self.settle()
        verdict = await audit.check(self.store)
        assert (verdict.wrong, verdict.dangling) == (None, ())
        tags = [entry.note async for entry in audit.entries(self.store)]
        effects = [call for call in self.aiven.writes() if call.applied]
        ended = [found for number in range(1, 9) if (found := await requests.load(self.store, number))]
        wanted = sum(map(_effects, ended))
        assert len(effects) == wanted or not self.aiven.writes(), ([call.text for call in effects], ended)
        for request in ended:
            await self._check_told(request)
            subject = f"request/{request.number}"
            about = [note.tag.partition(":")[2] for note in tags if note.subject == subject]
            assert about.count("request:ask") == 1, about
            if "request:send" in about and request.needs.size:
                said = {"request:approve", "request:break-glass"} & set(about[: about.index("request:send")])
                assert said, about
            for decision in request.decisions:
                assert about.count(f"request:{decision.verdict}") >= 1, about

    async def _check_told(self, request: Request) -> None:
        card = await requests.load_card(self.store, request.number)
        assert card is not None
        shown = [each for each in self.slack.messages if each.ts == card.ts and each.channel == card.channel]
        assert len(shown) == 1
        assert card.shown == request.version
        with_buttons = [each for each in self.slack.messages if _buttons_of(each, request) and not each.ephemeral_to]
        assert [each for each in with_buttons if each is not shown[0]] == [], "buttons that nobody knows of"
        if request.is_open:
            return
        buttons = _buttons_of(shown[0], request)
        assert all(element["action_id"] in {"review", "undo"} for block in buttons for element in block["elements"])
        told = [each for each in self.slack.in_channel(card.channel) if each.thread_ts == card.ts]
        assert any(f"<@{request.by}>" in each.text for each in told), "the requester was not told"

    def flow_is(self, **values: object) -> None:
        """What Aiven has."""
        flow = self.aiven.world.flow(*EU_US) or {}
        assert {name: flow.get(name) for name in values} == values

    async def put(self, text: str) -> None:
        """Another policy, with no crash on the way."""
        await self.put_policy(text)
        commit = Commit()
        for number in await requests.open_numbers(self.store):
            commit.nudge(keys.work(number), self.clock.now())
        if commit.commands:
            await self.store.commit(commit)


def _effects(request: Request) -> int:
    """How many writes of a request have to have taken effect, now that it is over or holds."""
    if isinstance(request.plan, Giving) or request.state not in EFFECTIVE | {State.HOLDING}:
        return 0
    return len(request.steps) * (2 if request.state is State.REVERTED else 1)


def _buttons_of(message: Message, request: Request) -> list[Any]:
    blocks = [block for block in message.blocks if block["type"] == "actions"]
    return [block for block in blocks if str(block["block_id"]).startswith(block_of(request.number))]


async def _ready(card: object | None) -> bool:
    return card is not None
