"""A change and everything around it, with what several rules ask about it worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from bot.core.fields import BY_NAME, EXCLUSION_SPELLINGS
from bot.core.flow import Create, FlowRef, Wire, is_clear
from bot.core.plan import Plan
from bot.core.preflight.surroundings import Cluster, Surroundings, Topic
from bot.core.topics.preview import Preview, preview
from bot.core.topics.selection import POLICY, TOPICS, Selection, is_identity


def effective(flow: Mapping[str, JsonValue], name: str) -> JsonValue:
    """What holds for a field of a flow: its value, else its default (`None` where Aiven's is not known)."""
    value = flow.get(name)
    return BY_NAME[name].default if value is None or is_clear(name, value) else value


@dataclass(frozen=True)
class Case:
    """What the rules look at."""

    plan: Plan
    around: Surroundings

    @property
    def ref(self) -> FlowRef:
        """The flow that changes."""
        return self.plan.ref

    @property
    def before(self) -> Wire:
        """The flow as it is; empty if there is none yet."""
        return self.plan.before or {}

    @property
    def after(self) -> Wire:
        """The flow as it would be; empty if it is deleted."""
        return self.plan.after or {}

    @property
    def creates(self) -> bool:
        """Whether the flow is made."""
        return isinstance(self.plan.change, Create)

    @property
    def deletes(self) -> bool:
        """Whether the flow is removed."""
        return self.plan.after is None

    @cached_property
    def touched(self) -> frozenset[str]:
        """The fields whose effective value changes; for a flow that is made, those that differ from the default.

        None if it is deleted.
        """
        names = () if self.deletes else (each.field for each in self.plan.differences)
        return frozenset(name for name in names if effective(self.before, name) != effective(self.after, name))

    @property
    def runs(self) -> bool:
        """Whether the flow replicates after the change."""
        return self.after.get("enabled") is True

    @property
    def ran(self) -> bool:
        """Whether the flow replicates now."""
        return self.before.get("enabled") is True

    @property
    def starts(self) -> bool:
        """Whether the change makes it replicate."""
        return self.runs and not self.ran

    @property
    def pauses(self) -> bool:
        """Whether the change stops it, and leaves it there."""
        return self.ran and not self.runs and not self.deletes

    def turns_on(self, name: str) -> bool:
        """Whether the change switches this on."""
        return name in self.touched and self.after.get(name) is True

    def turns_off(self, name: str) -> bool:
        """Whether the change switches this off."""
        return name in self.touched and effective(self.after, name) is False

    def sets(self, name: str) -> JsonValue:
        """The value that the change gives this field; None if it does not, or clears it."""
        return self.after.get(name) if name in self.touched else None

    @property
    def source(self) -> Cluster | None:
        """The cluster that is read."""
        return self.around.cluster(self.ref.source)

    @property
    def target(self) -> Cluster | None:
        """The cluster that is written."""
        return self.around.cluster(self.ref.target)

    @property
    def changes_lists(self) -> bool:
        """Whether it changes what is selected."""
        return self.creates or not self.touched.isdisjoint({TOPICS, *EXCLUSION_SPELLINGS})

    @property
    def redirects(self) -> bool:
        """Whether other topics, or other copies of them, are written from now on."""
        return self.runs and (self.starts or self.changes_lists or POLICY in self.touched)

    @property
    def keeps_names(self) -> bool:
        """Whether copies are called like the originals after the change."""
        return is_identity(self.after)

    @cached_property
    def selection(self) -> Selection:
        """What the lists select after the change."""
        return Selection.of(self.after)

    @property
    def topics(self) -> tuple[Topic, ...] | None:
        """The topics of the source; None if they are not known."""
        return self.around.topics.get(self.ref.source)

    @cached_property
    def preview(self) -> Preview | None:
        """What is copied after the change; None if that cannot be told, or nothing is copied."""
        return self._preview(self.after, self.selection) if self.plan.after is not None else None

    @cached_property
    def preview_before(self) -> Preview | None:
        """What is copied now; None if that cannot be told, or there is no flow."""
        if self.plan.before is None:
            return None
        is_same = not (self.deletes or self.changes_lists or POLICY in self.touched)
        return self.preview if is_same else self._preview(self.before, Selection.of(self.before))

    def _preview(self, flow: Wire, selection: Selection) -> Preview | None:
        if self.topics is None:
            return None
        made = preview(flow, (self.ref.source, self.ref.target), [topic.name for topic in self.topics], selection)
        return made if made.can_tell else None

    @property
    def copied(self) -> Iterator[Topic]:
        """The topics that are copied after the change, as far as they are known."""
        names = frozenset(each.name for each in self.preview.copies) if self.preview else frozenset()
        return (topic for topic in self.topics or () if topic.name in names)

    @cached_property
    def others(self) -> tuple[Wire, ...]:
        """The other flows of the service that replicate."""
        return tuple(self._others())

    def _others(self) -> Iterator[Wire]:
        own = (self.ref.source, self.ref.target)
        for flow in self.around.flows or ():
            if flow.get("enabled") is True and (flow.get("source_cluster"), flow.get("target_cluster")) != own:
                yield flow
