"""The settings of the alerts."""

from __future__ import annotations

from pydantic import Field, SecretStr

from influx_pipelines.settings.definitions import DefinitionSettings
from influx_pipelines.settings.names import ours


class AlertSettings(DefinitionSettings):
    """Where alerts are kept, for how long, and where the tasks' findings are."""

    alerts_url: SecretStr | None = Field(
        None,
        validation_alias=ours("ALERTS_URL"),
        description="Database of the alerts, `postgresql://user:password@host/alerts`. Unset: a "
        "SQLite file below the home folder.",
    )
    findings_bucket: str = Field(
        "multiapp_",
        validation_alias=ours("FINDINGS_BUCKET"),
        description="Bucket to which the tasks of the applications write what they found.",
    )
    keep_alerts_days: int = Field(
        90,
        ge=8,
        validation_alias=ours("KEEP_ALERTS_DAYS"),
        description="Days that statuses and resolved incidents are kept; InfluxDB keeps 7.",
    )
