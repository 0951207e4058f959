"""Rules about numbers and settings that cannot work, or work otherwise than hoped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.core.fields import BY_NAME
from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, KAFKA, Rule, Said, are, note, some, stop, warn

FACTOR: Final = "replication_factor"
OFFSET_LAG: Final = "offset_lag_max"
CONFIG_EXCLUDE: Final = "config_properties_exclude"
OFFSET_SYNCS: Final = "offset_syncs_topic_location"
HEARTBEATS: Final = "emit_heartbeats_enabled"
BACKWARD: Final = "emit_backward_heartbeats_enabled"
FOLLOWERS: Final = "follower_fetching_enabled"

ALWAYS_EXCLUDED: Final = r"unclean\.leader\.election\.enable"
"""Aiven adds it to every list of excluded configs."""


def replication_factor(case: Case) -> Iterator[Said]:
    """More replicas than the target has brokers, or only one. Breakable: the target may be about to grow."""
    factor, nodes = case.sets(FACTOR), case.around.nodes.get(case.ref.target)
    if not isinstance(factor, int) or nodes is None:
        return
    if factor > nodes:
        yield stop(
            f"`{BY_NAME[FACTOR].spoken}` {factor} needs {factor} brokers, and {case.ref.target} has {nodes}: new "
            f"topics cannot be created there. Use {nodes} or less."
        )
    elif factor == 1 < nodes:
        yield warn(
            f"With one replica each, new topics on {case.ref.target} are unavailable whenever their only broker is, "
            f"and lost with it. It has {nodes} brokers."
        )


def offset_lag(case: Case) -> Iterator[Said]:
    """A lag that costs, or hides."""
    lag = case.sets(OFFSET_LAG)
    if not isinstance(lag, int):
        return
    usual = BY_NAME[OFFSET_LAG].default
    if lag == 0:
        yield note(
            "0 means an offset sync for every record: much more load on MirrorMaker and the brokers. The default is "
            f"{usual}."
        )
    elif isinstance(usual, int) and lag > usual:
        yield note(
            f"Above the default of {usual}, topics with few records can look stuck: their consumers' offsets are "
            "translated late."
        )


def config_exclude(case: Case) -> Iterator[Said]:
    """A list of configs of one's own takes the place of Kafka's."""
    own, default = case.sets(CONFIG_EXCLUDE), BY_NAME[CONFIG_EXCLUDE].default
    if not isinstance(own, str) or not isinstance(default, str):
        return
    missing = [each for each in _listed(default) if each not in {*_listed(own), *_plain(own), ALWAYS_EXCLUDED}]
    if missing:
        yield note(
            f"Your list replaces Kafka's: {some([each.replace(chr(92), '') for each in missing])} {are(missing)} "
            "copied to the target's topics from now on. Add what should stay as it is there."
        )


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _plain(text: str) -> list[str]:
    """Names that are written without a backslash before each dot mean the same."""
    return [each.replace(".", r"\.") for each in _listed(text) if "\\" not in each]


def offset_syncs(case: Case) -> Iterator[Said]:
    """The offset-syncs topic on a cluster where MirrorMaker may not be allowed to write."""
    if case.deletes or not (case.creates or OFFSET_SYNCS in case.touched):
        return
    side = case.after.get(OFFSET_SYNCS) or BY_NAME[OFFSET_SYNCS].default
    cluster, alias = (case.target, case.ref.target) if side == "target" else (case.source, case.ref.source)
    if cluster is not None and cluster.is_external:
        other = f" Or use `{BY_NAME[OFFSET_SYNCS].spoken}=target`." if side == "source" else ""
        yield note(
            f"The offset-syncs topic is kept on `{alias}`, which is external: MirrorMaker's user must be allowed to "
            f"create, describe, read and write it there.{other}"
        )


def heartbeats_off(case: Case) -> Iterator[Said]:
    """No heartbeats any more."""
    if not case.creates and case.turns_off(HEARTBEATS):
        yield note(
            f"Without heartbeats nothing arrives on {case.ref.target} while the topics are quiet, so monitoring that "
            "looks for them takes the flow for dead. Tell whoever watches it."
        )


def backward_heartbeats(case: Case) -> Iterator[Said]:
    """Heartbeats to a source where MirrorMaker may only read."""
    if case.turns_on(BACKWARD) and case.source is not None and case.source.is_external:
        yield warn(
            f"Backward heartbeats are written to `{case.ref.source}`, which is external: MirrorMaker's user needs "
            "write access there, not only read access."
        )


def follower_fetching(case: Case) -> Iterator[Said]:
    """Reading from followers, which the source has to allow."""
    if case.turns_on(FOLLOWERS):
        yield note(
            f"It has an effect only if {case.ref.source} allows follower fetching itself; else MirrorMaker reads from "
            "the leaders as before."
        )


RULES: Final = (
    Rule(
        name="replication-factor",
        breakable=True,
        levels=(Level.STOP, Level.WARN),
        title="A replication factor that the target cannot hold",
        why="Each replica needs a broker of its own, so a topic with more replicas than brokers cannot be created, "
        "and its records are not copied. A person who breaks the glass may know that the target is about to grow. "
        "One replica is a warning where there are more brokers.",
        example="`factor` 5 needs 5 brokers, and kafka-us has 3: new topics cannot be created there. Use 3 or less.",
        link=f"{AIVEN}/reference/known-issues",
        check=replication_factor,
    ),
    Rule(
        name="offset-lag",
        levels=(Level.NOTE,),
        title="An offset lag of zero, or a large one",
        why="It says how far a copy may run ahead of the last offset sync. Low means load, high means that topics "
        "with few records seem not to move. Since Kafka 3.7 Aiven also syncs from time to time.",
        example="0 means an offset sync for every record: much more load on MirrorMaker and the brokers. The default "
        "is 100.",
        link=f"{AIVEN}/troubleshooting/topic-not-replicated",
        check=offset_lag,
    ),
    Rule(
        name="config-exclude",
        levels=(Level.NOTE,),
        title="A list of excluded configs that drops Kafka's own",
        why="Configs of topics are copied with them, except those on this list. A list of one's own takes the place "
        "of Kafka's; Aiven adds only `unclean.leader.election.enable`.",
        example="Your list replaces Kafka's: `message.timestamp.type` is copied to the target's topics from now on. "
        "Add what should stay as it is there.",
        link=f"{KAFKA}#mirrorsourceconfigs_config.properties.exclude",
        check=config_exclude,
    ),
    Rule(
        name="offset-syncs",
        levels=(Level.NOTE,),
        title="The offset-syncs topic on an external cluster",
        why="MirrorMaker keeps the topic on the source unless the flow says target. On an external cluster its user "
        "needs rights for it, also on a source that it otherwise only reads.",
        example="The offset-syncs topic is kept on `onprem`, which is external: MirrorMaker's user must be allowed "
        "to create, describe, read and write it there. Or use `offset-syncs-location=target`.",
        link=f"{AIVEN}/concepts/permissions-internal-topics",
        check=offset_syncs,
    ),
    Rule(
        name="heartbeats-off",
        levels=(Level.NOTE,),
        title="Heartbeats are turned off",
        why="Heartbeats are how monitoring tells a quiet flow from a dead one.",
        example="Without heartbeats nothing arrives on kafka-us while the topics are quiet, so monitoring that looks "
        "for them takes the flow for dead. Tell whoever watches it.",
        link=f"{AIVEN}/howto/monitor-replication-execution",
        check=heartbeats_off,
    ),
    Rule(
        name="backward-heartbeats",
        levels=(Level.WARN,),
        title="Backward heartbeats to an external source",
        why="They go from the target to the source, so MirrorMaker writes to a cluster that it otherwise reads.",
        example="Backward heartbeats are written to `onprem`, which is external: MirrorMaker's user needs write "
        "access there, not only read access.",
        link=f"{AIVEN}/concepts/permissions-internal-topics",
        check=backward_heartbeats,
    ),
    Rule(
        name="follower-fetching",
        levels=(Level.NOTE,),
        title="Follower fetching needs the source's consent",
        why="MirrorMaker asks for a replica in its own zone; a source that does not offer that ignores it.",
        example="It has an effect only if kafka-eu allows follower fetching itself; else MirrorMaker reads from the "
        "leaders as before.",
        link=f"{AIVEN}/howto/mm2-rack-awareness",
        check=follower_fetching,
    ),
)
