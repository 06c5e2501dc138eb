"""What the orchestrator did wrong, as statuses like those of any monitoring check.

Nothing of it is in InfluxDB: whoever looks at the orchestrator records both its troubles and their
end, so no silence ends such an incident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.instants import to_nanoseconds
from influx_pipelines.alerts.levels import Level
from influx_pipelines.alerts.models import AlertSeries, Incident
from influx_pipelines.alerts.statuses import Status, storable

TYPE = "orchestrator"
MAX_MESSAGE = 1_000


def status_of(
    organisation: str,
    check: str,
    level: Level,
    message: str,
    time: datetime,
    tags: Mapping[str, str],
) -> Status:
    """A status of the check `orchestrator:<check>`; the same trouble has the same time again."""
    return Status(
        organisation=organisation,
        check_id=f"{TYPE}:{check}",
        check_name=check,
        check_type=TYPE,
        level=level,
        message=storable(message)[:MAX_MESSAGE],
        status_time=to_nanoseconds(time),
        tags=storable(tags),
        origin="orchestrator",
    )


def going_on(session: Session, organisation: str, check: str) -> Sequence[Mapping[str, str]]:
    """The tags of the series of a check whose incident is not over."""
    query = (
        select(AlertSeries.tags)
        .join(Incident, Incident.series_id == AlertSeries.id)
        .where(AlertSeries.organisation == organisation, Incident.state != "resolved")
        .where(AlertSeries.check_id == f"{TYPE}:{check}")
    )
    return session.scalars(query).all()
