"""Rules about what copies are called, and what is on the target already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, KAFKA, Rule, Said, are, count, note, short, some, warn
from bot.core.topics.names import NAME_MAX_LENGTH, SCHEMAS
from bot.core.topics.selection import POLICY


def schemas(case: Case) -> Iterator[Said]:
    """The topic of a schema registry, copied into the one of another."""
    if not (case.redirects and case.keeps_names) or not case.selection.pick((SCHEMAS,)):
        return
    if case.topics is None or any(topic.name == SCHEMAS for topic in case.topics):
        yield warn(
            f"`{SCHEMAS}` is copied under its own name, into the topic of {case.ref.target}'s own schema registry. "
            f"Exclude `{SCHEMAS}` unless that is what you want."
        )


def taken_for_copies(case: Case) -> Iterator[Said]:
    """Topics whose names begin with the target's alias without having come from there."""
    if not case.redirects or case.around.flows is None or case.preview is None or not case.preview.from_target:
        return
    target = case.ref.target
    if not any(flow.get("source_cluster") == target for flow in case.around.flows):
        names = case.preview.from_target
        yield warn(
            f"{some(names)} {are(names)} not copied: by the name MirrorMaker takes "
            f"{'it' if len(names) == 1 else 'them'} for a copy from `{target}`. Another alias for the target avoids "
            "that."
        )


def policy_change(case: Case) -> Iterator[Said]:
    """Another policy on a flow that has copied already."""
    if case.creates or POLICY not in case.touched:
        return
    example = f"`{case.ref.source}.x` becomes `x`" if case.keeps_names else f"`x` becomes `{case.ref.source}.x`"
    yield warn(
        f"Copies get other names from now on ({example}) and hold new records only: the history stays under the old "
        f"names. Consumers on {case.ref.target} must move."
    )


def existing_copies(case: Case) -> Iterator[Said]:
    """Topics on the target that have the names of the copies already."""
    there = case.around.topics.get(case.ref.target)
    if not case.redirects or there is None or case.preview is None or not (case.creates or case.keeps_names):
        return
    known = {topic.name for topic in there}
    old = {each.remote for each in case.preview_before.copies} if case.preview_before else set()
    found = [each.remote for each in case.preview.copies if each.remote in known and each.remote not in old]
    if found and case.keeps_names:
        yield warn(
            f"{case.ref.target} has {count(len(found), 'topic')} of these names already ({some(found)}): what is "
            "copied is added to what is there."
        )
    elif found:
        yield note(
            f"{some(found)} {are(found)} on {case.ref.target} already. A flow with the same aliases goes on where the "
            "last one stopped; it does not start over."
        )


def long_names(case: Case) -> Iterator[Said]:
    """Copies whose names Kafka does not take."""
    found = [each.name for each in case.preview.copies if each.is_too_long] if case.redirects and case.preview else []
    if found:
        yield warn(
            f"{some([short(found[0], 24), *found[1:]])}: with `{case.ref.source}.` in front the name is longer than "
            f"the {NAME_MAX_LENGTH} characters that Kafka allows, so it cannot be copied. Exclude it."
        )


RULES: Final = (
    Rule(
        name="schemas",
        levels=(Level.WARN,),
        title="The schema registry's topic under its own name",
        why="`_schemas` begins with one underscore, so it is no internal topic to MirrorMaker, and `.*` matches it. "
        "Under the Identity policy it is written into the target's `_schemas`, where two registries then give the "
        "same ids to different schemas.",
        example="`_schemas` is copied under its own name, into the topic of kafka-us's own schema registry. Exclude "
        "`_schemas` unless that is what you want.",
        link=f"{AIVEN}/howto/remove-mirrormaker-prefix",
        check=schemas,
    ),
    Rule(
        name="taken-for-copies",
        levels=(Level.WARN,),
        title="An alias that topics begin with",
        why="Under the Default policy a topic that has the target's alias before a dot of its name counts as a copy "
        "from there and is left out, which keeps records from going round. Topics that only happen to begin so are "
        "left out too. The rule is silent where a flow reads from the target, for then they may well be copies.",
        example="`orders.v1` and `orders.v2` are not copied: by the name MirrorMaker takes them for a copy from "
        "`orders`. Another alias for the target avoids that.",
        link=f"{KAFKA}#georeplication",
        check=taken_for_copies,
    ),
    Rule(
        name="policy-change",
        levels=(Level.WARN,),
        title="Another replication policy on a flow that exists",
        why="The policy decides what copies are called. MirrorMaker remembers how far it has read by the topic of "
        "the source, so after the change the new topics begin where the old ones ended.",
        example="Copies get other names from now on (`kafka-eu.x` becomes `x`) and hold new records only: the "
        "history stays under the old names. Consumers on kafka-us must move.",
        link=f"{AIVEN}/howto/remove-mirrormaker-prefix",
        check=policy_change,
    ),
    Rule(
        name="existing-copies",
        levels=(Level.WARN, Level.NOTE),
        title="Topics of these names are on the target already",
        why="Under the Identity policy copies are added to whatever the topic of that name holds. Under the Default "
        "policy they are most likely left from an earlier flow: progress is kept on the target under the source's "
        "alias, so a flow that is made again goes on where the last one stopped.",
        example="kafka-us has 2 topics of these names already (`orders` and `payments`): what is copied is added to "
        "what is there.",
        link=f"{AIVEN}/troubleshooting/topic-not-replicated",
        check=existing_copies,
    ),
    Rule(
        name="long-names",
        levels=(Level.WARN,),
        title="Names of copies that are too long",
        why="Kafka takes names of up to 249 characters, and the Default policy puts the source's alias and a dot in "
        "front.",
        example="`invoices-from-the-north…`: with `kafka-eu.` in front the name is longer than the 249 characters "
        "that Kafka allows, so it cannot be copied. Exclude it.",
        link=f"{AIVEN}/howto/remove-mirrormaker-prefix",
        check=long_names,
    ),
)
