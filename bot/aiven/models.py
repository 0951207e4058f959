"""The shapes that are read from Aiven: only what is used, so that secrets in a reply are never kept."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MIRRORMAKER: str = "kafka_mirrormaker"
"""The `service_type` of a MirrorMaker service, and the `integration_type` that ties a cluster to it."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Service(_Read):
    """A service of a project."""

    service_name: str
    service_type: str = ""
    state: str = ""


class Integration(_Read):
    """A cluster that a MirrorMaker service reads from or writes to; flows name it by its alias."""

    service_integration_id: str | None = None
    integration_type: str = ""
    source_service: str | None = None
    source_endpoint: str | None = None
    dest_service: str | None = None
    enabled: bool = False
    active: bool = False
    user_config: dict[str, Any] | None = Field(None, repr=False)

    @property
    def alias(self) -> str | None:
        """The cluster alias, None when Aiven does not tell it."""
        alias = (self.user_config or {}).get("cluster_alias")
        return alias if isinstance(alias, str) else None


class Me(_Read):
    """Who the token belongs to."""

    user: str = ""
