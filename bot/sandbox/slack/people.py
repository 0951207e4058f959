"""What people do: type commands, click, fill in forms, write messages. Each waits for the app's ack."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from bot.sandbox.slack.delivery import Delivery, Parcel, Transport
from bot.sandbox.slack.elements import OPTION_GROUPS, OPTIONS
from bot.sandbox.slack.errors import ImpossibleError, SlackError
from bot.sandbox.slack.inputs import STATEFUL, State, entered, is_empty
from bot.sandbox.slack.model import Channel, Json, Message, User, View
from bot.sandbox.slack.payloads import Payloads
from bot.sandbox.slack.response_urls import Responses
from bot.sandbox.slack.typing_in import escape_typed
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.world import Hook, World


class People(ABC):
    """The people of the workspace.

    Where `overrides` are taken, they replace parts of the payload, whole keys at a time: to forge a team, or to
    leave things out. Whatever a person could not do raises `ImpossibleError`, and nothing is sent.
    """

    def __init__(self, world: World, *, should_escape: bool, escape_text: bool) -> None:
        self.world = world
        self._payloads = Payloads(world)
        self._responses = Responses(world)
        self._views = Views(world)
        self._should_escape = should_escape
        self._escape_text = escape_text

    @property
    @abstractmethod
    def base_url(self) -> str:
        """Where the simulator listens, without a path."""

    @abstractmethod
    def _transport(self) -> Transport:
        """The way to the app."""

    async def command(self, user_id: str, channel_id: str, typed: str, **overrides: Any) -> Delivery:  # noqa: ANN401
        """Types a slash command, `/flow list`; an override of None leaves the field out."""
        user, channel = self._user(user_id), self._place(channel_id)
        name, _, rest = typed.partition(" ")
        text = self.escape(rest) if self._should_escape else rest
        payload = self._payloads.command(user, channel, name, text) | self._ways_back(channel.id, user_id)
        sent = {key: value for key, value in (payload | overrides).items() if value is not None}
        delivery = await self._deliver(Parcel(kind="slash_commands", payload=sent))
        self._show_ack(delivery, Hook(channel=channel.id, user=user_id, made_at=self.world.clock()), typed)
        return delivery

    async def click(
        self,
        user_id: str,
        where: Message | View,
        action_id: str,
        value: Any = None,  # noqa: ANN401
        *,
        block_id: str | None = None,
        **overrides: Any,  # noqa: ANN401
    ) -> Delivery:
        """Clicks a button or chooses in a select of a message or view, as it stands now.

        `value`: the option's value for whatever offers a choice; for buttons it tells apart those with the same
        action_id. A question before the click counts is answered with yes.
        """
        self._check_sees(user_id, where)
        block, element = _pick(where, action_id, block_id, value)
        if element["type"] in STATEFUL:
            where.state[block][action_id] = entered(element, value)
        action = self._payloads.action(block, element, value)
        return await self._act(self._user(user_id), where, action, overrides)

    async def forge_click(
        self, user_id: str, message: Message, action_id: str, value: str, **overrides: Any  # noqa: ANN401
    ) -> Delivery:  # fmt: skip
        """Clicks a button that is gone or never was, in a message that may be gone too."""
        button = {"type": "button", "action_id": action_id, "value": value}
        action = self._payloads.action("forged", button, value)
        return await self._act(self._user(user_id), message, action, overrides)

    async def suggest(self, user_id: str, where: Message | View, action_id: str, typed: str) -> Delivery:
        """Types into an external_select; `error` is `invalid_options` when Slack could not show the answer."""
        self._check_sees(user_id, where)
        block, element = _pick(where, action_id, None, None)
        if element["type"] != "external_select":
            raise ImpossibleError(f"{action_id} is no external_select")
        asked = {"action_id": action_id, "block_id": block, "value": typed}
        payload = self._payloads.interaction("block_suggestion", self._user(user_id)) | self._inside(where) | asked
        delivery = await self._deliver(Parcel(kind="interactive", payload=payload))
        if delivery.ok and not _are_options(delivery.json or {}):
            delivery.error = "invalid_options"
        return delivery

    async def submit(
        self, view: View, values: dict[str, Any] | None = None, user: str | None = None, **overrides: Any  # noqa: ANN401
    ) -> Delivery:  # fmt: skip
        """Fills in a modal and submits it; `values` by block_id or action_id, what is not named stays as it is.

        The answer takes effect: the modal closes, changes, is covered by another, or `error` says why not.
        """
        self._check_sees(user or view.user, view)
        view.state = _filled(view, values or {})
        payload = self._payloads.interaction("view_submission", self._user(user or view.user))
        payload |= {"view": view.wire(self.world.workspace), "response_urls": []}
        payload["trigger_id"] = self.world.new_trigger(view.user, view)
        delivery = await self._deliver(Parcel(kind="interactive", payload=payload | overrides))
        if delivery.ok:
            delivery.error = self._views.answered(view, delivery.json or {})
            self.world.bell.ring()
        return delivery

    async def close(self, view: View, *, whole_stack: bool = False) -> Delivery | None:
        """Closes a modal; the app hears of it only if the view says `notify_on_close`."""
        self._check_sees(view.user, view)
        self.world.close(view, whole_stack=whole_stack)
        if not view.payload.get("notify_on_close"):
            return None
        payload = self._payloads.interaction("view_closed", self._user(view.user))
        payload |= {"view": view.wire(self.world.workspace), "is_cleared": whole_stack}
        return await self._deliver(Parcel(kind="interactive", payload=payload))

    async def shortcut(self, user_id: str, callback_id: str, message: Message | None = None) -> Delivery:
        """Uses a global shortcut or, on a message, a message shortcut."""
        user = self._user(user_id)
        if message is None:
            payload = self._payloads.interaction("shortcut", user)
            payload["trigger_id"] = self.world.new_trigger(user_id)
        else:
            place = self._payloads.in_message(message)
            payload = self._payloads.interaction("message_action", user) | self._ways_back(message.channel, user_id)
            payload |= {"channel": place["channel"], "message_ts": message.ts, "message": place["message"]}
        payload |= {"callback_id": callback_id, "action_ts": self.world.stamp()}
        return await self._deliver(Parcel(kind="interactive", payload=payload))

    async def event(
        self,
        event: Json,
        *,
        event_id: str | None = None,
        retry_num: int | None = None,
        retry_reason: str | None = None,
    ) -> Delivery:
        """Sends any event; `retry_num` and `retry_reason` mark it as one of Slack's retries."""
        payload = self._payloads.event(event, event_id)
        return await self._deliver(
            Parcel(kind="events_api", payload=payload, retry_num=retry_num, retry_reason=retry_reason)
        )

    async def say(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> Delivery:
        """Writes a message that the app hears as `message`; in `channel_id` D… it is a direct message."""
        return await self._write("message", user_id, self._place(channel_id), text, thread_ts)

    async def mention(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> Delivery:
        """Writes a message that begins with the app's name; it hears it as `app_mention`."""
        name = self.world.users[self.world.workspace.bot_user_id].name
        return await self._write("app_mention", user_id, self._place(channel_id), f"@{name} {text}", thread_ts)

    async def open_home(self, user_id: str) -> Delivery:
        """Opens the app's Home tab."""
        home = self.world.homes.get(user_id)
        view = {"view": home.wire(self.world.workspace)} if home else {}
        channel = self.world.direct(self._user(user_id).id).id
        event = {"type": "app_home_opened", "user": user_id, "channel": channel, "tab": "home"}
        return await self.event(event | view | {"event_ts": self.world.stamp()})

    async def repeat(
        self, delivery: Delivery, retry_num: int | None = None, retry_reason: str | None = None
    ) -> Delivery:
        """Delivers the same once more, freshly signed; what the app answers shows nowhere."""
        if delivery.parcel is None:
            raise ImpossibleError("this delivery cannot be repeated: it was made by hand")
        return await self._deliver(replace(delivery.parcel, retry_num=retry_num, retry_reason=retry_reason))

    def escape(self, typed: str) -> str:
        """Typed text as Slack sends it."""
        return escape_typed(typed, self.world, escape_text=self._escape_text)

    async def _write(self, kind: str, user_id: str, channel: Channel, typed: str, thread_ts: str | None) -> Delivery:
        text = self.escape(typed)
        message = self.world.post(channel.id, user_id, "person", {"text": text, "thread_ts": thread_ts})
        where = {"channel_type": "im" if channel.im_user else "channel"} if kind == "message" else {}
        wire = {key: each for key, each in message.wire(self.world.workspace).items() if key != "type"}
        event = {"type": kind, **wire, "channel": channel.id, "event_ts": message.ts, **where}
        return await self.event(event)

    async def _act(self, user: User, where: Message | View, action: Json, overrides: Json) -> Delivery:
        payload = self._payloads.interaction("block_actions", user) | self._inside(where) | {"actions": [action]}
        if isinstance(where, Message):
            payload |= self._ways_back(where.channel, user.id, where)
        else:
            payload["trigger_id"] = self.world.new_trigger(user.id, where)
        return await self._deliver(Parcel(kind="interactive", payload=payload | overrides))

    async def _deliver(self, parcel: Parcel) -> Delivery:
        delivery = await self._transport().send(parcel)
        delivery.parcel = parcel
        delivery.response_url = parcel.payload.get("response_url")
        delivery.trigger_id = parcel.payload.get("trigger_id")
        return delivery

    def _show_ack(self, delivery: Delivery, hook: Hook, typed: str) -> None:
        """The body of a command's ack is a message; one for the channel shows the typed command as well."""
        if delivery.status != HTTPStatus.OK or not delivery.text:
            return
        answer = {"text": delivery.text} if delivery.json is None else delivery.json
        try:
            shown = self._responses.show(hook, answer, "ack") if answer else None
        except SlackError as error:
            delivery.error = error.error
        else:
            if shown is not None and shown.ephemeral_to is None:
                self.world.post(hook.channel, hook.user, "person", {"text": typed})

    def _inside(self, where: Message | View) -> Json:
        return self._payloads.in_message(where) if isinstance(where, Message) else self._payloads.in_view(where)

    def _ways_back(self, channel: str, user: str, message: Message | None = None) -> Json:
        hook = self.world.new_hook(channel, user, message)
        return {"trigger_id": self.world.new_trigger(user), "response_url": f"{self.base_url}/actions/{hook}"}

    def _user(self, user_id: str) -> User:
        if user_id not in self.world.users:
            raise ImpossibleError(f"there is no user {user_id}")
        return self.world.users[user_id]

    def _place(self, channel_id: str) -> Channel:
        if channel_id not in self.world.channels:
            raise ImpossibleError(f"there is no channel {channel_id}")
        return self.world.channels[channel_id]

    def _check_sees(self, user_id: str, where: Message | View) -> None:
        """Nobody clicks in what is not on their screen."""
        if isinstance(where, View):
            on_top = self.world.stacks.get(user_id, [])[-1:]
            seen = any(where is each for each in [*on_top, self.world.homes.get(user_id)])
        else:
            channel = self.world.channels[where.channel]
            member = not channel.private or user_id in channel.members
            seen = not where.deleted and where.ephemeral_to in {None, user_id} and member
        if not seen:
            raise ImpossibleError(f"{user_id} does not see this now: {where}")


def _pick(where: Message | View, action_id: str, block_id: str | None, value: Any) -> tuple[str, Json]:  # noqa: ANN401
    found = where.find(action_id, block_id)
    if value is not None:
        found = [each for each in found if each[1]["type"] != "button" or each[1].get("value") == value]
    if len(found) != 1:
        there = ", ".join(sorted({element["action_id"] for _, element in where.elements()})) or "nothing"
        raise ImpossibleError(f"{len(found)} elements are {action_id}, not one; there is {there}")
    return found[0]


def _filled(view: View, values: dict[str, Any]) -> State:
    """The state of a modal after somebody has filled it in; raises `ImpossibleError` as the form would protest."""
    state, left = {block: dict(inside) for block, inside in view.state.items()}, dict(values)
    for block, element in view.elements():
        key = next((each for each in (block, element["action_id"]) if each in left), None)
        if key is not None and element["type"] in STATEFUL:
            state[block][element["action_id"]] = entered(element, left.pop(key))
    if left:
        raise ImpossibleError(f"the form has no {', '.join(left)}")
    inputs = [block for block in view.blocks if block["type"] == "input" and not block.get("optional")]
    missing = [each["block_id"] for each in inputs if all(map(is_empty, state[each["block_id"]].values()))]
    if missing:
        raise ImpossibleError(f"the form wants {', '.join(missing)}")
    return state


def _are_options(answer: Json) -> bool:
    """Whether the answer to a block_suggestion is something to choose from."""
    if "option_groups" in answer:
        return not list(OPTION_GROUPS.check(answer["option_groups"], "/option_groups"))
    return not list(OPTIONS.check(answer.get("options"), "/options"))
