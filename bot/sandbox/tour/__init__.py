"""`sluice try`: a short tour of the real bot against simulators, with a durable store, no account and no network."""

from bot.sandbox.tour.play import play

__all__ = ["play"]
