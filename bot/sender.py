"""The one place that talks to Slack's Web API. Errors come back by meaning; nothing is repeated here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.cards.kit import Block
from bot.core.delivery import Answer

_SECONDS: Final = 10
_BUSY: Final = 429
_SERVER_ERROR: Final = 500
_NOT_IMPLEMENTED: Final = 501
_PASSING: Final = frozenset({
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
    "team_added_to_org", "accesslimited",
})  # fmt: skip
"""Errors that Slack's method pages describe as passing; every other one is an answer."""


class SlackError(Exception):
    """A call that did not do what it should."""


class SlackAwayError(SlackError):
    """Slack could not be reached, is busy or has a passing fault; `wait`: seconds until it makes sense to try again."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class SlackRefusedError(SlackError):
    """Slack said no; `error` is its word for it, such as `channel_not_found`."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def web_client(token: str | None, base_url: str) -> AsyncWebClient:
    """A client that tries once: a repeated `chat.postMessage` could post twice, so repeats are ours to decide."""
    return AsyncWebClient(token=token, base_url=base_url, timeout=_SECONDS, retry_handlers=[])


class Sender:
    """Posts, updates and answers."""

    def __init__(self, client: AsyncWebClient, heard: Callable[[str, str], None] = lambda *_: None) -> None:
        """`heard` is told of each call: its method, and `ok`, `away` or Slack's error."""
        self._client = client
        self._heard = heard

    async def post(
        self, channel: str, answer: Answer, *, thread: str | None = None, broadcast: bool = False
    ) -> tuple[str, str]:
        """Posts a message; the channel (a DM's, for a user id) and timestamp that it got.

        With `broadcast` what goes into a thread shows in the channel too. Raises SlackError; so does every call here.
        """
        reply = await self._call(
            "chat.postMessage", channel=channel, thread_ts=thread, reply_broadcast=broadcast or None, **_content(answer)
        )
        if not reply.get("ts"):
            raise SlackRefusedError("the answer names no message")
        return str(reply.get("channel") or channel), str(reply["ts"])

    async def update(self, channel: str, ts: str, answer: Answer) -> None:
        """Shows something else in a message of ours."""
        await self._call("chat.update", channel=channel, ts=ts, **_content(answer))

    async def whisper(self, channel: str, user: str, answer: Answer) -> None:
        """A message that only one person in the channel sees."""
        await self._call("chat.postEphemeral", channel=channel, user=user, **_content(answer))

    async def open_form(self, trigger: str, view: Block) -> None:
        """Opens a form; the trigger is good for three seconds after the click."""
        await self._call("views.open", trigger_id=trigger, view=view)

    async def who_are_we(self) -> dict[str, Any]:
        """`auth.test`: our team, bot and user. A token that belongs to no team is refused."""
        we = await self._call("auth.test")
        if not we.get("team_id"):
            raise SlackRefusedError("auth.test names no team")
        return we

    async def user(self, user: str) -> dict[str, Any]:
        """`users.info`: the user object."""
        found = (await self._call("users.info", _read=True, user=user)).get("user")
        return found if isinstance(found, dict) else {}

    async def group_members(self, group: str) -> frozenset[str]:
        """`usergroups.users.list`: the users in a user group."""
        found = (await self._call("usergroups.users.list", _read=True, usergroup=group)).get("users")
        return frozenset(map(str, found)) if isinstance(found, list) else frozenset()

    async def open_socket(self) -> str:
        """`apps.connections.open`, for a client with an app-level token: where to connect for Socket Mode."""
        return str((await self._call("apps.connections.open")).get("url") or "")

    async def respond(self, url: str, answer: Answer, *, replace: bool = False) -> None:
        """Answers a command or click through its response_url (five times within 30 minutes)."""
        with self._hearing("response_url"):
            await self._respond(url, answer, replace=replace)

    async def _respond(self, url: str, answer: Answer, *, replace: bool) -> None:
        hook = AsyncWebhookClient(url, timeout=_SECONDS, retry_handlers=[])
        kind = "in_channel" if answer.public else "ephemeral"
        try:
            reply = await hook.send(
                text=answer.text, blocks=list(answer.blocks) or None, response_type=kind,
                replace_original=replace, unfurl_links=False, unfurl_media=False,
            )  # fmt: skip
        except (ClientError, TimeoutError, OSError, SlackClientError, ValueError) as error:
            raise SlackAwayError(type(error).__name__) from None
        if reply.status_code == _BUSY or reply.status_code >= _SERVER_ERROR:
            raise SlackAwayError(f"status {reply.status_code}", _wait(reply.headers))
        if reply.status_code >= 400:  # noqa: PLR2004 - HTTP's border of success
            raise SlackRefusedError("expired_url")

    async def _call(self, method: str, *, _read: bool = False, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """One call of a method; `_read`: its arguments go in a form, for methods that read take no JSON."""
        sent = {key: value for key, value in arguments.items() if value is not None}
        with self._hearing(method):
            return await self._exchange(method, sent, read=_read)

    @contextmanager
    def _hearing(self, method: str) -> Iterator[None]:
        """Tells how the call within ended."""
        result = "ok"
        try:
            yield
        except SlackError as error:
            result = error.error if isinstance(error, SlackRefusedError) else "away"
            raise
        finally:
            self._heard(method, result)

    async def _exchange(self, method: str, sent: dict[str, Any], *, read: bool) -> dict[str, Any]:
        try:
            reply = await (
                self._client.api_call(method, params=sent) if read else self._client.api_call(method, json=sent or None)
            )
        except SlackApiError as error:
            raise _meaning(error) from None
        except (ClientError, TimeoutError, OSError, SlackClientError, ValueError, AttributeError) as error:
            # AttributeError: slack_sdk takes an answer of plain text for an object.
            raise SlackAwayError(type(error).__name__) from None
        return dict(reply.data) if isinstance(reply.data, dict) else {}


def _content(answer: Answer) -> dict[str, Any]:
    blocks = {"blocks": list(answer.blocks)} if answer.blocks else {}
    return {"text": answer.text, **blocks, "unfurl_links": False, "unfurl_media": False}


def _meaning(error: SlackApiError) -> SlackError:
    reply = error.response
    status = getattr(reply, "status_code", 200)
    word = reply.get("error") if isinstance(getattr(reply, "data", None), dict) else None
    if word in _PASSING or status == _BUSY or (status >= _SERVER_ERROR and status != _NOT_IMPLEMENTED):
        return SlackAwayError(str(word or f"status {status}"), _wait(getattr(reply, "headers", {})))
    return SlackRefusedError(str(word or f"status {status}"))


def _wait(headers: Any) -> float | None:  # noqa: ANN401 - a mapping of either library
    value = next((headers[key] for key in headers if key.lower() == "retry-after"), None)
    text = str(value[0] if isinstance(value, list) else value)
    return float(text) if text.replace(".", "", 1).isdigit() else None
