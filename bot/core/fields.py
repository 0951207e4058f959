"""THE table of the fields of a MirrorMaker 2 replication flow.

The grammar, the forms, the diff, the API bodies, the validation, the exports, the help and the Aiven simulator all read
this table; a new field is one new row. Names, limits and defaults follow Aiven's OpenAPI document (2025-04-09),
aiven/go-client-codegen v0.214.0 and the acceptance tests of terraform-provider-aiven (2026-08).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from bot.core.rights import Right

ALIAS_PATTERN: Final = r"[A-Za-z0-9._-]+"
"""Alphabet of a cluster alias (aiven/go-api-schemas, integration `cluster_alias`)."""

ALIAS_MAX_LENGTH: Final = 128
LIST_MAX_ITEMS: Final = 8192

POLICY_PACKAGE: Final = "org.apache.kafka.connect.mirror."
DEFAULT_POLICY: Final = f"{POLICY_PACKAGE}DefaultReplicationPolicy"
IDENTITY_POLICY: Final = f"{POLICY_PACKAGE}IdentityReplicationPolicy"

MIRRORMAKER_EXCLUSIONS: Final = (r".*[\-\.]internal", r".*\.replica", "__.*")
"""What MirrorMaker excludes by itself when a flow has no exclusion list (Apache Kafka, `DefaultTopicFilter`)."""

KAFKA_CONFIG_EXCLUSIONS: Final = (
    r"follower\.replication\.throttled\.replicas, leader\.replication\.throttled\.replicas, "
    r"message\.timestamp\.difference\.max\.ms, message\.timestamp\.type, "
    r"unclean\.leader\.election\.enable, min\.insync\.replicas"
)
"""Kafka's default of `config.properties.exclude`."""


class Type(StrEnum):
    """JSON type of a field on the wire; `COMMA` is one string that holds a comma separated list."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    ENUM = "enum"
    LIST = "list"
    COMMA = "comma list"


class Use(StrEnum):
    """Where a field may appear: `IDENTITY` in POST and the path, `WRITABLE` in POST and PUT, `READ_ONLY` in replies."""

    IDENTITY = "identity"
    WRITABLE = "writable"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a flow.

    `default` is the effective value when the key is absent (the API echoes only what was sent), `None` where Aiven's is
    unproven. `clear` is the value that removes the key in a PUT, `None` where a set value cannot be unset. `right` is
    what changing the field needs. `hcl` is the attribute of `aiven_mirrormaker_replication_flow`, `None` if none.
    """

    name: str
    type: Type
    label: str
    help: str
    right: Right = Right.TUNE
    use: Use = Use.WRITABLE
    aliases: tuple[str, ...] = ()
    default: JsonValue = None
    clear: list[JsonValue] | str | None = None
    enum: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    max_items: int | None = None
    max_length: int | None = None
    required: bool = False
    hcl: str | None = None

    @property
    def spoken(self) -> str:
        """The name as it is typed and shown in chat: the shortest alias, else the wire name with hyphens."""
        return self.aliases[0] if self.aliases else self.name.replace("_", "-")


def _cluster(name: str, label: str, text: str) -> Field:
    return Field(
        name=name, type=Type.STRING, label=label, help=text, right=Right.CREATE, use=Use.IDENTITY,
        max_length=ALIAS_MAX_LENGTH, required=True, hcl=name,
    )  # fmt: skip


def _switch(name: str, *aliases: str, label: str, text: str, default: bool | None) -> Field:
    return Field(name=name, type=Type.BOOLEAN, label=label, help=text, aliases=aliases, default=default, hcl=name)


def _patterns(
    name: str, *aliases: str, label: str, text: str, default: list[JsonValue] | None, hcl: str | None
) -> Field:
    return Field(
        name=name, type=Type.LIST, label=label, help=text, aliases=aliases, right=Right.EDIT, default=default,
        clear=[], max_items=LIST_MAX_ITEMS, hcl=hcl,
    )  # fmt: skip


FIELDS: Final = (
    _cluster("source_cluster", "Source cluster", "alias of the cluster that records are read from"),
    _cluster("target_cluster", "Target cluster", "alias of the cluster that records are written to"),
    Field(
        name="enabled", type=Type.BOOLEAN, label="Enabled", right=Right.OPERATE, required=True, hcl="enable",
        aliases=("enabled", "enable"), help="whether the flow runs; off keeps its definition and its offsets",
    ),
    _switch(
        "exactly_once_delivery_enabled", "exactly-once", "exactly-once-delivery", "eos", "exactlyonce",
        label="Exactly-once delivery", text="transactional writes to the target cluster", default=False,
    ),
    _patterns(
        "topics", "topics", "topic", label="Topics", default=[".*"], hcl="topics",
        text="topics to replicate, as names or Java regular expressions; empty means every topic",
    ),
    _patterns(
        "topics.blacklist", "exclude", "topics-blacklist", "topics_blacklist", "blacklist", "excludes",
        "topics-exclude",
        label="Excluded topics", default=list(MIRRORMAKER_EXCLUSIONS), hcl="topics_blacklist",
        text="topics never to replicate; wins over topics, and replaces MirrorMaker's own exclusions",
    ),
    _patterns(
        "topics.exclude", label="Excluded topics (old spelling)", default=None, hcl=None,
        text="second spelling of the exclusion list",
    ),
    _patterns(
        "topics_exclude", label="Excluded topics (new spelling)", default=None, hcl=None,
        text="third spelling of the exclusion list",
    ),
    Field(
        name="replication_policy_class", type=Type.ENUM, label="Replication policy", right=Right.EDIT,
        aliases=("policy", "replication-policy"), default=DEFAULT_POLICY, enum=(DEFAULT_POLICY, IDENTITY_POLICY),
        hcl="replication_policy_class",
        help="how remote topics are named: Default puts the source alias in front, Identity keeps the name",
    ),
    Field(
        name="replication_factor", type=Type.INTEGER, label="Replication factor", right=Right.EDIT, minimum=1,
        aliases=("factor",), hcl="replication_factor", help="replication factor of the topics that MirrorMaker creates",
    ),
    _switch(
        "sync_group_offsets_enabled", "group-offsets", "sync-group-offsets", "offset-sync", default=False,
        label="Group offset sync", text="write the translated offsets of consumer groups to the target cluster",
    ),
    Field(
        name="sync_group_offsets_interval_seconds", type=Type.INTEGER, label="Group offset sync interval", minimum=1,
        aliases=("group-offsets-interval", "sync-group-offsets-interval", "offset-sync-interval"), default=60,
        hcl="sync_group_offsets_interval_seconds", help="seconds between two group offset syncs",
    ),
    _switch(
        "emit_heartbeats_enabled", "heartbeats", "emit-heartbeats", label="Heartbeats", default=None,
        text="emit heartbeat records to the target cluster",
    ),
    _switch(
        "emit_backward_heartbeats_enabled", "backward-heartbeats", "emit-backward-heartbeats", default=None,
        label="Backward heartbeats", text="emit heartbeat records to the source cluster; needs write access there",
    ),
    Field(
        name="offset_syncs_topic_location", type=Type.ENUM, label="Offset syncs topic", right=Right.EDIT,
        aliases=("offset-syncs-location", "offset-syncs-topic"), default="source", enum=("source", "target"),
        hcl="offset_syncs_topic_location", help="the cluster on which the offset-syncs topic lives",
    ),
    Field(
        name="offset_lag_max", type=Type.INTEGER, label="Offset lag maximum", minimum=0, default=100,
        aliases=("offset-lag",), hcl="offset_lag_max",
        help="how many offsets a remote partition may be behind before a new offset sync",
    ),
    Field(
        name="config_properties_exclude", type=Type.COMMA, label="Excluded topic configs", right=Right.EDIT,
        aliases=("config-exclude", "exclude-configs"), default=KAFKA_CONFIG_EXCLUSIONS, clear="", max_length=2048,
        hcl="config_properties_exclude",
        help="topic configs that are not copied; replaces Kafka's list, unclean.leader.election.enable is always added",
    ),
    _switch(
        "follower_fetching_enabled", "follower-fetching", label="Follower fetching", default=True,
        text="read from a replica in the same availability zone where the source cluster allows it",
    ),
    Field(
        name="replication_progress", type=Type.NUMBER, label="Progress", right=Right.READ, use=Use.READ_ONLY,
        minimum=0, maximum=1, help="overall progress of the replication, 0 to 1",
    ),
)  # fmt: skip

BY_NAME: Final = {field.name: field for field in FIELDS}
WRITABLE: Final = tuple(field for field in FIELDS if field.use is Use.WRITABLE)
EXCLUSION_SPELLINGS: Final = ("topics.blacklist", "topics_exclude", "topics.exclude")
"""Reading order of the three spellings; only the first is ever written (it is the one Terraform and the CLI use)."""


def fold(name: str) -> str:
    """A field name as typed, folded so that case, underscores, hyphens and dots do not matter."""
    return name.lower().replace("_", "-").replace(".", "-")


def _spellings() -> dict[str, Field]:
    table: dict[str, Field] = {}
    for field in FIELDS:
        for spelling in (field.name, *field.aliases):
            table.setdefault(fold(spelling), field)
    return table


BY_SPELLING: Final = _spellings()
"""Folded spelling -> field. Every spelling of the exclusion list means `topics.blacklist`, the one that is written."""
