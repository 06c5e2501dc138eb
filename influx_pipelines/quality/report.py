"""One page with a picture of each thing that the sources wrote in the last day."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from influx_pipelines import plots
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.quality import queries
from influx_pipelines.quality.source import DAY, Shown, Source

WINDOW = timedelta(minutes=15)
HOURLY = timedelta(hours=1)
SAMPLE = "SAMPLE, made up: "
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Ingest, {when}</title>
<style>
body {{ font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 44em; }}
img {{ width: 100%; }}
</style>
<h1>The last day of every source</h1>
<p>{when} UTC</p>
{sections}
</html>
"""


@dataclass(frozen=True)
class Panel:
    """A picture of a source; `points` are those that it shows."""

    source: str
    title: str
    png: bytes
    points: int


def panels(client: Influx, bucket: str, source: Source, now: datetime) -> list[Panel]:
    """The pictures of a source's last day; an optional one may have a sample instead, or none.

    Raises:
        InfluxError: a query failed.
    """
    found = [_panel(client, bucket, source, shown, now) for shown in source.shown]
    if not source.optional or any(panel.points for panel in found):
        return found
    if not source.sample:
        return []
    try:
        made_up = [
            _panel(client, source.sample, source, replace(shown, title=SAMPLE + shown.title), now)
            for shown in source.shown
        ]
    except NotFound:  # a sample is only on a server that we started
        return []
    return [panel for panel in made_up if panel.points]


def _panel(client: Influx, bucket: str, source: Source, shown: Shown, now: datetime) -> Panel:
    every = HOURLY if shown.fn == "count" else WINDOW
    values = queries.lines(client, bucket, shown, now - DAY, now, every)
    series = {name: sorted(line.items()) for name, line in sorted(values.items())}
    title, span = f"{source.name}: {shown.title}", (now - DAY, now)
    png = plots.line_plot(series, title=title, unit=shown.unit, span=span)
    return Panel(source.name, shown.title, png, sum(map(len, series.values())))


def html(found: Sequence[Panel], now: datetime) -> str:
    """The page, with its pictures in it."""
    sections = []
    for source in dict.fromkeys(panel.source for panel in found):
        images = "\n".join(
            f'<img alt="{escape(panel.title)}" '
            f'src="data:image/png;base64,{base64.b64encode(panel.png).decode()}">'
            for panel in found
            if panel.source == source
        )
        sections.append(f"<h2>{escape(source)}</h2>\n{images}")
    when = now.strftime("%Y-%m-%d %H:%M")
    return PAGE.format(when=when, sections="\n".join(sections))


def write(folder: Path, found: Sequence[Panel], now: datetime) -> list[Path]:
    """Write the page as HTML and as one picture, in the place of the ones before."""
    folder.mkdir(parents=True, exist_ok=True)
    page, picture = folder / "ingest.html", folder / "ingest.png"
    for path, content in (
        (page, html(found, now).encode()),
        (picture, plots.stacked([panel.png for panel in found])),
    ):
        new = path.with_suffix(path.suffix + ".new")
        new.write_bytes(content)
        new.replace(path)
    return [page, picture]
