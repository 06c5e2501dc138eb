"""What a cell of a dashboard can show, in the words of the server.

What a file leaves out is what the user interface of InfluxDB itself gives a new view: it does not
draw a graph without axes or colours. The server drops what it does not know, so that unknown keys
are refused here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from influx_pipelines.estate.kinds.fluxtext import FluxText
from influx_pipelines.estate.model import Part

PALETTE = ("#31C0F6", "#A500A5", "#FF7E27")  # Nineteen Eighty Four, where the others begin, too


class Window(Part):
    """The window of the query builder."""

    period: str = ""
    fillValues: bool = False


class BuilderTag(Part):
    """A filter of the query builder."""

    key: str = ""
    values: list[str] = Field([])
    aggregateFunctionType: str = ""


class BuilderFunction(Part):
    """A function of the query builder."""

    name: str


class Builder(Part):
    """What the query builder shows; empty for a query that is written by hand."""

    buckets: list[str] = Field([])
    tags: list[BuilderTag] = Field([])
    functions: list[BuilderFunction] = Field([])
    aggregateWindow: Window = Window()


class Query(Part):
    """A query; `v.timeRangeStart`, `v.timeRangeStop`, `v.windowPeriod` and variables are known."""

    text: FluxText = Field(description="Flux.")
    name: str = ""
    editMode: Literal["advanced", "builder"] = "advanced"
    builderConfig: Builder = Builder()


class Color(Part):
    """A colour: of a scale, or from a threshold on."""

    id: str
    type: Literal["scale", "min", "max", "threshold", "text", "background"]
    hex: str
    name: str = ""
    value: float = 0


class Axis(Part):
    """An axis; texts in `bounds`, empty for as far as the data goes."""

    bounds: list[str] = Field(["", ""])
    label: str = ""
    prefix: str = ""
    suffix: str = ""
    base: Literal["", "2", "10"] = "10"
    scale: Literal["linear", "log"] = "linear"


class Axes(Part):
    """Both axes."""

    x: Axis = Axis()
    y: Axis = Axis()


class Digits(Part):
    """Digits behind the point."""

    isEnforced: bool = True
    digits: int = 2


class View(Part):
    """What every view has."""

    shape: Literal["chronograf-v2"] = "chronograf-v2"
    note: str = Field("", description="A text for people, in Markdown.")


class Markdown(View):
    """A text."""

    type: Literal["markdown"]


class _Queried(View):
    queries: list[Query] = Field(min_length=1)
    showNoteWhenEmpty: bool = False
    colors: list[Color] = Field(
        [
            Color(id=f"scale-{number}", type="scale", hex=hex, name="Nineteen Eighty Four")
            for number, hex in enumerate(PALETTE)
        ]
    )


class _Legend(Part):
    legendColorizeRows: bool = True
    legendHide: bool = False
    legendOpacity: float = 1
    legendOrientationThreshold: int = 100_000_000


class _Ticks(Part):
    xColumn: str = "_time"
    generateXAxisTicks: list[str] = Field([])
    xTotalTicks: int = 0
    xTickStart: float = 0
    xTickStep: float = 0
    yColumn: str = "_value"
    generateYAxisTicks: list[str] = Field([])
    yTotalTicks: int = 0
    yTickStart: float = 0
    yTickStep: float = 0


class _Graph(_Queried, _Legend, _Ticks):
    axes: Axes = Axes()
    timeFormat: str = ""
    hoverDimension: Literal["", "auto", "x", "y", "xy"] = "auto"


class Xy(_Graph):
    """A graph of lines, steps, bars or areas."""

    type: Literal["xy"]
    geom: Literal["line", "step", "bar", "monotoneX", "stacked"] = "line"
    position: Literal["overlaid", "stacked"] = "overlaid"
    shadeBelow: bool = False


class Band(_Graph):
    """A graph of a line within a band."""

    type: Literal["band"]
    geom: Literal["line", "step", "monotoneX"] = "line"
    upperColumn: str = ""
    mainColumn: str = ""
    lowerColumn: str = ""


class _Number(Part):
    prefix: str = ""
    suffix: str = ""
    decimalPlaces: Digits = Digits()


class LineAndNumber(_Graph, _Number):
    """A graph with its last value."""

    type: Literal["line-plus-single-stat"]
    position: Literal["overlaid", "stacked"] = "overlaid"
    shadeBelow: bool = False


class Number(_Queried, _Number):
    """One value."""

    type: Literal["single-stat"]
    tickPrefix: str = ""
    tickSuffix: str = ""
    colors: list[Color] = Field([Color(id="base", type="text", hex="#00C9FF", name="laser")])


class Gauge(_Queried, _Number):
    """One value between a lowest and a highest one, which `colors` say."""

    type: Literal["gauge"]
    tickPrefix: str = ""
    tickSuffix: str = ""
    colors: list[Color] = Field(
        [
            Color(id="0", type="min", hex="#00C9FF", name="laser", value=0),
            Color(id="1", type="max", hex="#9394FF", name="comet", value=100),
        ]
    )


class SortBy(Part):
    """The column by which a table is sorted."""

    internalName: str = ""
    displayName: str = ""
    visible: bool = True


class TableOptions(Part):
    """How a table is laid out."""

    verticalTimeAxis: bool = True
    sortBy: SortBy = SortBy(visible=False)
    wrapping: Literal["", "truncate", "wrap", "single-line"] = "truncate"
    fixFirstColumn: bool = True


class Table(_Queried):
    """A table."""

    type: Literal["table"]
    colors: list[Color] = Field([Color(id="base", type="text", hex="#ffffff", name="white")])
    decimalPlaces: Digits = Digits(isEnforced=False)
    tableOptions: TableOptions = TableOptions()
    fieldOptions: list[SortBy] = Field([])
    timeFormat: str = "YYYY-MM-DD HH:mm:ss"


class Histogram(_Queried, _Legend):
    """How often values are there."""

    type: Literal["histogram"]
    xColumn: str = "_value"
    xAxisLabel: str = ""
    position: Literal["overlaid", "stacked"] = "stacked"
    fillColumns: list[str] = Field([])
    xDomain: list[float] = Field([])
    binCount: int = 30


Properties = Annotated[
    Markdown | Xy | Band | LineAndNumber | Number | Gauge | Table | Histogram,
    Field(discriminator="type"),
]
_FIELDS: dict[str, frozenset[str]] = {
    view.model_fields["type"].annotation.__args__[0]: frozenset(view.model_fields)  # type: ignore[union-attr]
    for view in (Markdown, Xy, Band, LineAndNumber, Number, Gauge, Table, Histogram)
}


def known(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties as a server tells them, without those that only a newer one has."""
    fields = _FIELDS.get(str(properties.get("type")), properties.keys())
    return {name: value for name, value in properties.items() if name in fields}


def filled(value: Any) -> Any:
    """Without what is empty: a server answers null, 0 or an empty text for what it was not told."""
    if isinstance(value, dict):
        inner = {name: filled(item) for name, item in value.items()}
        return {name: item for name, item in inner.items() if item not in (None, "", 0, [], {})}
    return [filled(item) for item in value] if isinstance(value, list) else value
