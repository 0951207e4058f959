"""Rules about how records are delivered, and what consumers notice of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.core.fields import BY_NAME
from bot.core.preflight.case import Case, effective
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, KAFKA, Rule, Said, note, warn

EXACTLY_ONCE: Final = "exactly_once_delivery_enabled"
GROUP_OFFSETS: Final = "sync_group_offsets_enabled"
INTERVAL: Final = "sync_group_offsets_interval_seconds"

CHECKPOINTS_SECONDS: Final = 60
"""How often MirrorMaker emits the checkpoints that group offsets come from, unless the service says otherwise (Aiven,
`kafka_mirrormaker.emit_checkpoints_interval_seconds`)."""


def transactional_ids(case: Case) -> Iterator[Said]:
    """Exactly-once towards a cluster whose permissions Aiven does not manage."""
    if case.turns_on(EXACTLY_ONCE) and case.target is not None and case.target.is_external:
        yield warn(
            f"`{case.ref.target}` is external: if it has ACLs on TransactionalId, grant MirrorMaker's user Write and "
            "Describe on the prefix `connect-cluster-` and on its tasks' ids, else nothing is written any more."
        )


def read_committed(case: Case) -> Iterator[Said]:
    """What consumers have to do for exactly-once, and what it costs them."""
    if case.turns_on(EXACTLY_ONCE):
        yield note(
            f"Consumers on {case.ref.target} get each record once only with `isolation.level=read_committed`; they "
            "see records a little later then, when the transaction is committed."
        )


def at_least_once(case: Case) -> Iterator[Said]:
    """Exactly-once is turned off."""
    if not case.creates and case.turns_off(EXACTLY_ONCE):
        yield note(
            f"From now on records may come to {case.ref.target} twice, for example when a task starts again; "
            "consumers there must bear that."
        )


def restart(case: Case) -> Iterator[Said]:
    """Toggling exactly-once on a flow that runs."""
    if case.ran and case.runs and EXACTLY_ONCE in case.touched:
        yield note("The connectors of this flow start again, so it stands still for a moment; other flows go on.")


def active_groups(case: Case) -> Iterator[Said]:
    """Group offsets are synced from now on."""
    if case.turns_on(GROUP_OFFSETS):
        yield note(
            f"Offsets are written only for consumer groups with no active member on {case.ref.target}; I cannot see "
            "from here which groups are active there."
        )


def sync_interval(case: Case) -> Iterator[Said]:
    """An interval that does nothing, or little."""
    seconds = case.sets(INTERVAL)
    if not isinstance(seconds, int) or case.deletes:
        return
    if not effective(case.after, GROUP_OFFSETS):
        spoken = BY_NAME[GROUP_OFFSETS].spoken
        yield note(f"The interval has no effect while `{spoken}` is off; turn that on too if you want offsets synced.")
    elif seconds < CHECKPOINTS_SECONDS:
        yield note(
            f"Checkpoints, which the offsets come from, are made every {CHECKPOINTS_SECONDS} s unless the service "
            "says otherwise; a shorter interval makes more writes and hardly fresher offsets."
        )


RULES: Final = (
    Rule(
        name="transactional-ids",
        levels=(Level.WARN,),
        title="Exactly-once towards an external cluster",
        why="With exactly-once MirrorMaker writes in transactions. A cluster with ACLs on TransactionalId must allow "
        "them: Write and Describe for the worker's id, `connect-cluster-<group>`, and for each task's, "
        "`<group>-<connector>-<number>`; IdempotentWrite too on brokers older than 2.8. Which group id Aiven uses is "
        "not documented, so look at the first refusal in the logs or grant a prefix. Aiven's own Kafka services need "
        "nothing.",
        example="`onprem` is external: if it has ACLs on TransactionalId, grant MirrorMaker's user Write and "
        "Describe on the prefix `connect-cluster-` and on its tasks' ids, else nothing is written any more.",
        link=f"{KAFKA}#connect_exactlyoncesource",
        check=transactional_ids,
    ),
    Rule(
        name="read-committed",
        levels=(Level.NOTE,),
        title="Exactly-once, seen by consumers",
        why="Records of a transaction that failed stay in the topic. Only consumers that read committed records skip "
        "them, and those see a record when its transaction is committed, not before. How much later that is depends "
        "on the load, so no number is told.",
        example="Consumers on kafka-us get each record once only with `isolation.level=read_committed`; they see "
        "records a little later then, when the transaction is committed.",
        link=f"{AIVEN}/howto/exactly-once-delivery",
        check=read_committed,
    ),
    Rule(
        name="at-least-once",
        levels=(Level.NOTE,),
        title="Exactly-once is turned off",
        why="Without it MirrorMaker delivers at least once: after a restart it may copy again what it copied before.",
        example="From now on records may come to kafka-us twice, for example when a task starts again; consumers "
        "there must bear that.",
        link=f"{AIVEN}/howto/exactly-once-delivery",
        check=at_least_once,
    ),
    Rule(
        name="restart",
        levels=(Level.NOTE,),
        title="The flow's connectors start again",
        why="A change of a flow restarts its connectors and tasks, not those of other flows. It is told for "
        "exactly-once, where people look for it.",
        example="The connectors of this flow start again, so it stands still for a moment; other flows go on.",
        link=f"{AIVEN}/concepts/configuration-layers",
        check=restart,
    ),
    Rule(
        name="active-groups",
        levels=(Level.NOTE,),
        title="Group offsets and consumers that are at work",
        why="MirrorMaker never moves the offsets of a group that has members on the target. That cannot be seen "
        "through Aiven's API, so it is told whenever the sync is turned on.",
        example="Offsets are written only for consumer groups with no active member on kafka-us; I cannot see from "
        "here which groups are active there.",
        link=f"{AIVEN}/concepts/disaster-recovery/active-passive-setup",
        check=active_groups,
    ),
    Rule(
        name="sync-interval",
        levels=(Level.NOTE,),
        title="An interval that does little",
        why="Group offsets come from checkpoints. Syncing more often than they are made writes the same again; with "
        "the sync turned off the interval means nothing.",
        example="The interval has no effect while `group-offsets` is off; turn that on too if you want offsets synced.",
        link=f"{AIVEN}/reference/advanced-params",
        check=sync_interval,
    ),
)
