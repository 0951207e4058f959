"""The environment -> Settings. Each setting is documented here, once; a missing or wrong one gets one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

from pydantic import AnyUrl, Field, SecretStr, TypeAdapter, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.grammar.mistake import WrongError
from bot.core.grammar.values import subject
from bot.store.connecting import SCHEMES

_URL: Final = TypeAdapter(AnyUrl)
_NO_WAY_IN: Final = "no_way_in"


class StoreSettings(BaseSettings):
    """Where the state is: all that `sluice audit` needs."""

    model_config = SettingsConfigDict(
        extra="ignore", hide_input_in_errors=True, env_ignore_empty=True, populate_by_name=True
    )

    redis_url: SecretStr | None = Field(
        None, validation_alias="REDIS_URL", description="Redis or Valkey; without it one is run in SLUICE_DATA_DIR"
    )
    data_dir: Path = Field(
        Path("sluice-data"), validation_alias="SLUICE_DATA_DIR", description="folder of the embedded Valkey"
    )

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(SCHEMES):
            msg = f"must begin with {', '.join(SCHEMES)}"
            raise ValueError(msg)
        return value


class Settings(StoreSettings):
    """What `sluice serve` is configured with. Secrets do not show in its text or in errors."""

    slack_bot_token: SecretStr = Field(
        validation_alias="SLACK_BOT_TOKEN", description="bot token of the Slack app (xoxb-…)"
    )
    slack_signing_secret: SecretStr | None = Field(
        None, validation_alias="SLACK_SIGNING_SECRET", description="signing secret: Slack sends to POST /slack/events"
    )
    slack_app_token: SecretStr | None = Field(
        None,
        validate_default=True,
        validation_alias="SLACK_APP_TOKEN",
        description="app-level token (xapp-…): Socket Mode",
    )
    slack_api_url: str = Field(
        "https://slack.com/api/", validation_alias="SLACK_API_URL", description="where Slack's Web API is"
    )
    aiven_token: SecretStr = Field(validation_alias="AIVEN_TOKEN", description="token of an Aiven application user")
    aiven_web_url: str = Field(
        "https://api.aiven.io", validation_alias="AIVEN_WEB_URL", description="where Aiven's API is, without /v1"
    )
    host: str = Field("0.0.0.0", validation_alias="SLUICE_HOST", description="address to listen on")  # noqa: S104
    port: int = Field(3000, validation_alias="SLUICE_PORT", ge=0, le=65535, description="port to listen on")
    metrics_port: int | None = Field(
        None, validation_alias="SLUICE_METRICS_PORT", ge=0, le=65535,
        description="port that tells metrics at /metrics, for Prometheus",
    )  # fmt: skip
    policy: Path | None = Field(
        None, validation_alias="SLUICE_POLICY", description="policy file (TOML), applied at the first start"
    )
    admins: str = Field("", validation_alias="SLUICE_ADMINS", description="first admins: Slack user ids, with commas")
    channel: str | None = Field(
        None, validation_alias="SLUICE_CHANNEL", description="channel id for cards; else where it was asked"
    )
    project: str | None = Field(None, validation_alias="SLUICE_PROJECT", description="Aiven project if none is said")
    service: str | None = Field(
        None, validation_alias="SLUICE_SERVICE", description="MirrorMaker service if none is said"
    )

    keep_days: int = Field(
        365, validation_alias="SLUICE_KEEP_DAYS", ge=1, le=36_500,
        description="how many days ended requests and the audit log are kept",
    )  # fmt: skip
    drain_seconds: int = Field(
        8, validation_alias="SLUICE_DRAIN_SECONDS", ge=0, le=600,
        description="how many seconds work in hand may take after SIGTERM; Docker waits ten",
    )  # fmt: skip
    identity_seconds: int = Field(
        60, validation_alias="SLUICE_IDENTITY_SECONDS", ge=0, le=3600,
        description="how long to believe what Slack says of people and user groups",
    )  # fmt: skip

    @field_validator("slack_api_url", "aiven_web_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        _URL.validate_python(value)
        if not value.startswith(("http://", "https://")):
            msg = "must begin with https:// or http://"
            raise ValueError(msg)
        if value.rstrip("/").endswith("/v1"):
            msg = "must not end with /v1; Sluice adds that"
            raise ValueError(msg)
        return value.rstrip("/") + "/" if value.rstrip("/").endswith("/api") else value

    @field_validator("admins")
    @classmethod
    def _are_users(cls, value: str) -> str:
        try:
            for word in filter(None, (part.strip() for part in value.split(","))):
                subject(word)
        except WrongError:
            msg = f"“{word}” is no Slack user id (U…)"
            raise ValueError(msg) from None
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _has_a_way_in(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("slack_signing_secret") is None:
            raise PydanticCustomError(
                _NO_WAY_IN,
                "SLACK_SIGNING_SECRET or SLACK_APP_TOKEN is missing: the signing secret for HTTP, "
                "or the app-level token (xapp-…) for Socket Mode",
            )
        return value

    @property
    def first_admins(self) -> list[str]:
        """The user ids in `admins`."""
        return [subject(part.strip()) for part in self.admins.split(",") if part.strip()]


_Kind = TypeVar("_Kind", bound=StoreSettings)


class SettingsError(Exception):
    """What is wrong with the environment: one line for each setting in `lines`."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load(kind: type[_Kind]) -> _Kind:
    """The settings of this kind in the environment. Raises SettingsError; no line shows what may be secret."""
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError([_line(str(each["loc"][0]) if each["loc"] else "", each["msg"], each["type"])
                             for each in error.errors(include_input=False)]) from None  # fmt: skip


def _line(name: str, message: str, kind: str) -> str:
    said = message.removeprefix("Value error, ")
    if kind == _NO_WAY_IN:
        return said
    if kind == "missing":
        described = next(
            field.description for field in Settings.model_fields.values() if field.validation_alias == name
        )
        return f"{name} is missing: {described}"
    return f"{name} is wrong: {said}"
