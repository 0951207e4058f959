"""The chat methods (docs.slack.dev/reference/methods?family=chat)."""

from __future__ import annotations

from bot.sandbox.slack.content import UPDATE_TEXT_MAX, check_total, read_content
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.methods import Methods
from bot.sandbox.slack.model import Channel, Json, Message
from bot.sandbox.slack.world import World


class Chat:
    """Posting, changing and deleting. `posts_anywhere`: the app has the scope `chat:write.public`."""

    def __init__(self, world: World, *, posts_anywhere: bool) -> None:
        self._world = world
        self._posts_anywhere = posts_anywhere

    def methods(self) -> Methods:
        """The methods by name."""
        return {
            "chat.postMessage": self.post_message,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.update": self.update,
            "chat.delete": self.delete,
            "chat.getPermalink": self.permalink,
        }

    def post_message(self, arguments: Json) -> Json:
        """Posts to a channel, or to a person's direct messages when `channel` is a user id."""
        channel = self._writable(self._target(str(arguments.get("channel"))))
        content = read_content(arguments)
        check_total(content)
        self._check_thread(channel, content)
        message = self._world.post(channel.id, self._bot, "api", content)
        return {"channel": channel.id, "ts": message.ts, "message": message.wire(self._world.workspace)}

    def post_ephemeral(self, arguments: Json) -> Json:
        """Shows something to one member of a channel."""
        channel = self._writable(self._channel(str(arguments.get("channel"))))
        content = read_content(arguments)
        check_total(content)
        user = str(arguments.get("user"))
        known = self._world.users.get(user)
        if known is None or known.deleted or user not in channel.members:
            raise SlackError("user_not_in_channel")
        message = self._world.post(channel.id, self._bot, "api", content, ephemeral_to=user)
        return {"message_ts": message.ts}

    def update(self, arguments: Json) -> Json:
        """Replaces text and blocks of a message of the bot."""
        message = self._own(arguments, "cant_update_message")
        if self._world.channels[message.channel].archived:
            raise SlackError("is_inactive")
        if len(arguments.get("text") or "") > UPDATE_TEXT_MAX:
            raise SlackError("msg_too_long")
        content = read_content(arguments)
        check_total(content)
        self._world.edit(message, content)
        shown = message.wire(self._world.workspace)
        return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shown}

    def delete(self, arguments: Json) -> Json:
        """Deletes a message of the bot."""
        message = self._own(arguments, "cant_delete_message")
        message.deleted = True
        self._world.bell.ring()
        return {"channel": message.channel, "ts": message.ts}

    def permalink(self, arguments: Json) -> Json:
        """The address of a message."""
        channel = self._channel(str(arguments.get("channel")))
        message = self._message(channel, str(arguments.get("message_ts")))
        url = f"{self._world.workspace.web_url}archives/{channel.id}/p{message.ts.replace('.', '')}"
        query = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.thread_ts else ""
        return {"channel": channel.id, "permalink": url + query}

    @property
    def _bot(self) -> str:
        return self._world.workspace.bot_user_id

    def _target(self, name: str) -> Channel:
        user = self._world.users.get(name)
        if user is None:
            return self._channel(name)
        if user.is_app_or_bot:
            raise SlackError("cannot_dm_bot")
        if user.deleted:
            raise SlackError("user_disabled")
        return self._world.direct(name)

    def _channel(self, name: str) -> Channel:
        """A channel that the bot can see."""
        channel = self._world.channels.get(name)
        if channel is None or (channel.private and self._bot not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def _writable(self, channel: Channel) -> Channel:
        if channel.archived:
            raise SlackError("is_archived")
        if self._bot not in channel.members and not self._posts_anywhere:
            raise SlackError("not_in_channel")
        return channel

    def _message(self, channel: Channel, ts: str) -> Message:
        message = self._world.message(channel.id, ts)
        if message is None or message.deleted or message.ephemeral_to:
            raise SlackError("message_not_found")
        return message

    def _own(self, arguments: Json, error: str) -> Message:
        channel = self._channel(str(arguments.get("channel")))
        message = self._message(channel, str(arguments.get("ts")))
        if message.user != self._bot:
            raise SlackError(error)
        return message

    def _check_thread(self, channel: Channel, content: Json) -> None:
        """A thread's parent has to be known and no reply itself; how Slack words its refusal is not documented."""
        thread = content.get("thread_ts")
        if thread is None:
            return
        parent = self._world.message(channel.id, str(thread))
        if parent is None or parent.ephemeral_to or parent.thread_ts not in {None, thread}:
            raise SlackError("thread_not_found")
