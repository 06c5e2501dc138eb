"""What the server says of a plan before anything is sent: it reads scripts, and changes nothing."""

from __future__ import annotations

from dataclasses import replace

from influx_pipelines.estate.changes import Finding
from influx_pipelines.estate.kinds import BY_NAME
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx


def judged(planned: Plan, client: Influx) -> Plan:
    """The plan with a finding for each change that the server would refuse; a request a script.

    Raises:
        InfluxError: the server did not answer.
    """
    found = []
    for name in dict.fromkeys(change.kind for change in planned.changes):
        changes = [change for change in planned.changes if change.kind == name]
        for change, text in BY_NAME[name].refused(changes, client):
            place = f" ({change.place})" * bool(change.place)
            found.append(Finding(name, change.name, "refused", f"the server says: {text}{place}"))
    return replace(planned, findings=(*planned.findings, *found))
