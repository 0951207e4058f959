"""Which topics a flow copies and would copy, as an answer by pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bot.cards import answers, kit
from bot.core.delivery import Answer
from bot.core.flow import FlowRef
from bot.core.preflight.surroundings import Topic
from bot.core.topics.comparison import Comparison, Copied, is_compacted
from bot.core.topics.expression import Flaw, Kind
from bot.core.topics.names import remote_name
from bot.core.topics.preview import Preview

VALUE_MAX: Final = 2000
"""Of a button (docs.slack.dev/reference/block-kit/block-elements/button-element)."""

_PAGE_OPTION: Final = len(" --page 9999")
_FLAWS_SHOWN: Final = 5
_NAMES_SHOWN: Final = 3
_EXAMPLE: Final = "orders"
_DAY: Final = 24
_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024


class Asked(NamedTuple):
    """What was asked. `keeps_names`: the policy that is asked about does. `unread`: why the topics are not known.

    `more`: the command for other pages, without the page.
    """

    ref: FlowRef
    keeps_names: bool
    is_paused: bool
    unread: tuple[str, ...]
    page: int
    more: str


def topics(asked: Asked, found: Comparison) -> Answer:
    """The topics, those that change first."""
    ref = asked.ref
    title = "\n".join([f"*Topics of {kit.esc(ref.pair)}* on {kit.code(ref.service_path)}", *_summary(ref, found)])
    notes = [*_unknown(asked, found), *_notes(asked, found)]
    if not found.is_known:
        return answers.listed([title, *notes])
    paged = answers.paged(title, [_row(each) for each in found.copied], asked.page, asked.more)
    return _with_notes(paged, notes, fits=len(asked.more) + _PAGE_OPTION <= VALUE_MAX)


def _with_notes(paged: Answer, notes: Sequence[str], *, fits: bool) -> Answer:
    """Notes between the list and its buttons; a command that no button can carry is to be typed again."""
    blocks = [block for block in paged.blocks if block["type"] != "actions"]
    buttons = [block for block in paged.blocks if block["type"] == "actions"]
    if buttons and not fits:
        buttons, notes = [], [*notes, "Add `--page 2` to what you typed, and so on, for the rest."]
    said = answers.listed(notes) if notes else Answer(text="")
    return paged.model_copy(update={
        "text": kit.fit("\n".join(filter(None, (paged.text, said.text))), kit.TEXT_MAX),
        "blocks": (*blocks, *said.blocks, *buttons),
    })  # fmt: skip


def _summary(ref: FlowRef, found: Comparison) -> Iterator[str]:
    """How many topics are copied, and how the change counts."""
    if not found.is_known:
        return
    of = f"of {_count(len(found.topics or ()), 'topic')} on {kit.esc(ref.source)}"
    copied = len(found.copied) - len(found.dropped)
    if found.then is None:
        yield f"{copied:,} {of} {_are(copied)} copied."
        return
    now = len(found.copied) - len(found.added)
    before = f"; now {_are(now)} {now:,}" if found.compares else ""
    yield f"With this {copied:,} {of} would be copied{before}."
    if found.compares:
        yield " · ".join(_changes(found)) or "The same topics match, by the same names."


def _changes(found: Comparison) -> Iterator[str]:
    if found.added:
        partitions = sum(each.topic.partitions for each in found.added)
        yield f"➕ {len(found.added):,} added ({_count(partitions, 'partition')})"
    if found.dropped:
        yield f"➖ {len(found.dropped):,} dropped"
    if found.renamed:
        yield f"✏️ {len(found.renamed):,} renamed"


def _row(each: Copied) -> str:
    """A topic, its name on the target, and how long it is kept on the source."""
    about = f"{_count(each.topic.partitions, 'partition')} · kept {kept(each.topic)}"
    there = " (there is one already)" if each.is_there else ""
    name = kit.code(each.topic.name)
    if each.is_dropped:
        return f"➖ {name}, until now {kit.code(each.now or '')} · {about}"
    if each.is_renamed:
        return f"✏️ {name} → {kit.code(each.then or '')}{there}, until now {kit.code(each.now or '')} · {about}"
    sign = "➕" if each.is_added else "•"
    return f"{sign} {name} → {kit.code(each.remote)}{there} · {about}"


def kept(topic: Topic) -> str:
    """How long a topic keeps its records: `7 days`, `36 h or 10 GiB a partition`, `for ever`."""
    if is_compacted(topic):
        return "for ever (compacted)"
    limits = [
        *([] if topic.retention_hours is None else [_hours(topic.retention_hours)]),
        *([] if topic.retention_bytes is None else [f"{_bytes(topic.retention_bytes)} a partition"]),
    ]
    return " or ".join(limits) or "for ever"


def _hours(hours: int) -> str:
    if hours == 0:
        return "less than an hour"
    return f"{hours:,} h" if hours % _DAY else _count(hours // _DAY, "day")


def _bytes(size: float) -> str:
    unit = 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.4g} {_UNITS[unit]}"


def _unknown(asked: Asked, found: Comparison) -> Iterator[str]:
    """Why it cannot be told which topics are copied."""
    for when, preview in (("as it is now", found.now), ("with this", found.then)):
        if preview is not None and not preview.can_tell:
            yield f"🤷 Which topics match {when}, I cannot tell{_reasons(preview)}"
    yield from (f"🤷 {kit.esc(sentence)}" for sentence in asked.unread)


def _reasons(preview: Preview) -> str:
    """The rest of the sentence, and a line for each item."""
    if preview.unclear:
        return ": the patterns are too much to try them all."
    lines = [f"• {_flaw(flaw)}" for flaw in preview.flaws[:_FLAWS_SHOWN]]
    if len(preview.flaws) > _FLAWS_SHOWN:
        lines.append(f"• and {len(preview.flaws) - _FLAWS_SHOWN:,} more like these")
    return "\n".join([":", *lines])


def _flaw(flaw: Flaw) -> str:
    item, what = kit.code(flaw.item), kit.esc(flaw.what)
    match flaw.kind:
        case Kind.BROKEN:
            return f"Java does not take {item} ({what}); with it the connector fails, and nothing is copied."
        case Kind.COMMA:
            return f"{item} holds {what}, where Kafka splits it in two; neither half may be what you mean."
        case Kind.BEYOND:
            return f"{item} uses {what}, which I cannot judge here. It may be good all the same."


def _notes(asked: Asked, found: Comparison) -> Iterator[str]:
    """What to know about the list."""
    source, target = kit.esc(asked.ref.source), kit.esc(asked.ref.target)
    if not found.is_known:
        example = kit.code(remote_name(asked.ref.source, _EXAMPLE, identity=asked.keeps_names))
        yield f"On {target} a topic {kit.code(_EXAMPLE)} of {source} is called {example}."
        return
    if asked.is_paused:
        yield "⏸️ The flow is paused; nothing is copied until it is resumed."
    yield from _left_out(asked, found)
    if found.dropped:
        yield f"Copies of topics that are dropped stay on {target}; they get no new records."
    if found.renamed:
        yield f"By its new name a topic gets new records only; what was copied stays on {target} by the old name."
    if shortest := found.shortest:
        yield f"Kept for the shortest time: {kit.code(shortest.name)}, {kept(shortest)}."
    yield "MirrorMaker looks for new topics every 10 minutes, if the service is not set otherwise."


def _left_out(asked: Asked, found: Comparison) -> Iterator[str]:
    """What matches and is not copied all the same."""
    preview = found.asked
    if preview is None:
        return
    for names, why in (
        (preview.internal, "internal, which MirrorMaker never copies"),
        (preview.from_target, f"named like a copy of something of {asked.ref.target}, which would go in a circle"),
    ):
        if names:
            some = ", ".join(kit.code(name) for name in names[:_NAMES_SHOWN])
            rest = f" and {len(names) - _NAMES_SHOWN:,} more" if len(names) > _NAMES_SHOWN else ""
            yield f"Left out, though the patterns match: {some}{rest} ({kit.esc(why)})."


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
