"""The policy: what an approval takes, who is denied what, and which roles and groups there are."""

from bot.core.policy.document import DEFAULT, Policy
from bot.core.policy.needs import Needs, needs, needs_of
from bot.core.policy.reading import PolicyError, parse_policy
from bot.core.policy.rules import Quorum

__all__ = ["DEFAULT", "Needs", "Policy", "PolicyError", "Quorum", "needs", "needs_of", "parse_policy"]
