from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image, ImageColor

from influx_pipelines import plots

START = datetime(2020, 1, 1, tzinfo=UTC)
PNG = b"\x89PNG"


def points(count: int) -> list[tuple[datetime, float | None]]:
    return [(START + timedelta(minutes=n), None if n == 3 else float(n)) for n in range(count)]


def test_a_plot_is_a_small_png() -> None:
    series = {f"s{n}": points(500) for n in range(20)}
    png = plots.line_plot(series, title="Title", unit="%")
    assert png.startswith(PNG)
    assert len(png) < plots.MAX_BYTES


def test_thin_lines_keep_their_colors_in_the_palette() -> None:
    """The most frequent colours alone made red and grey lines of orange and blue ones."""
    series = {f"s{n}": points(2) for n in range(8)}
    span = (START - timedelta(days=1), START + timedelta(hours=1))
    png = plots.line_plot(series, title="Title", unit="%", span=span)
    found = Image.open(io.BytesIO(plots.stacked([png] * 3))).convert("RGB").getcolors(10_000)
    assert found is not None
    for color in ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2"):
        wanted = ImageColor.getrgb(color)
        near = min(max(abs(a - b) for a, b in zip(wanted, c, strict=True)) for _, c in found)
        assert near < 10, color


@pytest.mark.parametrize("series", [{}, {"a": []}])
def test_without_points_a_plot_says_so(series: dict[str, plots.Points]) -> None:
    empty = plots.line_plot(series, title="Title", unit="%")
    assert empty.startswith(PNG)
    assert empty != plots.line_plot({"a": points(5)}, title="Title", unit="%")


def test_bars_are_drawn_too() -> None:
    assert plots.bar_plot({"a": 1.0, "b": 2.5}, title="Title", unit="points").startswith(PNG)


def test_a_timeline_is_cut_after_fifteen_rows_and_shows_the_whole_time() -> None:
    """An incident of seconds filled the picture of three days."""
    span = (START, START + timedelta(seconds=9), "#c0392b")
    whole = {"title": "Title", "start": START - timedelta(days=3), "stop": START}
    png = plots.timeline({f"row {n}": [span, span] for n in range(40)}, **whole)
    assert png.startswith(PNG)
    assert len(png) < plots.MAX_BYTES
    assert plots.timeline({}, **whole) != png
    near = {**whole, "start": START - timedelta(minutes=1)}
    assert plots.timeline({"row": [span]}, **near) != plots.timeline({"row": [span]}, **whole)


def test_a_picture_becomes_markdown_that_needs_no_file() -> None:
    assert plots.markdown_image(PNG, "alt").startswith("![alt](data:image/png;base64,iVBOR")


def test_a_picture_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        plots.markdown_image(b"x" * (plots.MAX_BYTES + 1), "alt")
