"""What a post to a response_url and the body of an ack do (docs.slack.dev/interactivity/handling-user-interaction)."""

from __future__ import annotations

from bot.sandbox.slack.content import read_content
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.methods import is_true
from bot.sandbox.slack.model import Json, Message, Via
from bot.sandbox.slack.world import Hook, World


class Responses:
    """Puts the app's answers where the command or click was; membership and archives do not matter here."""

    def __init__(self, world: World) -> None:
        self._world = world

    def take(self, name: str, arguments: Json) -> None:
        """A post to a response_url; raises `SlackError` when the url or the message is no good."""
        hook = self._world.use_hook(name)
        if is_true(arguments.get("delete_original")):
            self._delete(hook.message)
        elif is_true(arguments.get("replace_original")) and hook.message is not None:
            self._replace(hook.message, arguments)
        else:
            self.show(hook, arguments, "response_url")

    def show(self, hook: Hook, arguments: Json, via: Via) -> Message:
        """A new message: ephemeral, unless it says `in_channel`."""
        public = arguments.get("response_type") == "in_channel"
        content = read_content({key: each for key, each in arguments.items() if public or key != "thread_ts"})
        bot = self._world.workspace.bot_user_id
        return self._world.post(hook.channel, bot, via, content, None if public else hook.user)

    def _delete(self, original: Message | None) -> None:
        """A command has no original that the app could delete."""
        if original is not None:
            original.deleted = True
            self._world.bell.ring()

    def _replace(self, original: Message, arguments: Json) -> None:
        """An ephemeral message stays ephemeral, whatever the answer says."""
        if original.deleted:
            raise SlackError("message_not_found")
        self._world.edit(original, read_content(arguments))
