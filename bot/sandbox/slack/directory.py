"""The methods that tell who and what is there: auth.test, users, conversations, usergroups."""

from __future__ import annotations

from typing import Final

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.methods import Methods, is_true, page
from bot.sandbox.slack.model import Channel, Json, UserGroup
from bot.sandbox.slack.world import World

MAX_DIRECT_USERS: Final = 8


class Directory:
    """Reads the world; opens direct messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> Methods:
        """The methods by name."""
        return {
            "auth.test": self.auth_test,
            "users.info": self.user,
            "conversations.info": self.channel,
            "conversations.members": self.members,
            "conversations.open": self.open,
            "usergroups.list": self.groups,
            "usergroups.users.list": self.group_users,
        }

    def auth_test(self, _: Json) -> Json:
        """Whose token this is."""
        own = self._world.workspace
        enterprise = {"enterprise_id": own.enterprise_id} if own.enterprise_id else {}
        return {
            "url": own.web_url, "team": own.team_domain, "team_id": own.team_id, "bot_id": own.bot_id,
            "user": self._world.users[own.bot_user_id].name, "user_id": own.bot_user_id,
            "is_enterprise_install": False, **enterprise,
        }  # fmt: skip

    def user(self, arguments: Json) -> Json:
        """A person or bot."""
        user = self._world.users.get(str(arguments.get("user")))
        if user is None:
            raise SlackError("user_not_found")
        return {"user": user.wire()}

    def channel(self, arguments: Json) -> Json:
        """A conversation that the bot can see."""
        channel = self._visible(arguments)
        count = {"num_members": len(channel.members)} if is_true(arguments.get("include_num_members")) else {}
        return {"channel": channel.wire(self._world.workspace.bot_user_id) | count}

    def members(self, arguments: Json) -> Json:
        """The members of a conversation, page by page."""
        members, more = page(sorted(self._visible(arguments).members), arguments)
        return {"members": members, "response_metadata": more}

    def open(self, arguments: Json) -> Json:
        """A direct message with one person; group messages are beyond this simulator."""
        if arguments.get("channel"):
            return {"no_op": True, "already_open": True, "channel": {"id": self._visible(arguments).id}}
        names = [each.strip() for each in str(arguments.get("users") or "").split(",") if each.strip()]
        if not names:
            raise SlackError("users_list_not_supplied")
        if len(names) > 1:
            raise SlackError("too_many_users" if len(names) > MAX_DIRECT_USERS else "method_not_supported")
        user = self._world.users.get(names[0])
        if user is None:
            raise SlackError("user_not_found")
        if user.is_app_or_bot or user.deleted:
            raise SlackError("cannot_dm_bot" if user.is_app_or_bot else "user_disabled")
        return {"channel": {"id": self._world.direct(user.id).id}}

    def groups(self, arguments: Json) -> Json:
        """All user groups."""
        with_users = is_true(arguments.get("include_users"))
        return {"usergroups": [self._group(each, with_users=with_users) for each in self._world.groups.values()]}

    def group_users(self, arguments: Json) -> Json:
        """The members of a user group."""
        group = self._world.groups.get(str(arguments.get("usergroup")))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"users": list(group.users)}

    def _visible(self, arguments: Json) -> Channel:
        channel = self._world.channels.get(str(arguments.get("channel")))
        bot = self._world.workspace.bot_user_id
        if channel is None or (channel.private and bot not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def _group(self, group: UserGroup, *, with_users: bool) -> Json:
        users = {"users": list(group.users)} if with_users else {}
        return {
            "id": group.id, "team_id": self._world.workspace.team_id, "is_usergroup": True, "name": group.handle,
            "handle": group.handle, "date_delete": 0, "user_count": len(group.users), **users,
        }  # fmt: skip
