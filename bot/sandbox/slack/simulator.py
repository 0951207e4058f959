"""The server: a Slack workspace on a local port, for one app, over HTTP or Socket Mode."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, Self, TypeVar
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.sandbox.slack.calls import Call
from bot.sandbox.slack.chat import Chat
from bot.sandbox.slack.delivery import ACK_SECONDS, FORM, Delivery, Transport, sign
from bot.sandbox.slack.directory import Directory
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.http_transport import HttpTransport
from bot.sandbox.slack.model import Channel, Message, User, UserGroup, View, Workspace
from bot.sandbox.slack.people import People
from bot.sandbox.slack.sockets import Reason, Sockets
from bot.sandbox.slack.web_api import MAX_BODY_BYTES, WebApi
from bot.sandbox.slack.world import World

HOST: Final = "127.0.0.1"
GRACE_SECONDS: Final = 0.1
"""How long `stop` waits for calls in flight."""

SHOWN_ON_TIMEOUT: Final = 12

T = TypeVar("T")


class SlackSimulator(People):
    """Slack at `api_url`; an async context manager.

    Deliveries go to `events_url` when it is set, else over the app's open websockets. `clock` gives seconds since
    1970: timestamps, triggers and response_urls follow it. `ack_seconds` is how long an ack may take.
    `posts_anywhere` gives the app the scope `chat:write.public`; `should_escape` is the command's setting in the
    manifest and `escape_text` whether `& < >` arrive escaped, in commands as in messages.
    """

    def __init__(  # noqa: PLR0913 - all have a default
        self,
        *,
        team_id: str = "T0SLUICE",
        team_domain: str = "sluice-tour",
        enterprise_id: str | None = None,
        app_id: str = "A0SLUICE",
        bot_id: str = "B0SLUICE",
        bot_user_id: str = "U0SLUICE",
        bot_token: str = "xoxb-simulator",  # noqa: S107 - worth nothing outside
        app_token: str = "xapp-simulator",  # noqa: S107
        signing_secret: str = "simulator-signing-secret",  # noqa: S107
        events_url: str | None = None,
        clock: Callable[[], float] = time.time,
        ack_seconds: float = ACK_SECONDS,
        posts_anywhere: bool = False,
        should_escape: bool = True,
        escape_text: bool = True,
        port: int = 0,
    ) -> None:
        """Port 0 takes a free one, kept when started again."""
        workspace = Workspace(
            team_id=team_id, team_domain=team_domain, enterprise_id=enterprise_id, app_id=app_id, bot_id=bot_id,
            bot_user_id=bot_user_id, bot_token=bot_token, app_token=app_token, signing_secret=signing_secret,
        )  # fmt: skip
        super().__init__(World(workspace, clock), should_escape=should_escape, escape_text=escape_text)
        self.workspace = workspace
        self.events_url = events_url
        self.port = port
        self.seen_at: str | None = None
        self._ack_seconds = ack_seconds
        faults: list[Fault] = []
        self._sockets = Sockets(self.world, lambda: self.base_url, ack_seconds, faults)
        parts = (
            Directory(self.world),
            Chat(self.world, posts_anywhere=posts_anywhere),
            self._views,
            self._sockets,
        )
        methods = {name: method for part in parts for name, method in part.methods().items()}
        self._web_api = WebApi(self.world, methods, self._responses.take, faults)
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def base_url(self) -> str:
        """Scheme, host and port; `seen_at` when something stands between us and the app."""
        return self.seen_at or f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` and the `base_url` of a Slack client take."""
        return f"{self.base_url}/api/"

    async def start(self) -> None:
        """Listens; raises `OSError` if the port is taken."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes([*self._web_api.routes(), *self._sockets.routes()])
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stops listening and closes all connections; the world and the log stay."""
        await self._sockets.close()
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._session = self._runner = None

    async def __aenter__(self) -> Self:
        """Starts."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops."""
        await self.stop()

    def add_user(self, user_id: str, name: str, *, team_id: str | None = None, **flags: Any) -> User:  # noqa: ANN401
        """Adds a person; flags as in `User`: is_restricted, deleted, is_bot, is_stranger, tz and more."""
        user = User(id=user_id, name=name, team_id=team_id or self.workspace.team_id, **flags)
        self.world.users[user_id] = user
        return user

    def add_channel(  # noqa: PLR0913
        self,
        channel_id: str,
        name: str,
        *,
        private: bool = False,
        members: tuple[str, ...] | list[str] | None = None,
        bot_is_member: bool = True,
        archived: bool = False,
        is_ext_shared: bool = False,
    ) -> Channel:
        """Adds a channel; without `members` everybody of the workspace so far is in it."""
        people = {each.id for each in self.world.users.values() if not each.is_app_or_bot}
        bot = {self.workspace.bot_user_id} if bot_is_member else set()
        channel = Channel(
            id=channel_id, name=name, private=private, archived=archived, is_ext_shared=is_ext_shared,
            members=(people if members is None else set(members)) | bot,
        )  # fmt: skip
        self.world.channels[channel_id] = channel
        return channel

    def add_usergroup(self, group_id: str, handle: str, users: list[str] | tuple[str, ...]) -> UserGroup:
        """Adds a user group; `handle` without the @."""
        group = UserGroup(id=group_id, handle=handle, users=list(users))
        self.world.groups[group_id] = group
        return group

    @property
    def messages(self) -> list[Message]:
        """All messages in the order of their timestamps, ephemeral and deleted ones included."""
        return self.world.messages

    @property
    def calls(self) -> list[Call]:
        """The Web API calls and response_url posts in the order of arrival."""
        return self._web_api.calls

    @property
    def views(self) -> dict[str, list[View]]:
        """The open modals of each user, the visible one last."""
        return {user: list(stack) for user, stack in self.world.stacks.items() if stack}

    @property
    def homes(self) -> dict[str, View]:
        """The Home tab of each user."""
        return self.world.homes

    @property
    def connections(self) -> int:
        """How many websockets the app has open."""
        return len(self._sockets)

    def in_channel(self, channel_id: str) -> list[Message]:
        """What everybody in a channel sees now."""
        return [each for each in self._there() if each.channel == channel_id and not each.ephemeral_to]

    def ephemeral_to(self, user_id: str) -> list[Message]:
        """What only this person sees now."""
        return [each for each in self._there() if each.ephemeral_to == user_id]

    def dms(self, user_id: str) -> list[Message]:
        """The direct messages between the app and a person."""
        return self.in_channel(self.world.direct(user_id).id)

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method; `response_url` for posts to response_urls."""
        return [each for each in self.calls if each.method == method]

    async def wait_for(self, predicate: Callable[[], T | None], timeout: float = 10.0) -> T:  # noqa: ASYNC109
        """The predicate's first true value; it is asked again at each change.

        Raises `TimeoutError` with the latest messages and calls after `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (value := predicate()):
                    await self.world.bell.wait()
                return value
        except TimeoutError:
            latest = [*self.messages[-SHOWN_ON_TIMEOUT:], *self.calls[-SHOWN_ON_TIMEOUT:]]
            seen = "\n".join(str(each) for each in latest)
            raise TimeoutError(f"still not so after {timeout} s; the latest:\n{seen}") from None

    def fail(  # noqa: PLR0913
        self,
        method: str,
        *,
        times: int | None = 1,
        error: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        delay: float = 0.0,
        drop: Literal["before", "after"] | None = None,
        body: str | None = None,
    ) -> Fault:
        """Arms a `Fault`; `method` may be `response_url`, `websocket` or `*`. Of several that match the first hits."""
        fault = Fault(
            method=method, times=times, error=error, status=status, retry_after=retry_after, delay=delay, drop=drop,
            body=body,
        )  # fmt: skip
        self._web_api.faults.append(fault)
        return fault

    def heal(self) -> None:
        """Disarms all faults."""
        self._web_api.faults.clear()

    async def deliver(
        self,
        body: bytes | str | Mapping[str, str],
        *,
        timestamp: int | None = None,
        signature: str | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Delivery:
        """Posts anything to the app: forged, stale, or repeated to the byte.

        A mapping is sent as a form. Time and signature are right where they are not given; a header of None is
        left out.
        """
        raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else urlencode(body)).encode()
        signed = sign(self.workspace.signing_secret, int(time.time()) if timestamp is None else timestamp, raw)
        forged = {"X-Slack-Signature": signature} if signature is not None else {}
        wanted = {"Content-Type": FORM, **signed, **forged, **(headers or {})}
        kept = {name: each for name, each in wanted.items() if each is not None}
        return await self._http().post(raw, kept)

    async def disconnect(self, reason: Reason = "warning") -> None:
        """Announces the end of all websockets, as Slack does from time to time."""
        await self._sockets.disconnect(reason)

    async def drop_sockets(self) -> None:
        """Cuts all websockets without a word."""
        self._sockets.drop()

    def _there(self) -> list[Message]:
        return [each for each in self.messages if not each.deleted]

    def _transport(self) -> Transport:
        return self._http() if self.events_url else self._sockets

    def _http(self) -> HttpTransport:
        if self._session is None or self.events_url is None:
            raise RuntimeError("deliveries over HTTP need a started simulator and an events_url")
        return HttpTransport(self._session, self.events_url, self.workspace.signing_secret, self._ack_seconds)
