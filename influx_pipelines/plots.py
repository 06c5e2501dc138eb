"""Pictures for asset metadata: small PNGs, made without a display and without global state."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_BYTES = 100_000
MAX_SERIES = 8
MAX_ROWS = 15
LONGEST_LABEL = 40
SIZE = (7.0, 2.6)
DPI = 90

Points = Sequence[tuple[datetime, float | None]]


def line_plot(series: Mapping[str, Points], *, title: str, unit: str) -> bytes:
    """Lines over time; a None breaks a line, more than eight series are cut with a note."""
    from matplotlib.dates import date2num

    def draw(axes: Axes) -> None:
        axes.xaxis_date()
        for name, points in list(series.items())[:MAX_SERIES]:
            times = [time for time, _ in points]
            values = [float("nan") if value is None else value for _, value in points]
            axes.plot(date2num(times), values, label=name, linewidth=1.4)  # type: ignore[no-untyped-call]

    shown = {name: points for name, points in series.items() if points}
    return _picture(draw if shown else None, title, unit, len(series), dates=True)


def bar_plot(values: Mapping[str, float], *, title: str, unit: str) -> bytes:
    """A bar a name."""

    def draw(axes: Axes) -> None:
        names = list(values)[:MAX_SERIES]
        axes.barh(names, [values[name] for name in names], height=0.6)
        axes.invert_yaxis()

    return _picture(draw if values else None, title, unit, len(values), dates=False)


Span = tuple[datetime, datetime, str]  # start, end, colour


def timeline(rows: Mapping[str, Sequence[Span]], *, title: str) -> bytes:
    """Bars over time, a row a name; more than fifteen rows are cut with a note."""
    from matplotlib.dates import date2num

    shown = dict(list(rows.items())[:MAX_ROWS])
    rest = f" (first {MAX_ROWS} of {len(rows)})" if len(rows) > MAX_ROWS else ""

    def draw(axes: Axes) -> None:
        axes.xaxis_date()
        axes.set_axisbelow(True)
        for place, spans in enumerate(shown.values()):
            for start, end, colour in spans:
                left, right = date2num(start), date2num(end)  # type: ignore[no-untyped-call]
                axes.barh(place, max(right - left, 1e-4), left=left, height=0.6, color=colour)
        axes.set_yticks(range(len(shown)), [name[:LONGEST_LABEL] for name in shown])
        axes.invert_yaxis()

    return _picture(draw if shown else None, title + rest, "", 0, dates=True)


def _picture(draw, title: str, unit: str, count: int, *, dates: bool) -> bytes:  # type: ignore[no-untyped-def] # noqa: ANN001
    # Imported here: loading the code location must not load matplotlib.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=10, loc="left")
    if draw is None:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", color="0.5", fontsize=14)
        axes.set_axis_off()
    else:
        draw(axes)
        _decorate(axes, unit, count, dates=dates)
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _decorate(axes: Axes, unit: str, count: int, *, dates: bool) -> None:
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    if not dates:
        axes.set_xlabel(unit, fontsize=8)
        return
    axes.set_ylabel(unit, fontsize=8)
    axes.tick_params(axis="x", rotation=0)
    if not count:
        return
    rest = f" (first {MAX_SERIES} of {count})" if count > MAX_SERIES else ""
    axes.legend(fontsize=7, loc="upper left", frameon=False, title=rest or None)


def markdown_image(png: bytes, alt: str) -> str:
    """The picture as Markdown that needs no file.

    Raises:
        ValueError: it is too large for the event log, which keeps it for ever.
    """
    if len(png) > MAX_BYTES:
        raise ValueError(f"a picture of {len(png):,} bytes is too large for metadata")
    return f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})"
