"""A simulator of Slack, for trying Sluice and for testing it."""

from bot.sandbox.slack.calls import Call
from bot.sandbox.slack.delivery import Delivery, sign
from bot.sandbox.slack.errors import ImpossibleError
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.model import Channel, Message, User, UserGroup, View
from bot.sandbox.slack.render import render_text
from bot.sandbox.slack.simulator import SlackSimulator

__all__ = [
    "Call",
    "Channel",
    "Delivery",
    "Fault",
    "ImpossibleError",
    "Message",
    "SlackSimulator",
    "User",
    "UserGroup",
    "View",
    "render_text",
    "sign",
]
