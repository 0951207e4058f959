"""What a change would do to a flow: before, after, the differences, and one digest over all of it.

People approve a plan, not a sentence: decisions quote the digest, and a flow that is no longer `before` is not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import JsonValue

from bot.core.canonical import digest
from bot.core.fields import BY_NAME, EXCLUSION_SPELLINGS, Field, Type, Use
from bot.core.flow import (
    Change,
    Create,
    Delete,
    FlowRef,
    Frozen,
    Patch,
    Wire,
    apply,
    body_problems,
    exclusion_key,
    holds,
    is_clear,
    writable,
)
from bot.core.intent import Asking, CreateFlow, DeleteFlow, Edit, Operator, UpdateFlow
from bot.core.rights import Part, Right

DIGEST_SHOWN: Final = 12
"""Characters of the digest that cards show; enough to tell plans apart by eye."""


class Difference(NamedTuple):
    """One field that changes; `None` stands for absent, where the field's default holds."""

    field: str
    before: JsonValue
    after: JsonValue


class Timing(Frozen):
    """When a change is made: not before `at`, and taken back `lasting` seconds after it was made (None: never)."""

    at: datetime | None = None
    lasting: int | None = None


class Plan(Frozen):
    """A change of one flow, bound to the state that it was made from. `before` and `after` hold what can be set."""

    ref: FlowRef
    change: Change
    before: Wire | None
    after: Wire | None
    timing: Timing = Timing()

    @property
    def digest(self) -> str:
        """SHA-256 over everything that an approver agrees to. Not kept: a copy with another timing is another plan."""
        return digest(self.model_dump(mode="json"))

    @property
    def differences(self) -> list[Difference]:
        """What changes, in the order of the field table."""
        return differences(self.before or {}, self.after or {})

    @property
    def place(self) -> str:
        """What decisions about it are made for."""
        return str(self.ref)

    @property
    def name(self) -> str:
        """What an approver types, where the policy wants it typed."""
        return self.ref.pair

    @property
    def rights(self) -> frozenset[Right]:
        """Every right that it needs: that of the verb, and of each field; those of taking it back too, if it is."""
        return rights_of(self.change) | (self._rights_back() if self.timing.lasting is not None else frozenset())

    def _rights_back(self) -> frozenset[Right]:
        """What the way back takes: a flow that was made is removed again, and the other way round."""
        if self.before is None:
            return rights_of(Delete())
        return rights_of(self.change if self.after is not None else Create(body=self.before))

    @property
    def parts(self) -> tuple[Part, ...]:
        """What it takes, where."""
        return (Part(self.rights, self.place),)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """Itself, as the one of several that it could be."""
        return (self,)


class NoPlan(Frozen):
    """Why there is nothing to ask approval for; `already` when the flow is as wanted."""

    why: str
    already: bool = False


def differences(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> list[Difference]:
    """The writable fields whose values differ, identity left out."""
    names = (name for name, field in BY_NAME.items() if field.use is Use.WRITABLE)
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return [Difference(name, old, new) for name, old, new in pairs if old != new or type(old) is not type(new)]


def rights_of(change: Change) -> frozenset[Right]:
    """The rights that a change needs."""
    if isinstance(change, Delete):
        return frozenset({Right.DELETE})
    touched = {field.right for name in change.body if (field := BY_NAME.get(name)) and field.use is Use.WRITABLE}
    return frozenset(touched | ({Right.CREATE} if isinstance(change, Create) else set()))


def rights_asked(asked: Asking) -> frozenset[Right]:
    """The rights that a change takes, as far as that can be told without the flow."""
    body: Wire = {edit.field: edit.value for edit in getattr(asked, "edits", ())}
    if isinstance(asked, CreateFlow):
        return rights_of(Create(body={"enabled": True} | body))
    return rights_of(Delete() if isinstance(asked, DeleteFlow) else Patch(body=body))


def make_plan(ref: FlowRef, asked: Asking, current: Wire | None) -> Plan | NoPlan:
    """The plan for what was asked, from the flow as it is now (None: there is none)."""
    if isinstance(asked, CreateFlow):
        return _create(ref, asked, current)
    if current is None:
        return NoPlan(why=_absent(ref, asked), already=isinstance(asked, DeleteFlow))
    if isinstance(asked, UpdateFlow):
        return _update(ref, asked, current)
    return _plan(ref, Delete(), current)


def _plan(ref: FlowRef, change: Change, current: Wire | None) -> Plan:
    before = None if current is None else writable(current)
    return Plan(ref=ref, change=change, before=before, after=apply(before or {}, change))


def _absent(ref: FlowRef, asked: Asking) -> str:
    if isinstance(asked, DeleteFlow):
        return f"There is no flow {ref.pair} on {ref.service_path}, so there is nothing to delete."
    return f"There is no flow {ref.pair} on {ref.service_path}. To make it: `/flow create {ref.pair}`."


def _create(ref: FlowRef, asked: CreateFlow, current: Wire | None) -> Plan | NoPlan:
    if current is not None:
        return NoPlan(why=f"The flow {ref.pair} exists already on {ref.service_path}. "
                          f"To change it: `/flow update {ref.pair} field=value`.")  # fmt: skip
    try:
        values = _resolve(asked.edits, {})
    except UnclearError as unclear:
        return NoPlan(why=str(unclear))
    body: Wire = {"source_cluster": ref.source, "target_cluster": ref.target, "enabled": True}
    body |= {key: value for key, value in values.items() if not is_clear(key, value)}
    return _checked(_plan(ref, Create(body=body), None), creating=True)


def _update(ref: FlowRef, asked: UpdateFlow, current: Wire) -> Plan | NoPlan:
    try:
        values = _resolve(asked.edits, current)
    except UnclearError as unclear:
        return NoPlan(why=str(unclear))
    body = {key: value for key, value in values.items() if not holds(current, Patch(body={key: value}))}
    if not body:
        return NoPlan(why=f"Nothing to do: {ref.pair} is already so.", already=True)
    return _checked(_plan(ref, Patch(body=body), current), creating=False)


def _checked(plan: Plan, *, creating: bool) -> Plan | NoPlan:
    problems = list(body_problems(plan.change.body, creating=creating))
    return NoPlan(why="; ".join(problems)) if problems else plan


class UnclearError(Exception):
    """An edit whose effect would surprise; the text says why and what to write instead."""


def _resolve(edits: Iterable[Edit], current: Mapping[str, JsonValue]) -> Wire:
    """The values that the edits lead to, by wire name. Raises UnclearError."""
    values: Wire = {}
    for edit in edits:
        field = BY_NAME[edit.field]
        _check_spelling(field, current)
        if edit.operator is Operator.SET:
            values[field.name] = edit.value
        else:
            known = values.get(field.name, current.get(field.name))
            values[field.name] = _edited(field, edit, _as_list(known), current)
    return values


def _check_spelling(field: Field, current: Mapping[str, JsonValue]) -> None:
    spelling = exclusion_key(current)
    if field.name in EXCLUSION_SPELLINGS and spelling != field.name:
        raise UnclearError(
            f"This flow keeps its exclusion list as `{spelling}`. I write `{field.name}` only, and what Aiven does "
            "with two lists is not known; move the list in the Aiven Console first."
        )


def _as_list(value: JsonValue) -> list[JsonValue]:
    """A list field or a comma list as a list; absent is empty."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return list(value) if isinstance(value, list) else []


def _edited(field: Field, edit: Edit, known: list[JsonValue], current: Mapping[str, JsonValue]) -> JsonValue:
    """The list after `+=` or `-=`."""
    # The default of topics means every topic; it is no list that one could add to.
    base = known if field.name == "topics" else known or _as_list(field.default)
    items = _as_list(edit.value)
    if field.name == "topics" and not known and current:
        raise UnclearError(
            f"This flow has no topic list, so it replicates every topic; `{field.spoken}{edit.operator}` would narrow "
            f"it to a list. If you want that, write the whole list: `{field.spoken}=…`."
        )
    result = _added(base, items) if edit.operator is Operator.ADD else _removed(field, base, items)
    if not result:
        raise UnclearError(f"That would leave {field.spoken} empty, which means {_empty_means(field)}. "
                           f"If you want that, write `{field.spoken}=`.")  # fmt: skip
    return ",".join(map(str, result)) if field.type is Type.COMMA else result


def _added(base: list[JsonValue], items: list[JsonValue]) -> list[JsonValue]:
    return base + [item for item in dict.fromkeys(map(str, items)) if item not in base]


def _removed(field: Field, base: list[JsonValue], items: list[JsonValue]) -> list[JsonValue]:
    if missing := [str(item) for item in items if item not in base]:
        has = ", ".join(map(str, base)) or "nothing"
        raise UnclearError(f"{', '.join(missing)} is not in {field.spoken}; it holds {has}.")
    return [item for item in base if item not in items]


def _empty_means(field: Field) -> str:
    return "every topic" if field.name == "topics" else "the default list"
