"""The properties of each type of view, with their empty values."""

from __future__ import annotations

from typing import Any, NamedTuple

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import HIDDEN, Fault
from influx_pipelines.embedded.http.body import Body

EMPTY = {"shape": "empty"}


class _Map(NamedTuple):
    """Objects of one form by names of the client's choice."""

    form: Any


class _List(NamedTuple):
    """A list that is empty and not null when it is left out."""

    form: Any


class _Optional(NamedTuple):
    """What an answer leaves out when it is empty."""

    form: Any


# A form is the empty value of a text, a number or a flag, a list of the form of its elements, or an
# object of forms. A list or a map that is left out is null.
_TEXT, _INT, _FLOAT, _FLAG = "", 0, 0.0, False


def _texts(names: str) -> Document:
    return dict.fromkeys(names.split(), _TEXT)


_NOTE = {"note": _TEXT, "showNoteWhenEmpty": _FLAG}
_LEGEND = {
    **dict.fromkeys(("legendColorizeRows", "legendHide"), _FLAG),
    "legendOpacity": _FLOAT,
    "legendOrientationThreshold": _INT,
}
_BUILDER = {
    "buckets": _List(_TEXT),
    "tags": _List({**_texts("key aggregateFunctionType"), "values": [_TEXT]}),
    "functions": _List({"name": _TEXT}),
    "aggregateWindow": {"period": _TEXT, "fillValues": _FLAG},
}
_BASE = {
    "type": _TEXT,
    "queries": [{**_texts("text editMode name"), "builderConfig": _BUILDER}],
}
_COLORS = {"colors": [{**_texts("id type hex name"), "value": _FLOAT}]}
_NAMED_COLORS = {"colors": [_TEXT]}
_DIGITS = {"decimalPlaces": {"isEnforced": _FLAG, "digits": _INT}}
_AXIS = {**_texts("label prefix suffix base scale"), "bounds": [_TEXT]}
_STATIC_LEGEND = {
    **dict.fromkeys(("colorizeRows", "show"), _Optional(_FLAG)),
    **dict.fromkeys(("heightRatio", "opacity", "widthRatio"), _Optional(_FLOAT)),
    "orientationThreshold": _Optional(_INT),
    "valueAxis": _Optional(_TEXT),
}


def _ticks(axis: str) -> Document:
    return {
        f"{axis}Column": _TEXT,
        f"generate{axis.upper()}AxisTicks": [_TEXT],
        f"{axis}TotalTicks": _INT,
        f"{axis}TickStart": _FLOAT,
        f"{axis}TickStep": _FLOAT,
    }


_GRAPH = {
    **_BASE,
    **_COLORS,
    **_NOTE,
    **_LEGEND,
    **_ticks("x"),
    **_ticks("y"),
    **_texts("timeFormat hoverDimension"),
    "axes": _Map(_AXIS),
    "staticLegend": _STATIC_LEGEND,
}
_LINE = {**_GRAPH, "shadeBelow": _FLAG, "position": _TEXT}
_PLOT = {
    **_BASE,
    **_NAMED_COLORS,
    **_NOTE,
    **_LEGEND,
    **_ticks("x"),
    **_texts("xAxisLabel yAxisLabel xPrefix xSuffix yPrefix ySuffix timeFormat"),
    **dict.fromkeys(("xDomain", "yDomain"), _Optional([_FLOAT])),
}
_STAT = {
    **_BASE,
    **_COLORS,
    **_NOTE,
    **_DIGITS,
    **_texts("prefix tickPrefix suffix tickSuffix"),
}
_FIELD = {**_texts("internalName displayName"), "visible": _FLAG}
_LAYER = {
    **_texts("type radiusField colorField intensityField"),
    **_COLORS,
    **dict.fromkeys(("radius", "blur", "trackWidth", "speed"), _INT),
    **dict.fromkeys(("radiusDimension", "colorDimension", "intensityDimension"), _AXIS),
    **dict.fromkeys(("interpolateColors", "randomColors", "isClustered"), _FLAG),
}
_TYPES: dict[str, Document] = {
    "xy": {**_LINE, "geom": _TEXT},
    "line-plus-single-stat": {**_LINE, **_DIGITS, **_texts("prefix suffix")},
    "band": {**_GRAPH, **_texts("geom upperColumn mainColumn lowerColumn")},
    "single-stat": _STAT,
    "gauge": _STAT,
    "check": {**_BASE, **_NAMED_COLORS, **_LEGEND, "checkID": _TEXT},
    "histogram": {
        **_BASE,
        **_COLORS,
        **_NOTE,
        **_LEGEND,
        **_texts("xColumn xAxisLabel position"),
        "fillColumns": [_TEXT],
        "xDomain": _Optional([_FLOAT]),
        "binCount": _INT,
    },
    "heatmap": {**_PLOT, **_ticks("y"), "binSize": _INT},
    "scatter": {**_PLOT, **_ticks("y"), "fillColumns": [_TEXT], "symbolColumns": [_TEXT]},
    "mosaic": {
        **_PLOT,
        **_texts("hoverDimension yLabelColumnSeparator"),
        "fillColumns": [_TEXT],
        "yLabelColumns": [_TEXT],
        "ySeriesColumns": [_TEXT],
    },
    "geo": {
        **_BASE,
        **_COLORS,
        **_NOTE,
        "center": {"lat": _FLOAT, "lon": _FLOAT},
        "zoom": _FLOAT,
        "mapStyle": _TEXT,
        **dict.fromkeys(("allowPanAndZoom", "detectCoordinateFields"), _FLAG),
        "layers": [_LAYER],
    },
    "table": {
        **_BASE,
        **_COLORS,
        **_NOTE,
        **_DIGITS,
        "tableOptions": {
            "verticalTimeAxis": _FLAG,
            "sortBy": _FIELD,
            "wrapping": _TEXT,
            "fixFirstColumn": _FLAG,
        },
        "fieldOptions": [_FIELD],
        "timeFormat": _TEXT,
    },
    "markdown": {"type": _TEXT, "note": _TEXT},
    "log-viewer": {
        "type": _TEXT,
        "columns": [
            {
                "name": _TEXT,
                "position": _INT,
                "settings": [{**_texts("type value"), "name": _Optional(_TEXT)}],
            }
        ],
    },
}


def properties_of(asked: Body) -> Document | None:
    """The `properties` that a view is given; None for a type that is not known.

    Raises:
        Fault: 500, the shape is unknown or a value has another type than it must.
    """
    if "properties" not in asked:
        return EMPTY
    properties = asked.object("properties")
    shape, kind = properties.text("shape"), properties.text("type")
    if shape == "empty":
        return EMPTY
    if shape != "chronograf-v2":
        raise Fault("internal error", HIDDEN)
    if kind not in _TYPES:
        return None
    return {"shape": shape, **_filled(properties.fields, _TYPES[kind])}


def _filled(value: Any, form: Any) -> Any:
    """A value in its form: what is left out is empty, what the form does not know is gone."""
    if isinstance(form, _Optional):
        return _filled(value, form.form) or None
    if isinstance(form, _List):
        return _filled(value, [form.form]) or []
    if value is None and isinstance(form, list | _Map):
        return None
    if isinstance(form, list):
        return [_filled(item, form[0]) for item in _typed(value, list)]
    if isinstance(form, _Map):
        return {name: _filled(item, form.form) for name, item in _typed(value, dict).items()}
    if isinstance(form, dict):
        asked = Body(_typed({} if value is None else value, dict))
        found = {name: _filled(asked.get(name), part) for name, part in form.items()}
        return {n: v for n, v in found.items() if v is not None or type(form[n]) is not _Optional}
    return form if value is None else _typed(value, *_KINDS[type(form)])


_KINDS: dict[type, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (int, float),
}


def _typed(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise Fault("internal error", HIDDEN)
    return value
