"""The command language: text -> Intent or Mistake."""

from bot.core.grammar.mistake import Mistake
from bot.core.grammar.parser import parse

__all__ = ["Mistake", "parse"]
