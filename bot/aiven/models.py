"""The shapes that are read from Aiven: only what is used, so that secrets in a reply are never kept.

Only a service's name has to be there; everything else may be absent, null or of another type, and then counts as not
told. Words that Aiven writes for people are scrubbed as they come in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from bot.aiven.replies import scrub
from bot.core.preflight.surroundings import Topic

MIRRORMAKER: str = "kafka_mirrormaker"
"""The `service_type` of a MirrorMaker service, and the `integration_type` that ties a cluster to it."""

SEVERITIES: Final = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
"""Of log lines, the worst first."""

_DELETING: Final = "DELETING"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _words(value: object) -> str:
    return scrub(value) if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    """A whole number, however it is written; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    """A moment as Aiven writes it, in UTC where no zone is said."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _sentences(value: object) -> list[str]:
    """Texts, scrubbed. Aiven lists some things as texts and others as objects with a `message`."""
    listed = value if isinstance(value, list) else []
    said = [each.get("message") if isinstance(each, dict) else each for each in listed]
    return [words for each in said if (words := _words(each))]


def _name(value: object) -> str | None:
    return _text(value) or None


Name = Annotated[str | None, BeforeValidator(_name)]
Text = Annotated[str, BeforeValidator(_text)]
Words = Annotated[str, BeforeValidator(_words)]
Count = Annotated[int | None, BeforeValidator(_whole)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Sentences = Annotated[tuple[str, ...], BeforeValidator(_sentences)]
Yes = Annotated[bool, BeforeValidator(lambda value: value is True)]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Node(_Read):
    """A node of a service. `state`: running, leaving, setting_up_vm, syncing_data, timing_out or unknown."""

    name: Text = ""
    state: Text = ""


class Update(_Read):
    """A maintenance update that waits for a service."""

    description: Words = ""
    deadline: Text = ""
    start_at: Text = ""
    start_after: Text = ""


class Maintenance(_Read):
    """What Aiven is going to do with a service."""

    updates: Annotated[tuple[Update, ...], BeforeValidator(_objects)] = ()


class Service(_Read):
    """A service of a project. `service_notifications`: what its owner should know, such as an end of life."""

    service_name: str
    service_type: Text = ""
    state: Text = ""
    update_time: Moment = None
    node_count: Count = None
    node_states: Annotated[tuple[Node, ...], BeforeValidator(_objects)] = ()
    maintenance: Annotated[Maintenance, BeforeValidator(_object)] = Maintenance()
    service_notifications: Sentences = ()

    @property
    def nodes(self) -> int | None:
        """How many nodes it has; None when Aiven does not tell."""
        return self.node_count if self.node_count is not None else len(self.node_states) or None


class Condition(_Read):
    """How an integration is. `status`: failed, inactive, running, starting or unknown."""

    status: Text = ""
    likely_error_cause: Text = ""
    errors: Sentences = ()


class Status(_Read):
    """How an integration is, and the sentence on it for people."""

    status_user_desc: Words = ""
    state: Annotated[Condition, BeforeValidator(_object)] = Condition()


class Integration(_Read):
    """A cluster that a MirrorMaker service reads from or writes to; flows name it by its alias."""

    service_integration_id: Name = None
    integration_type: Text = ""
    source_project: Name = None
    source_service: Name = None
    source_endpoint: Name = None
    source_endpoint_id: Name = None
    dest_service: Name = None
    enabled: Yes = False
    active: Yes = False
    user_config: Annotated[dict[str, Any], BeforeValidator(_object)] = Field({}, repr=False)
    integration_status: Annotated[Status, BeforeValidator(_object)] = Status()

    @property
    def alias(self) -> str | None:
        """The cluster alias, None when Aiven does not tell it."""
        alias = self.user_config.get("cluster_alias")
        return alias if isinstance(alias, str) else None


class LogLine(_Read):
    """A line of a service's log."""

    time: Moment = None
    hostname: Text = ""
    unit: Text = ""
    severity: Text = ""
    msg: Words = ""


class Event(_Read):
    """What somebody did in a project, as Aiven's own log has it."""

    time: Moment = None
    actor: Text = ""
    event_type: Text = ""
    service_name: Text = ""
    event_desc: Words = ""


class Me(_Read):
    """Who the token belongs to."""

    user: Text = ""


def topic(item: JsonValue) -> Topic | None:
    """A topic as a change is judged by it; None for what is none, and for one that is being deleted."""
    if not isinstance(item, dict) or not (name := _text(item.get("topic_name"))) or item.get("state") == _DELETING:
        return None
    return Topic(
        name=name,
        retention_hours=_limit(item.get("retention_hours")),
        retention_bytes=_limit(item.get("retention_bytes")),
        partitions=_whole(item.get("partitions")) or 1,
        replication=_whole(item.get("replication")) or 1,
        cleanup_policy=_text(item.get("cleanup_policy")),
    )


def _limit(value: object) -> int | None:
    """A limit of retention; -1 says that there is none."""
    limit = _whole(value)
    return None if limit is None or limit < 0 else limit
