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
    alert_after_failures: int = Field(
        2,
        ge=1,
        validation_alias=ours("ALERT_AFTER_FAILURES"),
        description="Failed runs in a row of one asset or job after which somebody is told.",
    )
    stuck_queued_minutes: int = Field(
        30,
        ge=1,
        validation_alias=ours("STUCK_QUEUED_MINUTES"),
        description="Minutes that a run may wait in the queue before somebody is told.",
    )
    stuck_started_minutes: int = Field(
        130,
        ge=1,
        validation_alias=ours("STUCK_STARTED_MINUTES"),
        description="Minutes that a run may take before somebody is told; longer where its own "
        "`dagster/max_runtime` is.",
    )
