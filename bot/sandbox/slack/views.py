"""Modals and Home tabs: the views methods, and what the answer to a submission does to the stack of modals."""

from __future__ import annotations

import secrets
from typing import Any, Final

from bot.sandbox.slack.blocks import check_view
from bot.sandbox.slack.content import read_json
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.inputs import initial_state, with_ids
from bot.sandbox.slack.methods import Methods
from bot.sandbox.slack.model import Json, View
from bot.sandbox.slack.world import World

STACK_MAX: Final = 3


class Views:
    """Opens, pushes, updates and publishes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> Methods:
        """The methods by name."""
        return {
            "views.open": self.open,
            "views.push": self.push,
            "views.update": self.update,
            "views.publish": self.publish,
        }

    def open(self, arguments: Json) -> Json:
        """Shows a modal to whoever made the trigger."""
        payload = self._read(arguments, "modal")
        user = self._world.exchange(arguments.get("trigger_id")).user
        view = self._new(user, payload)
        self._world.stacks[user] = [view]
        return self._shown(view)

    def push(self, arguments: Json) -> Json:
        """Puts a modal on top of the one that the trigger came from."""
        payload = self._read(arguments, "modal")
        trigger = self._world.exchange(arguments.get("trigger_id"))
        below = self._world.open_view(trigger.view_id or "")
        if below is None:
            raise SlackError("not_found")
        return self._shown(self.put_on_top(below, payload))

    def update(self, arguments: Json) -> Json:
        """Replaces an open modal; what people have typed stays where both ids stay."""
        payload = self._read(arguments, None)
        if arguments.get("view_id") and arguments.get("external_id"):
            raise SlackError("invalid_arguments", ["Cannot provide both `view_id` and `external_id`"])
        view = self._find(arguments)
        self._check_hash(view, arguments)
        self.replace(view, payload)
        return self._shown(view)

    def publish(self, arguments: Json) -> Json:
        """Shows a Home tab to a person."""
        payload = self._read(arguments, "home")
        user = str(arguments.get("user_id"))
        if user not in self._world.users:
            raise SlackError("user_not_found")
        home = self._world.homes.get(user)
        if home is None:
            home = self._world.homes[user] = self._new(user, payload)
        else:
            self._check_hash(home, arguments)
            self.replace(home, payload)
        return self._shown(home)

    def put_on_top(self, below: View, payload: Json) -> View:
        """One more modal on the stack; raises `SlackError` for the fourth."""
        stack = self._world.stacks[below.user]
        if len(stack) >= STACK_MAX:
            raise SlackError("push_limit_reached")
        view = self._new(below.user, payload, below)
        stack.append(view)
        return view

    def replace(self, view: View, payload: Json) -> None:
        """Shows something else in an open view."""
        kept = view.state
        view.payload = {key: each for key, each in payload.items() if key != "blocks"}
        view.blocks = with_ids(payload["blocks"])
        view.state = initial_state(view, kept)
        view.hash = self._hash()

    def answered(self, view: View, answer: Json) -> str | None:
        """What the ack of a view_submission does; an error's name where Slack would show that it failed."""
        action = answer.get("response_action")
        try:
            if action == "errors":
                return self._check_errors(view, answer.get("errors"))
            if action == "update":
                self.replace(view, self._read(answer, "modal"))
            elif action == "push":
                self.put_on_top(view, self._read(answer, "modal"))
            elif action in {None, "clear"}:
                self._world.close(view, whole_stack=action == "clear")
            else:
                return "invalid_response_action"
        except SlackError as error:
            return error.error
        return None

    def _check_errors(self, view: View, errors: Any) -> str | None:  # noqa: ANN401 - the app's answer
        """Keys of `errors` have to be block_ids of input blocks (docs.slack.dev/surfaces/modals)."""
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        return None if isinstance(errors, dict) and errors and set(errors) <= inputs else "invalid_errors"

    def _read(self, arguments: Json, kind: str | None) -> Json:
        view = read_json(arguments.get("view"), "invalid_arguments")
        wrong = check_view(view)
        if wrong:
            raise SlackError("invalid_arguments", wrong)
        if kind not in {None, view["type"]}:
            raise SlackError("invalid_arguments", [f"view type must be {kind} [json-pointer:/view/type]"])
        return dict(view)

    def _new(self, user: str, payload: Json, below: View | None = None) -> View:
        name = f"V{secrets.token_hex(5).upper()}"
        view = View(
            id=name, user=user, hash="", payload={}, root_id=below.root_id if below else name,
            previous_id=below.id if below else None,
        )  # fmt: skip
        self.replace(view, payload)
        return view

    def _find(self, arguments: Json) -> View:
        external = arguments.get("external_id")
        open_ones = (view for stack in self._world.stacks.values() for view in stack)
        by_external = next((view for view in open_ones if view.payload.get("external_id") == external), None)
        view = by_external if external else self._world.open_view(str(arguments.get("view_id")))
        if view is None:
            raise SlackError("not_found")
        return view

    def _check_hash(self, view: View, arguments: Json) -> None:
        if arguments.get("hash") not in {None, "", view.hash}:
            raise SlackError("hash_conflict")

    def _hash(self) -> str:
        return f"{int(self._world.clock())}.{secrets.token_hex(4)}"

    def _shown(self, view: View) -> Json:
        self._world.bell.ring()
        return {"view": view.wire(self._world.workspace)}
