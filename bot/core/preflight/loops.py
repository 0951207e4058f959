"""Rules about flows that copy each other's copies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from bot.core.flow import Wire
from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, KAFKA, Rule, Said, some, stop, warn
from bot.core.topics.loops import Edge, Loop, loop_through
from bot.core.topics.meeting import common, only
from bot.core.topics.names import is_internal
from bot.core.topics.selection import Selection, is_identity


def identity_loop(case: Case) -> Iterator[Said]:
    """A circle of flows that keep names. A person may know better: the stop may be broken."""
    loop = _loop(case, case.after) if case.redirects and case.keeps_names else None
    if loop is None:
        return
    names, are_all = _names(case, loop)
    circle = " → ".join(loop.way)
    if are_all and not names:
        yield warn(
            f"{circle} is a circle of flows that keep topic names. No topic goes round now, but one called "
            f"`{loop.common.name or '…'}` would, for ever."
        )
        return
    what = some(names) if names else f"topics that all of them select{_such_as(loop)}"
    text = f"{circle} is a circle of flows that keep topic names: records of {what} go round for ever."
    if case.ran and is_identity(case.before) and _loop(case, case.before) is not None:
        yield warn(f"{text} It does so already; pause one of the flows.")
    else:
        yield stop(f"{text} Use the Default policy, or topics that do not overlap.")


def _loop(case: Case, flow: Wire) -> Loop | None:
    selection = case.selection if flow is case.after else Selection.of(flow)
    own = Edge(_place(case, case.ref.source), _place(case, case.ref.target), selection)
    return loop_through(own, [_edge(case, other) for other in case.others if is_identity(other)])


def _edge(case: Case, flow: Wire) -> Edge:
    return Edge(_place(case, flow.get("source_cluster")), _place(case, flow.get("target_cluster")), Selection.of(flow))


def _place(case: Case, alias: JsonValue) -> str:
    """The alias; the first one of its cluster, where several stand for the same Kafka service."""
    cluster = case.around.cluster(str(alias))
    if cluster is None or cluster.service is None:
        return str(alias)
    same = (each.alias for each in case.around.clusters or () if each.service == cluster.service)
    return next((each for each in same if each is not None), str(alias))


def _such_as(loop: Loop) -> str:
    return f" (`{loop.common.name}` would be one)" if loop.common.name else ""


def _names(case: Case, loop: Loop) -> tuple[list[str], bool]:
    """The topics that go round, as far as topics are known on the way; and whether those are all."""
    lists = [case.around.topics.get(alias) for alias in loop.way]
    left: tuple[str, ...] | None = tuple(sorted({topic.name for topics in lists for topic in topics or ()}))
    for edge in loop.edges:
        left = None if left is None else edge.selection.pick(left)
    names = [name for name in left or () if not is_internal(name)]
    return names, left is not None and None not in lists


def dotted_alias(case: Case) -> Iterator[Said]:
    """An alias with a dot, and a flow back that does not recognise what it gave."""
    back = _flow_back(case) if case.redirects and not case.keeps_names else None
    if back is None:
        return
    source, target = case.ref.source, case.ref.target
    sides = ((source, f"{target} -> {source}", Selection.of(back)), (target, case.ref.pair, case.selection))
    returned = [(alias, pair) for alias, pair, copying in sides if "." in alias and _copies(copying, alias)]
    for alias, pair in returned:
        end = ", and so on without an end" if len(returned) > 1 else ""
        yield warn(
            rf"The alias `{alias}` has a dot, so the flow {pair} does not know `{alias}.…` as copies from there and "
            rf"copies them back{end}. Exclude `\Q{alias}.\E.*` from it."
        )


def _flow_back(case: Case) -> Mapping[str, JsonValue] | None:
    pair = (case.ref.target, case.ref.source)
    flows = (each for each in case.others if (each.get("source_cluster"), each.get("target_cluster")) == pair)
    return next((each for each in flows if not is_identity(each)), None)


def _copies(selection: Selection, alias: str) -> bool:
    """Whether something that begins with this alias may be selected."""
    return common((only(f"{alias}."), selection)) is not None


def merged_topics(case: Case) -> Iterator[Said]:
    """Topics of the same name of two sources, which come together in one topic of the target."""
    if not (case.redirects and case.keeps_names):
        return
    for other in _beside(case):
        source = str(other.get("source_cluster"))
        if (what := _merged(case, other, source)) is not None:
            yield warn(
                f"{source} -> {case.ref.target} keeps topic names too: records of {what} from both clusters end up in "
                "one topic, and cannot be told apart there."
            )


def _beside(case: Case) -> Iterable[Wire]:
    """Flows of other clusters to the same target that keep names."""
    own = (_place(case, case.ref.source), _place(case, case.ref.target))
    for flow in case.others:
        source, target = _place(case, flow.get("source_cluster")), _place(case, flow.get("target_cluster"))
        if is_identity(flow) and target == own[1] != source != own[0]:
            yield flow


def _merged(case: Case, other: Wire, source: str) -> str | None:
    """What both flows write to; None if nothing, as far as can be told."""
    selection, theirs = Selection.of(other), case.around.topics.get(source)
    if case.preview is None or theirs is None or selection.flaws:
        found = common((case.selection, selection))
        return None if found is None else f"`{found.name}`" if found.name else "topics that both select"
    names = {topic.name for topic in theirs}
    both = selection.pick([each.name for each in case.preview.copies if each.name in names])
    return some(both) if both else None


RULES: Final = (
    Rule(
        name="identity-loop",
        breakable=True,
        levels=(Level.STOP, Level.WARN),
        title="A circle of flows that keep topic names",
        why="Under the Identity policy MirrorMaker cannot tell a copy from an original, so flows in a circle copy "
        "the same records over and over, and the clusters fill up. Circles of two and more flows are found, only "
        "among flows that are on, and only where one name is selected by all of them; lists that cannot overlap are "
        "no circle. With known topics the ones that go round are named; if there is none yet, it is a warning. A "
        "person who breaks the glass may know better.",
        example="kafka-eu → kafka-us → kafka-eu is a circle of flows that keep topic names: records of `orders` go "
        "round for ever. Use the Default policy, or topics that do not overlap.",
        link=f"{AIVEN}/howto/remove-mirrormaker-prefix",
        check=identity_loop,
    ),
    Rule(
        name="dotted-alias",
        levels=(Level.WARN,),
        title="An alias with a dot, and a flow back",
        why="The Default policy finds out where a copy came from by what stands before a dot of its name. An alias "
        "that has a dot itself is never found, so the flow back takes the copies for originals. If only one of the "
        "two aliases has a dot, they come back once; if both have one, again and again, with ever longer names.",
        example="The alias `kafka.eu` has a dot, so the flow kafka-us -> kafka.eu does not know `kafka.eu.…` as "
        "copies from there and copies them back. Exclude `\\Qkafka.eu.\\E.*` from it.",
        link=f"{KAFKA}#georeplication",
        check=dotted_alias,
    ),
    Rule(
        name="merged-topics",
        levels=(Level.WARN,),
        title="Two sources that write to one topic",
        why="Flows that keep names write topics of the same name from several clusters into one topic of the target. "
        "Their records mix there, and so do the offsets of their consumer groups.",
        example="kafka-ap -> kafka-us keeps topic names too: records of `orders` from both clusters end up in one "
        "topic, and cannot be told apart there.",
        link=f"{AIVEN}/howto/remove-mirrormaker-prefix",
        check=merged_topics,
    ),
)
