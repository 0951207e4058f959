"""Rules about how topic lists are written: what Java refuses, what takes for ever, what is read otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.core.fields import EXCLUSION_SPELLINGS
from bot.core.preflight.case import Case
from bot.core.preflight.finding import Level
from bot.core.preflight.rule import AIVEN, Rule, Said, count, note, short, stop, warn
from bot.core.topics.danger import is_explosive
from bot.core.topics.expression import Expression, Flaw, Kind
from bot.core.topics.java import read
from bot.core.topics.selection import own_exclusions, spellings, topics_of

JAVA: Final = "https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html"


def broken(case: Case) -> Iterator[Said]:
    """An expression that Java does not compile. New ones stop; an old one only warns, also whoever starts the flow."""
    if not (case.changes_lists or case.starts) or case.deletes:
        return
    new, old = _flaws(case, Kind.BROKEN)
    for flaw, more, is_new in [(each, len(flaws) - 1, flaws is new) for flaws in (new, old) for each in flaws[:1]]:
        text = f"`{short(flaw.item)}`{_and(more)} is no Java expression: {short(flaw.what)}. "
        text += "Aiven takes it, and the flow's connector fails."
        yield stop(f"{text} Please correct it.") if is_new else warn(f"{text} It stands there already.")


def comma(case: Case) -> Iterator[Said]:
    """A comma in an item; Kafka splits the list there."""
    new, _ = _flaws(case, Kind.COMMA)
    for flaw in new[:1]:
        yield warn(
            f"`{short(flaw.item)}`{_and(len(new) - 1)} holds a comma. Kafka splits the list there, so MirrorMaker "
            "reads two broken pieces or two other topics. Write it without one."
        )


def beyond(case: Case) -> Iterator[Said]:
    """An expression that may be right and cannot be tried here."""
    new, _ = _flaws(case, Kind.BEYOND)
    for flaw in new[:1]:
        yield note(
            f"`{short(flaw.item)}`{_and(len(new) - 1)} holds {flaw.what}, which I cannot preview. It may be right for "
            "Java; please check yourself what it matches."
        )


def slow(case: Case) -> Iterator[Said]:
    """An expression that can be read in exponentially many ways."""
    found = [item for item in _new(case) if isinstance(each := read(item), Expression) and _explodes(each)]
    for item in found[:1]:
        yield warn(
            f"`{short(item)}`{_and(len(found) - 1)} repeats what is repeated already: on a long name matching can "
            "take MirrorMaker hours. Write it with one repetition."
        )


def _explodes(expression: Expression) -> bool:
    return any(map(is_explosive, (expression.tree, *expression.within, *expression.without)))


def other_spelling(case: Case) -> Iterator[Said]:
    """An exclusion list in a spelling that is not the one that is written."""
    found = spellings(case.after)
    if not case.redirects or not found or found == [EXCLUSION_SPELLINGS[0]]:
        return
    if len(found) > 1:
        yield warn(
            f"This flow has {len(found)} exclusion lists ({', '.join(f'`{key}`' for key in found)}); which one Aiven "
            "goes by is not known. Keep one, in the Aiven Console."
        )
    else:
        yield note(
            f"This flow keeps its exclusion list as `{found[0]}`. I count it, but write `{EXCLUSION_SPELLINGS[0]}` "
            "only: change that list in the Aiven Console."
        )


def _flaws(case: Case, kind: Kind) -> tuple[list[Flaw], list[Flaw]]:
    """The items with this flaw that the change brings, and those that are there already."""
    new = set(_new(case))
    flaws = [each for each in _both(case) if each.kind is kind]
    return [each for each in flaws if each.item in new], [each for each in flaws if each.item not in new]


def _both(case: Case) -> Sequence[Flaw]:
    return (*case.selection.topics.flaws, *case.selection.excluded.flaws)


def _new(case: Case) -> list[str]:
    """The items of both lists that are not in the flow yet."""
    if case.deletes or not case.changes_lists:
        return []
    known = set() if case.creates else {*topics_of(case.before), *own_exclusions(case.before)}
    return [item for item in (*topics_of(case.after), *own_exclusions(case.after)) if item not in known]


def _and(more: int) -> str:
    return f" (and {count(more, 'other')})" if more else ""


RULES: Final = (
    Rule(
        name="broken-pattern",
        levels=(Level.STOP, Level.WARN),
        title="An expression that does not compile",
        why="The lists hold regular expressions of Java, and names. Aiven does not compile them; MirrorMaker does, "
        "and one that Java refuses fails the connector of the flow, with all its topics. Sluice reads them as Java "
        "17 does.",
        example="`orders.(` is no Java expression: a group that is not closed. Aiven takes it, and the flow's "
        "connector fails. Please correct it.",
        link=JAVA,
        check=broken,
    ),
    Rule(
        name="comma-in-pattern",
        levels=(Level.WARN,),
        title="A comma inside an expression",
        why="MirrorMaker gets each list as one text with commas between the items, so a comma inside an item, as in "
        "`{1,3}`, ends it.",
        example="`v[0-9]{1,3}` holds a comma. Kafka splits the list there, so MirrorMaker reads two broken pieces or "
        "two other topics. Write it without one.",
        link=f"{AIVEN}/concepts/replication-flow-topics-regex",
        check=comma,
    ),
    Rule(
        name="java-only",
        levels=(Level.NOTE,),
        title="An expression that cannot be previewed",
        why="Some constructs of Java are not tried here: flags, back-references, word boundaries, look-aheads other "
        "than at the beginning, look-behinds, properties, classes within classes, possessive quantifiers, and very "
        "large repetitions. A wrong count would be worse than none, so what such a flow matches is not told, and "
        "rules that need it say nothing.",
        example="`(?i)orders.*` holds a flag such as (?i), which I cannot preview. It may be right for Java; please "
        "check yourself what it matches.",
        link=JAVA,
        check=beyond,
    ),
    Rule(
        name="slow-pattern",
        levels=(Level.WARN,),
        title="An expression that can take for ever",
        why="A repetition of something that is repeated itself, or of alternatives that overlap, can be read in very "
        "many ways, and Java may try them all. Newer versions of Java cut some of them short, not all: `(.*a){12}b` "
        "hangs on Java 17. Sluice's own matching takes as many steps as a name has letters, so it previews such an "
        "expression without trouble.",
        example="`(.*a){12}` repeats what is repeated already: on a long name matching can take MirrorMaker hours. "
        "Write it with one repetition.",
        link=JAVA,
        check=slow,
    ),
    Rule(
        name="other-spelling",
        levels=(Level.WARN, Level.NOTE),
        title="Another spelling of the exclusion list",
        why="Aiven's API knows three names for the list of excluded topics. Sluice reads all and writes "
        "`topics.blacklist`, the one that Terraform and the CLI use. What Aiven does with two lists is not "
        "documented.",
        example="This flow keeps its exclusion list as `topics_exclude`. I count it, but write `topics.blacklist` "
        "only: change that list in the Aiven Console.",
        link="https://api.aiven.io/doc/",
        check=other_spelling,
    ),
)
