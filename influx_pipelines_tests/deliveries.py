"""What a real InfluxDB 2.9.1 was seen to send and to write, in seventeen situations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from influx_pipelines.alerts.instants import to_nanoseconds
from influx_pipelines.alerts.readback import Row

FOLDER = Path(__file__).parent / "fixtures" / "deliveries"


def situations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and recording: `requests` as they arrived, `statuses` as `_monitoring` had them."""
    for path in sorted(FOLDER.glob("*.json")):
        yield path.stem, json.loads(path.read_text())


def posted(recording: dict[str, Any]) -> list[dict[str, Any]]:
    """The bodies that are statuses: a message of Slack's format is none."""
    bodies = (request["body"] for request in recording["requests"])
    return [body for body in bodies if body and "_check_id" in body]


def rows(recording: dict[str, Any]) -> list[Row]:
    """The statuses as rows that are read back."""
    tags = set(recording["schema"]["tags"])
    made = []
    for status in recording["statuses"]:
        time = to_nanoseconds(datetime.fromisoformat(status["_time"]))
        own = {name: value for name, value in status.items() if name in tags}
        fields = {
            name: value
            for name, value in status.items()
            if name not in tags and name not in ("_time", "_measurement")
        }
        made.append(Row(time, "statuses", own, fields))
    return made
