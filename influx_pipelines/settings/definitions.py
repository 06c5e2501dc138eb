"""The settings that are read when the definitions are loaded."""

from __future__ import annotations

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from influx_pipelines.settings.names import ours


class DefinitionSettings(BaseSettings):
    """The few settings that shape the definitions; none of them is a secret."""

    # The prefix keeps a field's bare name from being read: `HOME` is everybody's variable.
    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, populate_by_name=True, env_prefix="INFLUX_PIPELINES_"
    )

    automation: Literal["running", "stopped"] = Field(
        "stopped",
        validation_alias=ours("AUTOMATION"),
        description="Whether schedules and sensors start by themselves (`make up` sets `running`).",
    )
    executor: Literal["in_process", "multiprocess", "celery"] = Field(
        "in_process",
        validation_alias=ours("EXECUTOR"),
        description="How the steps of a run are executed: `in_process`, `multiprocess`, `celery`.",
    )
    worker_silence: float = Field(
        60.0,
        ge=5,
        validation_alias=ours("WORKER_SILENCE"),
        description="Seconds without a sign of life after which another Celery worker takes the "
        "steps of one.",
    )
    owner: str = Field(
        "team:platform",
        validation_alias=ours("OWNER"),
        description="Owner of every asset: an e-mail address or `team:name`.",
    )
    weather_since: date = Field(
        date(2025, 1, 1),
        ge=date(1940, 1, 1),
        validation_alias=ours("WEATHER_SINCE"),
        description="First day of the partitions of weather history, 1940-01-01 or later.",
    )
    backup_zone: str = Field(
        "Asia/Singapore",
        validation_alias=ours("BACKUP_ZONE"),
        description="Time zone of the nightly backup at 23:59, a name like `Europe/Berlin`.",
    )
    runbooks: str = Field(
        "docs/runbooks",
        validation_alias=ours("RUNBOOKS"),
        description="Where the pages of asset checks are: the folder, or its address on your Git "
        "server, so that Dagster's page links to them.",
    )

    @field_validator("backup_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):  # a name that is nowhere is a KeyError
            raise ValueError(f"{value!r} is no time zone, such as Europe/Berlin") from None
        return value
