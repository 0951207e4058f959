"""A flow as HCL for `aiven_mirrormaker_replication_flow` (terraform-provider-aiven 4.61.0 and the release after it).

The provider differs from Aiven in what an attribute means that is not written; what is said here about that follows its
schemas and acceptance tests (2026-08).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Final

from pydantic import JsonValue

from bot.core.fields import BY_NAME, FIELDS, WRITABLE, Field, Type, Use
from bot.core.flow import Create, FlowRef, Wire, is_clear
from bot.core.plan import Plan
from bot.export import hcl

RESOURCE: Final = "aiven_mirrormaker_replication_flow"

_IDENTITY: Final = tuple(field for field in FIELDS if field.use is Use.IDENTITY)
_ATTRIBUTES: Final = tuple(field for field in WRITABLE if field.hcl)

_EXPORTED: Final = frozenset(field.name for field in (*_IDENTITY, *_ATTRIBUTES))

_NEEDED: Final = tuple(
    BY_NAME[name]
    # Two that provider 4.61.0 requires, and one that it sets to 1 where it is not written.
    for name in ("replication_policy_class", "offset_syncs_topic_location", "sync_group_offsets_interval_seconds")
)
_LEFT_ALONE: Final = BY_NAME["follower_fetching_enabled"]
_TURNED_OFF: Final = tuple(
    each for each in _ATTRIBUTES if each.type is Type.BOOLEAN and not each.required and each is not _LEFT_ALONE
)
"""What the provider sets to false where it is not written; one switch is only read then."""

_NEW: Final = BY_NAME["offset_lag_max"]
_WITHOUT_NEW: Final = "4.61.0"


def resource(ref: FlowRef, flow: Wire) -> str:
    """The flow as it is, with what imports it."""
    address, ident = f"{RESOURCE}.{label(ref)}", f"{ref.service_path}/{ref.source}/{ref.target}"
    known = {key: value for key, value in flow.items() if value is not None and not is_clear(key, value)}
    lines = [
        "# For Terraform before 1.5, which knows no import block:",
        f"#   terraform import {address} {quote(ident)}",
        *hcl.block("import", [hcl.Pair("to", address), hcl.Pair("id", hcl.quoted(ident))]),
        "",
        *hcl.block(f'resource "{RESOURCE}" "{label(ref)}"', [*_address(ref), *_pairs(known)], _remarks(known)),
    ]
    return "\n".join(lines)


def after(plan: Plan) -> str:
    """The flow as it is after the change; for a delete, what has to go."""
    if plan.after is None:
        return _removal(plan.ref)
    text = resource(plan.ref, plan.after)
    return f"{_TO_BE_MADE}\n{text}" if isinstance(plan.change, Create) else text


_TO_BE_MADE: Final = (
    "# The flow is not there yet. Import it once it is made; or cancel the request, leave the import block out, and\n"
    "# let Terraform make it."
)


def _removal(ref: FlowRef) -> str:
    lines = [
        "# The change deletes the flow. Remove the resource with these attributes from your configuration, and its",
        "# import block: as long as it stands there, Terraform makes the flow again.",
        *(f"#   {line}" for line in hcl.attributes(_address(ref))),
        "# If you remove it before the flow is gone, Terraform deletes the flow by itself, unless you first run",
        f"#   terraform state rm {RESOURCE}.{label(ref)}",
    ]
    return "\n".join(lines)


def label(ref: FlowRef) -> str:
    """The name of the resource: letters, digits and underscores, and no digit first."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", f"{ref.source}_to_{ref.target}")
    return f"flow_{name}" if name[0].isdigit() else name


def _address(ref: FlowRef) -> Iterator[hcl.Pair]:
    yield hcl.Pair("project", hcl.quoted(ref.project))
    yield hcl.Pair("service_name", hcl.quoted(ref.service))
    for field, alias in zip(_IDENTITY, (ref.source, ref.target), strict=True):
        yield hcl.Pair(str(field.hcl), hcl.quoted(alias))


def _pairs(flow: Mapping[str, JsonValue]) -> Iterator[hcl.Pair]:
    for field in _ATTRIBUTES:
        given = flow.get(field.name, field.default if field in _NEEDED else None)
        if given is not None and field is not _NEW:
            yield hcl.Pair(str(field.hcl), hcl.value(_for_provider(field, given)))


def _for_provider(field: Field, given: JsonValue) -> JsonValue:
    """The provider has a set where Aiven has one text. It splits at commas only, so blanks stay where they are."""
    if field.type is Type.COMMA and isinstance(given, str):
        return [*given.split(",")]
    return given


def _remarks(flow: Mapping[str, JsonValue]) -> Iterator[str]:
    """What the attributes do not say."""
    if _NEW.name in flow:
        yield f"A provider newer than {_WITHOUT_NEW} takes this too:"
        yield f"{_NEW.hcl} = {hcl.value(flow[_NEW.name])}"
    unset = [field for field in _TURNED_OFF if field.name not in flow]
    yield from _off("where that means off", [field for field in unset if field.default is False])
    yield from _off("which does not say what that means", [field for field in unset if field.default is not False])
    for name in sorted(flow.keys() - _EXPORTED):
        yield from _missing(name, flow[name])


def _off(meaning: str, fields: list[Field]) -> Iterator[str]:
    if fields:
        yield f"Not set on Aiven, {meaning}; Terraform plans to set to false:"
        yield f"  {', '.join(str(field.hcl) for field in fields)}"


def _missing(name: str, given: JsonValue) -> Iterator[str]:
    """A key of the flow that has no attribute."""
    field = BY_NAME.get(name)
    if field is None:
        yield f"Aiven has {hcl.quoted(name)} too, which is not known here."
    elif field.use is Use.WRITABLE:
        yield f"WARNING: the provider does not know {name}, by which this flow excludes topics that it would replicate:"
        yield f"  {hcl.in_line(hcl.value(given))}"
