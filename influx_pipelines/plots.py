"""Pictures for asset metadata: small PNGs, made without a display and without global state."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from PIL.Image import Image

MAX_BYTES = 100_000
MAX_SERIES = 8
MAX_ROWS = 15
LONGEST_LABEL = 40
NARROWEST = 0.005  # part of a timeline that a bar takes at least
SIZE = (7.0, 2.6)
SMALL = (4.5, 1.8)
DPI = 90
FEW = 30  # points of a line that are shown as dots, too: one alone would not be seen

Points = Sequence[tuple[datetime, float | None]]


def line_plot(
    series: Mapping[str, Points],
    *,
    title: str,
    unit: str,
    span: tuple[datetime, datetime] | None = None,
) -> bytes:
    """Lines over time; a None breaks a line, more than eight series are cut with a note.

    Args:
        series: times and values by name.
        title: above the picture.
        unit: beside it.
        span: the first and last time to show; None is as far as there are points.
    """
    from matplotlib.dates import date2num

    def draw(axes: Axes) -> None:
        axes.xaxis_date()
        for name, points in list(series.items())[:MAX_SERIES]:
            times = [time for time, _ in points]
            values = [float("nan") if value is None else value for _, value in points]
            dots = "." if len(points) <= FEW else ""
            axes.plot(date2num(times), values, dots + "-", label=name, linewidth=1.4)  # type: ignore[no-untyped-call]
        if span is not None:
            axes.set_xlim(*date2num(span))  # type: ignore[no-untyped-call]

    shown = {name: points for name, points in series.items() if points}
    return _picture(draw if shown else None, title, unit, len(series), SIZE, dates=True)


def bar_plot(
    values: Mapping[str, float],
    *,
    title: str,
    unit: str,
    limit: float | None = None,
    size: tuple[float, float] = SIZE,
) -> bytes:
    """A bar a name, the first eight; a limit is a line across them."""

    def draw(axes: Axes) -> None:
        names = list(values)[:MAX_SERIES]
        axes.barh(names, [values[name] for name in names], height=0.6)
        axes.invert_yaxis()
        if limit is not None:
            axes.axvline(limit, color="0.3", linestyle="--", linewidth=1.0)

    return _picture(draw if values else None, title, unit, len(values), size, dates=False)


Span = tuple[datetime, datetime, str]  # start, end, colour


def timeline(
    rows: Mapping[str, Sequence[Span]], *, title: str, start: datetime, stop: datetime
) -> bytes:
    """Bars over the time from start to stop, a row a name; more than fifteen rows are cut.

    What was too short to be seen is drawn as wide as can be seen.
    """
    from matplotlib.dates import date2num

    shown = dict(list(rows.items())[:MAX_ROWS])
    rest = f" (first {MAX_ROWS} of {len(rows)})" if len(rows) > MAX_ROWS else ""

    def draw(axes: Axes) -> None:
        first, last = date2num(start), date2num(stop)  # type: ignore[no-untyped-call]
        axes.xaxis_date()
        axes.set_xlim(first, last)
        axes.set_axisbelow(True)
        for place, spans in enumerate(shown.values()):
            for begun, ended, colour in spans:
                left, right = date2num(begun), date2num(ended)  # type: ignore[no-untyped-call]
                width = max(right - left, NARROWEST * (last - first))
                axes.barh(place, width, left=min(left, last - width), height=0.6, color=colour)
        axes.set_yticks(range(len(shown)), [name[:LONGEST_LABEL] for name in shown])
        axes.invert_yaxis()

    return _picture(draw if shown else None, title + rest, "", 0, SIZE, dates=True)


def _picture(  # type: ignore[no-untyped-def]
    draw,  # noqa: ANN001
    title: str,
    unit: str,
    count: int,
    size: tuple[float, float],
    *,
    dates: bool,
) -> bytes:
    # Imported here: loading the code location must not load matplotlib.
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=10, loc="left")
    if draw is None:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", color="0.5", fontsize=14)
        axes.set_axis_off()
    else:
        draw(axes)
        _decorate(axes, unit, count, dates=dates)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    return _png(Image.fromarray(np.asarray(canvas.buffer_rgba())))  # type: ignore[no-untyped-call]


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


def stacked(pictures: Sequence[bytes]) -> bytes:
    """Pictures of one width below each other, as one."""
    from PIL import Image

    parts = [Image.open(io.BytesIO(one)).convert("RGB") for one in pictures]
    whole = Image.new("RGB", (parts[0].width, sum(part.height for part in parts)))
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    return _png(whole)


def _png(image: Image) -> bytes:
    """A PNG with a palette: a third of the size, and the event log keeps it for ever.

    The palette covers all colours, also one that only a thin line has.
    """
    from PIL.Image import Dither, Quantize

    out = io.BytesIO()
    small = image.convert("RGB").quantize(256, Quantize.MAXCOVERAGE, dither=Dither.NONE)
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def markdown_image(png: bytes, alt: str) -> str:
    """The picture as Markdown that needs no file.

    Raises:
        ValueError: it is too large for the event log, which keeps it for ever.
    """
    if len(png) > MAX_BYTES:
        raise ValueError(f"a picture of {len(png):,} bytes is too large for metadata")
    return f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})"
