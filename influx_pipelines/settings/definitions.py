"""The settings that are read when the definitions are loaded."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field
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
    executor: Literal["in_process", "multiprocess"] = Field(
        "in_process",
        validation_alias=ours("EXECUTOR"),
        description="How the steps of a run are executed.",
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
