"""The composition root: the only place where the parts are wired, and the order in which they start and stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final, TypeVar

from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.aiven.client import AivenClient
from bot.aiven.errors import AivenError
from bot.core.policy import Policy, parse_policy
from bot.desk.desk import Defaults, Desk
from bot.directory import Directory
from bot.intake import Intake
from bot.metrics import CONTENT_TYPE, Metrics
from bot.sender import Sender, SlackAwayError, SlackRefusedError, web_client
from bot.settings import Settings
from bot.store import fitness
from bot.store.access import AccessStore
from bot.store.clock import Clock
from bot.store.fitness import UnfitStoreError
from bot.store.opening import Opened, opened
from bot.store.redis import Store, StoreError
from bot.store.seed import seed
from bot.worker import Worker
from handlers.bolt import bolt_app
from handlers.http import metrics_app, web_app
from handlers.socket import Socket

_log: Final = logging.getLogger(__name__)

_RETRY_SECONDS: Final = 1.0

_Answer = TypeVar("_Answer")


class RefusedError(Exception):
    """Why Sluice does not start: one line."""


class Sluice:
    """One process of the bot. `run` serves until `stop`; `port` is what it listens on once `listening` is set.

    `clock` and `sleep` let tests be at another moment and not wait for it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock or Clock()
        self._sleep = sleep
        self._bolt: AsyncApp | None = None
        self._store: Store | None = None
        self._worker: Worker | None = None
        self._metrics = Metrics()
        self._stop = asyncio.Event()
        self._why_not = "starting"
        self.listening = asyncio.Event()
        self.ready = asyncio.Event()
        self.port = settings.port
        self.metrics_port = settings.metrics_port

    def stop(self) -> None:
        """Takes nothing new, finishes or hands back what is in hand, and ends `run`."""
        self._stop.set()
        if self._worker is not None:
            self._worker.stop()

    async def run(self) -> None:
        """Serves until `stop`. Raises RefusedError, PolicyError or one of OPENING_ERRORS when it cannot start."""
        policy = self._read_policy()
        async with AsyncExitStack() as stack:
            await self._listen(stack)
            self._why_not = "opening the store"
            url = self._settings.redis_url.get_secret_value() if self._settings.redis_url else None
            store = await stack.enter_async_context(opened(url, self._settings.data_dir))
            token = self._settings.slack_bot_token.get_secret_value()
            sender = Sender(web_client(token, self._settings.slack_api_url), self._metrics.called_slack)
            we = await self._ask_slack(sender.who_are_we, "SLACK_BOT_TOKEN")
            if we is None:
                return
            desk = await self._desk(stack, store, sender, we, policy)
            if desk is not None:
                await self._serve(stack, desk, sender, we)

    def _read_policy(self) -> tuple[Policy, str] | None:
        path = self._settings.policy
        if path is None:
            return None
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            why = f"SLUICE_POLICY {path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}"
            raise RefusedError(why) from None
        return parse_policy(text, str(path)), text

    async def _listen(self, stack: AsyncExitStack) -> None:
        """Answers the probes from the first moment on; deliveries get a 503 until we are ready."""
        app = web_app(self._slack_side, self._not_ready, self._metrics.acknowledged)
        self.port = await self._serve_http(stack, app, self._settings.port)
        if self._settings.metrics_port is not None:
            watched = metrics_app(lambda: self._metrics.text(self._store), CONTENT_TYPE)
            self.metrics_port = await self._serve_http(stack, watched, self._settings.metrics_port)
        self.listening.set()

    async def _serve_http(self, stack: AsyncExitStack, app: web.Application, port: int) -> int:
        """The port that it listens on."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, self._settings.host, port).start()
        except OSError as error:
            why = f"cannot listen on {self._settings.host}:{port}: {error.strerror}"
            raise RefusedError(why) from None
        listening: int = runner.addresses[0][1]
        return listening

    def _slack_side(self) -> AsyncApp | None:
        return self._bolt if self._settings.slack_signing_secret is not None else None

    async def _not_ready(self) -> str | None:
        """Why we cannot work now: still starting, or the store is away."""
        if self._why_not or self._store is None:
            return self._why_not
        try:
            await self._store.ping()
        except StoreError:
            return "the store does not answer"
        return None

    async def _ask_slack(self, ask: Callable[[], Coroutine[Any, Any, _Answer]], token: str) -> _Answer | None:
        """What Slack says, asked until it answers; None when we are stopped before. `token`: the setting it takes."""
        while not self._stop.is_set():
            try:
                return await self._unless_stopped(ask())
            except SlackRefusedError as refused:
                why = f"Slack does not take {token}: {refused.error}"
                raise RefusedError(why) from None
            except SlackAwayError as away:
                self._why_not = f"Slack does not answer: {away}"
                await self._pause(self._why_not, away.wait)
        return None

    async def _desk(
        self,
        stack: AsyncExitStack,
        where: Opened,
        sender: Sender,
        we: dict[str, Any],
        policy: tuple[Policy, str] | None,
    ) -> Desk | None:
        settings = self._settings
        store = Store(where.redis, we["team_id"], clock=self._clock)
        access = AccessStore(store)
        while not self._stop.is_set():
            try:
                await fitness.check(where.redis)
                await seed(store, access, settings.first_admins, policy)
                if where.alone:
                    await store.free_all()
                break
            except UnfitStoreError as unfit:
                raise RefusedError(str(unfit)) from None
            except StoreError as error:
                self._why_not = "the store does not answer"
                await self._pause(f"{self._why_not}: {error}")
        else:
            return None
        aiven = AivenClient(settings.aiven_web_url, settings.aiven_token.get_secret_value(), sleep=self._sleep,
                            heard=self._metrics.called_aiven)  # fmt: skip
        stack.push_async_callback(aiven.aclose)
        self._store = store
        teams = frozenset(filter(None, (we["team_id"], we.get("enterprise_id"))))
        keep = timedelta(days=settings.keep_days)
        defaults = Defaults(settings.project, settings.service, settings.channel, keep)
        age = timedelta(seconds=settings.identity_seconds)
        directory = Directory(sender, teams, store.clock.now, age)
        return Desk(store, access, aiven, directory, teams, defaults, self._sleep)

    async def _serve(self, stack: AsyncExitStack, desk: Desk, sender: Sender, we: dict[str, Any]) -> None:
        self._worker = worker = Worker(desk, sender, self._metrics.looked, self._settings.drain_seconds)
        token, secret = self._settings.slack_bot_token, self._settings.slack_signing_secret
        self._bolt = bolt_app(
            Intake(worker.inbox), web_client(None, self._settings.slack_api_url), token.get_secret_value(),
            secret.get_secret_value() if secret else None, we,
        )  # fmt: skip
        if self._stop.is_set():
            worker.stop()
        opening = asyncio.create_task(self._open(stack, self._bolt, we))
        greeting = asyncio.create_task(self._greet_aiven(desk.aiven))
        try:
            await worker.run()
        finally:
            opening.cancel()
            greeting.cancel()
        self._why_not = "stopping"
        await asyncio.wait({opening})
        if not opening.cancelled():
            opening.result()

    async def _open(self, stack: AsyncExitStack, bolt: AsyncApp, we: dict[str, Any]) -> None:
        """Makes us ready, while the worker goes on with what was accepted. What this raises, `run` raises."""
        try:
            await self._open_socket(stack, bolt)
        except Exception:
            self.stop()
            raise
        if self._stop.is_set():
            return
        self._why_not = ""
        self.ready.set()
        _log.info("ready: workspace %s, listening on port %s", we.get("team", we["team_id"]), self.port)

    async def _open_socket(self, stack: AsyncExitStack, bolt: AsyncApp) -> None:
        """Opens the websocket if we have one; tried until it is open, or we are stopped."""
        if self._settings.slack_app_token is None:
            return
        token = self._settings.slack_app_token.get_secret_value()
        door, socket = Sender(web_client(token, self._settings.slack_api_url)), Socket(bolt, token)
        stack.push_async_callback(socket.close)
        self._why_not = "opening Slack's websocket"
        while (address := await self._ask_slack(door.open_socket, "SLACK_APP_TOKEN")) is not None:
            try:
                await self._unless_stopped(socket.open(address))
            except ConnectionError as error:
                self._why_not = str(error)
                await self._pause(self._why_not)
            else:
                return

    async def _greet_aiven(self, aiven: AivenClient) -> None:
        """Says early, in the log, when Aiven does not take the token; the work itself says so again."""
        try:
            me = await aiven.me()
        except AivenError as error:
            _log.warning("Aiven: %s", error)
        else:
            _log.info("Aiven: working as %s", me.user)

    async def _unless_stopped(self, call: Coroutine[Any, Any, _Answer]) -> _Answer | None:
        """What comes of a call; None when we are stopped before, and the call is off."""
        calling, stopping = asyncio.create_task(call), asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((calling, stopping), return_when=asyncio.FIRST_COMPLETED)
            return calling.result() if calling.done() else None
        finally:
            stopping.cancel()
            calling.cancel()
            await asyncio.gather(calling, return_exceptions=True)

    async def _pause(self, why: str, seconds: float | None = None) -> None:
        _log.warning("not ready: %s", why)
        try:
            async with asyncio.timeout(seconds or _RETRY_SECONDS):
                await self._stop.wait()
        except TimeoutError:
            return
