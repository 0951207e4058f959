"""Rules about cluster aliases: Aiven takes a flow with an alias that nobody has, and the flow is idle for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from bot.core.grammar.mistake import closest
from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, Rule, Said, some, stop, warn


def unknown_alias(case: Case) -> Iterator[Said]:
    """An alias that no integrated cluster has, and that is no service name either."""
    for side, alias in _unknown(case):
        if _meant(case, alias) is not None:
            continue
        near = _near(case, alias)
        hint = f" Did you mean `{near}`?" if near else ""
        text = f"No integrated cluster has the alias `{alias}` ({side}); there are {_listed(case)}.{hint}"
        yield _weighed(case, f"{text} Aiven takes such a flow, but it copies nothing.", alias, near)


def service_for_alias(case: Case) -> Iterator[Said]:
    """The name of a Kafka service where its alias is meant."""
    for side, name in _unknown(case):
        if alias := _meant(case, name):
            text = f"`{name}` ({side}) is the Kafka service; flows name its alias, which is `{alias}`."
            yield _weighed(case, f"{text} With the service's name the flow copies nothing.", name, alias)


def _unknown(case: Case) -> Iterable[tuple[str, str]]:
    """The sides whose alias is not there. A pause or a delete of an idle flow needs no lecture."""
    if case.around.clusters is None or not (case.creates or case.runs):
        return ()
    sides = (("source", case.ref.source), ("target", case.ref.target))
    return [(side, alias) for side, alias in sides if case.around.cluster(alias) is None]


def _aliases(case: Case) -> list[str]:
    return sorted(each.alias for each in case.around.clusters or () if each.alias is not None)


def _listed(case: Case) -> str:
    return some(_aliases(case)) or "none"


def _near(case: Case, alias: str) -> str:
    """The alias that was most likely meant; the flow's other side surely was not."""
    known = {each.lower(): each for each in _aliases(case) if each not in {case.ref.source, case.ref.target}}
    return known.get(closest(alias, known) or "", "")


def _meant(case: Case, name: str) -> str | None:
    """The alias of the service with this name."""
    return next((each.alias for each in case.around.clusters or () if each.service == name), None)


def _weighed(case: Case, text: str, token: str, near: str) -> Said:
    """A flow that is there cannot get another alias, and an alias that Aiven does not tell could be the right one.

    Where no cluster is integrated yet, the flow may well be made first.
    """
    told = bool(_aliases(case)) and all(each.alias is not None for each in case.around.clusters or ())
    how = stop if case.creates and told else warn
    return how(text, token=token, closest=near)


RULES: Final = (
    Rule(
        name="unknown-alias",
        levels=(Level.STOP, Level.WARN),
        title="An alias that no cluster has",
        why="A flow names its clusters by the alias of their integration. Aiven does not check it: a flow with an "
        "unknown alias is created without an error and never copies a record. It stops a create; on a flow that is "
        "there already it is a warning, for its alias cannot be changed.",
        example="No integrated cluster has the alias `kafka-ue` (source); there are `kafka-eu` and `kafka-us`. Did "
        "you mean `kafka-eu`? Aiven takes such a flow, but it copies nothing.",
        link=f"{AIVEN}/howto/setup-replication-flow",
        check=unknown_alias,
    ),
    Rule(
        name="service-for-alias",
        levels=(Level.STOP, Level.WARN),
        title="A service name where its alias is meant",
        why="A common reason for a flow that does nothing: the Kafka service has one name, its integration with "
        "MirrorMaker has another, the alias, and only the alias counts.",
        example="`kafka-eu-prod` (source) is the Kafka service; flows name its alias, which is `kafka-eu`. With the "
        "service's name the flow copies nothing.",
        link=f"{AIVEN}/get-started",
        check=service_for_alias,
    ),
)
