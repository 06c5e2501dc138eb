"""One delivery as a message: title, text, colour, delivery id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from influx_pipelines.alerts.delivery.config import Texts
from influx_pipelines.alerts.delivery.texts import in_words, render
from influx_pipelines.alerts.instants import utc_now
from influx_pipelines.alerts.models import Delivery, Notice

# So that every service takes it in one piece.
LONGEST_TEXT, LONGEST_TITLE = 1_500, 200
# Slack's names of its colours, as the notifier tasks of InfluxDB send them.
COLOURS = {"ok": "good", "info": "#439FE0", "unknown": "warning", "warn": "warning"}
WORST = "danger"


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel gets; `level` is ok for the end of an incident."""

    delivery_id: str
    kind: str
    level: str
    title: str
    text: str
    happened_at: datetime

    @property
    def colour(self) -> str:
        """Slack's name of the colour, or its hexadecimal digits."""
        return COLOURS.get(self.level, WORST)

    @property
    def footer(self) -> str:
        """By this a repeated message is recognised."""
        return f"delivery {self.delivery_id}"


def message_of(delivery: Delivery, texts: Texts) -> Message:
    """The message of a delivery with its notice, incident and series loaded."""
    notice = delivery.notice
    values = _values(notice)
    title = _cut(" ".join(render(texts.title, values).split()), LONGEST_TITLE)
    text = _cut(render(getattr(texts, notice.kind), values), LONGEST_TEXT)
    return Message(
        delivery_id=delivery.delivery_id,
        kind=notice.kind,
        level="ok" if notice.kind == "resolved" else notice.level,
        title=title,
        text=text if text.strip() else title,  # services refuse an empty one
        happened_at=notice.happened_at,
    )


def sample_message(delivery_id: str) -> Message:
    """A message that tries a channel."""
    text = "A test of this channel by `influx-pipelines alerts test-delivery`; nothing is wrong."
    return Message(delivery_id, "test", "ok", "test of a channel", text, utc_now())


def _values(notice: Notice) -> Mapping[str, Any]:
    incident = notice.incident
    return {
        "message": notice.message,
        "kind": notice.kind,
        "number": notice.number,
        "level": notice.level,
        "peak_level": incident.peak_level,
        "check": incident.series.check_name,
        "tags": dict(incident.series.tags),
        "incident": incident.id,
        "opened": incident.opened_at,
        "happened": notice.happened_at,
        "lasted": in_words(notice.happened_at - incident.opened_at),
        "resolution": incident.resolution,
    }


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
