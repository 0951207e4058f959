"""The topics that a flow copies beside those that it would copy, with what is known of each topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from bot.core.preflight.surroundings import Topic
from bot.core.topics.preview import Preview

COMPACTED: Final = "compact"
"""The cleanup policy under which no time and no size bounds what is kept."""


class Copied(NamedTuple):
    """A topic that is copied now or would be. `now`, `then`: its name on the target, None when it is not copied.

    `is_there`: the target has a topic of the new name already.
    """

    topic: Topic
    now: str | None
    then: str | None
    is_there: bool = False

    @property
    def is_added(self) -> bool:
        """Whether it is copied with the change only."""
        return self.now is None

    @property
    def is_dropped(self) -> bool:
        """Whether it is copied without the change only."""
        return self.then is None

    @property
    def is_renamed(self) -> bool:
        """Whether its copy gets another name."""
        return not self.is_added and not self.is_dropped and self.now != self.then

    @property
    def remote(self) -> str:
        """Its name on the target."""
        return self.then or self.now or ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is copied now and then.

    `topics`: all that the source has, None if they are not known. `now`: None while there is no such flow; `then`: None
    when no change is asked about. `there`: the names on the target, as far as they are known.
    """

    topics: tuple[Topic, ...] | None
    now: Preview | None
    then: Preview | None
    there: frozenset[str] = frozenset()

    @property
    def asked(self) -> Preview | None:
        """What the question is about: the change, else how it is."""
        return self.then or self.now

    @property
    def is_known(self) -> bool:
        """Whether the topics that are asked about can be listed."""
        return self.topics is not None and self.asked is not None and self.asked.can_tell

    @property
    def compares(self) -> bool:
        """Whether there is a now and a then to tell apart."""
        return self.is_known and self.now is not None and self.then is not None and self.now.can_tell

    @cached_property
    def copied(self) -> tuple[Copied, ...]:
        """What changes first: added, dropped, renamed; then the rest, each by name."""
        return tuple(sorted(self._copied(), key=lambda each: (_weight(each), each.topic.name)))

    def _copied(self) -> Iterator[Copied]:
        after = _names(self.asked)
        before = _names(self.now) if self.compares else after
        for topic in self.topics or ():
            now, then = before.get(topic.name), after.get(topic.name)
            if now is not None or then is not None:
                is_new = now != then or self.now is None
                yield Copied(topic, now, then, is_there=is_new and then in self.there)

    @property
    def added(self) -> list[Copied]:
        """The topics that the change adds."""
        return [each for each in self.copied if each.is_added]

    @property
    def dropped(self) -> list[Copied]:
        """The topics that the change drops."""
        return [each for each in self.copied if each.is_dropped]

    @property
    def renamed(self) -> list[Copied]:
        """The topics whose copies get another name."""
        return [each for each in self.copied if each.is_renamed]

    @property
    def shortest(self) -> Topic | None:
        """The topic that is copied and keeps its records for the least time; None where time bounds nothing."""
        timed = [
            (each.topic.retention_hours, each.topic.name, each.topic)
            for each in self.copied
            if not each.is_dropped and each.topic.retention_hours is not None and not is_compacted(each.topic)
        ]
        return min(timed, key=lambda found: found[:2])[2] if timed else None


def is_compacted(topic: Topic) -> bool:
    """Whether compaction alone decides what is kept."""
    return topic.cleanup_policy == COMPACTED


def _names(preview: Preview | None) -> Mapping[str, str]:
    return {} if preview is None else {each.name: each.remote for each in preview.copies}


def _weight(each: Copied) -> int:
    kinds = (each.is_added, each.is_dropped, each.is_renamed)
    return kinds.index(True) if any(kinds) else len(kinds)
