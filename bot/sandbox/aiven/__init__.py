"""A simulator of Aiven's API, for trying Sluice and for testing it."""

from bot.sandbox.aiven.calls import Call
from bot.sandbox.aiven.demo import demo_world
from bot.sandbox.aiven.faults import Fault, Hold
from bot.sandbox.aiven.model import SECRET
from bot.sandbox.aiven.simulator import AivenSimulator
from bot.sandbox.aiven.world import World

__all__ = ["SECRET", "AivenSimulator", "Call", "Fault", "Hold", "World", "demo_world"]
