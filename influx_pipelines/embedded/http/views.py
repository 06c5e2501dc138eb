"""The properties of each type of view, with their empty values."""

from __future__ import annotations

from functools import cache
from typing import Any

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import HIDDEN, Fault
from influx_pipelines.embedded.http.body import Body

EMPTY = {"shape": "empty"}
_SCALARS: dict[str, tuple[Any, tuple[type, ...]]] = {
    "text": ("", (str,)),
    "flag": (False, (bool,)),
    "int": (0, (int,)),
    "float": (0.0, (int, float)),
}
# The fields of objects, texts where no kind follows. `[kind]` is a list and `{kind}` a map, null
# where they are left out; after `!` a list is empty instead, after `?` what is empty is not shown.
# `@name` stands for the fields of another object.
_OBJECTS = {
    "note": "note showNoteWhenEmpty:flag",
    "legend": "legendColorizeRows:flag legendHide:flag legendOpacity:float"
    " legendOrientationThreshold:int",
    "window": "period fillValues:flag",
    "tag": "key values:[text] aggregateFunctionType",
    "function": "name",
    "builder": "buckets:[text]! tags:[tag]! functions:[function]! aggregateWindow:window",
    "query": "text editMode name builderConfig:builder",
    "base": "type queries:[query]",
    "color": "id type hex name value:float",
    "colors": "colors:[color]",
    "decimals": "isEnforced:flag digits:int",
    "digits": "decimalPlaces:decimals",
    "axis": "bounds:[text] label prefix suffix base scale",
    "staticLegend": "colorizeRows:flag? show:flag? heightRatio:float? opacity:float?"
    " widthRatio:float? orientationThreshold:int? valueAxis:text?",
    "xTicks": "xColumn generateXAxisTicks:[text] xTotalTicks:int xTickStart:float xTickStep:float",
    "yTicks": "yColumn generateYAxisTicks:[text] yTotalTicks:int yTickStart:float yTickStep:float",
    "graph": "@base @colors @note @legend @xTicks @yTicks axes:{axis} staticLegend:staticLegend"
    " timeFormat hoverDimension",
    "plot": "@base colors:[text] @note @legend @xTicks xDomain:[float]? yDomain:[float]?"
    " xAxisLabel yAxisLabel xPrefix xSuffix yPrefix ySuffix timeFormat",
    "field": "internalName displayName visible:flag",
    "options": "verticalTimeAxis:flag sortBy:field wrapping fixFirstColumn:flag",
    "point": "lat:float lon:float",
    "layer": "type radiusField colorField intensityField @colors radius:int blur:int"
    " radiusDimension:axis colorDimension:axis intensityDimension:axis interpolateColors:flag"
    " trackWidth:int speed:int randomColors:flag isClustered:flag",
    "setting": "type value name:text?",
    "column": "name position:int settings:[setting]",
}
_TYPES = {
    "xy": "@graph geom shadeBelow:flag position",
    "line-plus-single-stat": "@graph @digits prefix suffix shadeBelow:flag position",
    "band": "@graph geom upperColumn mainColumn lowerColumn",
    "single-stat": "@base @colors @note @digits prefix tickPrefix suffix tickSuffix",
    "gauge": "@base @colors @note @digits prefix tickPrefix suffix tickSuffix",
    "check": "@base colors:[text] @legend checkID",
    "histogram": "@base @colors @note @legend xColumn xAxisLabel position fillColumns:[text]"
    " xDomain:[float]? binCount:int",
    "heatmap": "@plot @yTicks binSize:int",
    "scatter": "@plot @yTicks fillColumns:[text] symbolColumns:[text]",
    "mosaic": "@plot hoverDimension yLabelColumnSeparator fillColumns:[text] yLabelColumns:[text]"
    " ySeriesColumns:[text]",
    "geo": "@base @colors @note center:point zoom:float mapStyle allowPanAndZoom:flag"
    " detectCoordinateFields:flag layers:[layer]",
    "table": "@base @colors @note @digits tableOptions:options fieldOptions:[field] timeFormat",
    "markdown": "type note",
    "log-viewer": "type columns:[column]",
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
    return {"shape": shape, **_object(properties, _TYPES[kind])} if kind in _TYPES else None


@cache
def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in text.split():
        name, _, kind = word.partition(":")
        found |= _fields(_OBJECTS[name[1:]]) if name.startswith("@") else {name: kind or "text"}
    return found


def _object(asked: Body, fields: str) -> Document:
    """What is left out is empty, what the object does not know is gone."""
    found = {name: _filled(asked.get(name), kind) for name, kind in _fields(fields).items()}
    return {n: v for n, v in found.items() if v or not _fields(fields)[n].endswith("?")}


def _filled(value: Any, kind: str) -> Any:
    if kind[-1] in "!?":
        return _filled(value, kind[:-1]) or ([] if kind[-1] == "!" else None)
    if kind in _SCALARS:
        empty, types = _SCALARS[kind]
        return empty if value is None else _typed(value, *types)
    if kind in _OBJECTS:
        return _object(Body(_typed({} if value is None else value, dict)), _OBJECTS[kind])
    if value is None:
        return None
    if kind[0] == "[":
        return [_filled(item, kind[1:-1]) for item in _typed(value, list)]
    return {name: _filled(item, kind[1:-1]) for name, item in _typed(value, dict).items()}


def _typed(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise Fault("internal error", HIDDEN)
    return value
