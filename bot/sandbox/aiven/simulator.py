"""The server: Aiven's API over a world, on a local port, with a log of calls and trouble on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Concatenate, Final, ParamSpec, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.aiven.access import Access
from bot.sandbox.aiven.account import Account
from bot.sandbox.aiven.calls import Call, Pattern, read_call
from bot.sandbox.aiven.faults import NO_FAULT, Fault, Hold, cut_short, hang_up
from bot.sandbox.aiven.flows import Flows
from bot.sandbox.aiven.integrations import Integrations
from bot.sandbox.aiven.kafka import Kafka
from bot.sandbox.aiven.monitoring import Monitoring
from bot.sandbox.aiven.wire import errors_as_json
from bot.sandbox.aiven.world import World

HOST: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 16 * 1024 * 1024
GRACE_SECONDS: Final = 0.1
"""How long `stop` waits for calls in flight."""

P = ParamSpec("P")


def _registering(make: Callable[P, Fault]) -> Callable[Concatenate[AivenSimulator, P], Fault]:
    """A method with the parameters of `Fault`, so that they stand in one place."""

    def fail(self: AivenSimulator, /, *args: P.args, **kwargs: P.kwargs) -> Fault:
        """Arms a `Fault`, made of these keywords; of several that match, the one armed first hits."""
        fault = make(*args, **kwargs)
        self._faults.append(fault)
        return fault

    return fail


class AivenSimulator:
    """Aiven's API at `web_url`; an async context manager.

    `world` is the account behind it, `access` the tokens, `log` every call in the order of arrival.
    """

    fail = _registering(Fault)

    def __init__(
        self,
        world: World | None = None,
        *,
        token: str = "aiven-token",  # noqa: S107 - a token of this simulator, worth nothing elsewhere
        port: int = 0,
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        """Port 0 takes a free one, kept when started again; `on_call` hears of each call once answered."""
        self.world = world or World()
        self.access = Access(token)
        self.port = port
        self.log: list[Call] = []
        self._on_call = on_call
        self._faults: list[Fault] = []
        self._holds: list[Hold] = []
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def web_url(self) -> str:
        """Scheme, host and port: what `AIVEN_WEB_URL` takes."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """`web_url` with the version of the API."""
        return f"{self.web_url}/v1"

    async def start(self) -> None:
        """Listens; raises `OSError` if the port is taken."""
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[self._serve, errors_as_json, self._admit])
        for part in (Account, Flows, Integrations, Kafka, Monitoring):
            app.add_routes(part(self.world).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stops listening and lets go of held calls; the world and the log stay."""
        for hold in self._holds:
            hold.release()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Starts."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops."""
        await self.stop()

    def calls(self, method: str = "*", path: str = "*") -> list[Call]:
        """The calls that match (see `Pattern`), in the order of arrival."""
        pattern = Pattern(method=method, path=path)
        return [call for call in self.log if pattern.matches(call)]

    def writes(self, path: str = "*") -> list[Call]:
        """The calls that asked for a change, whether they were applied or not."""
        return [call for call in self.calls(path=path) if call.is_write]

    async def wait_for(self, predicate: Callable[[], bool], timeout: float = 10) -> None:  # noqa: ASYNC109 - public words
        """Returns once the predicate holds; asks it at every arrival and answer.

        Raises `TimeoutError` with the calls so far after `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                while not predicate():
                    await self._changed.wait()
        except TimeoutError:
            seen = "\n".join(str(call) for call in self.log)
            raise TimeoutError(f"still not so after {timeout} s; the calls were:\n{seen}") from None

    def heal(self) -> None:
        """Disarms all faults."""
        self._faults.clear()

    def hold(self, method: str = "*", path: str = "*", *, after: bool = False) -> Hold:
        """Keeps the next call that matches in flight, before it takes effect or `after`: see `Hold`."""
        hold = Hold(pattern=Pattern(method=method, path=path), after=after)
        self._holds.append(hold)
        return hold

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Logs the call and answers it, with the trouble that is armed for it."""
        call = await read_call(request)
        self.log.append(call)
        self._notify()
        response = await self._answer(request, call, handler)
        self._notify()
        if self._on_call is not None:
            self._on_call(call)
        return response

    async def _answer(self, request: web.Request, call: Call, handler: Handler) -> web.StreamResponse:
        await self._keep(call, after=False)
        fault = next((fault for fault in self._faults if fault.takes(call)), NO_FAULT)
        await asyncio.sleep(0 if fault.comes_after else fault.delay)
        response: web.StreamResponse | None = fault.answer(self.access.token)
        if fault.lets_through:
            real = await handler(request)
            call.applied = call.is_write and real.status < HTTPStatus.MULTIPLE_CHOICES
            response = real if response is None else response
        await self._keep(call, after=True)
        await asyncio.sleep(fault.delay if fault.comes_after else 0)
        if response is None or fault.drop:
            return hang_up(request)
        call.status = response.status
        return await cut_short(request, response) if fault.truncated else response

    async def _keep(self, call: Call, *, after: bool) -> None:
        for hold in self._holds:
            if hold.after is after and hold.wants(call):
                await hold.keep(call)

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.access.check(request)
        return await handler(request)
