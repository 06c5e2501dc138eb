"""Read `estate/alerts.yaml`; every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from influx_pipelines.alerts.delivery.config import AlertsConfig
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.yamlfile import read_model
from influx_pipelines.influx.redact import hide_paths

FILE = "alerts.yaml"


def load_config(folder: Path) -> AlertsConfig:
    """What a folder's `alerts.yaml` says; without that file nobody is told.

    Raises:
        EstateError: naming every problem with line and column.
    """
    path = folder / FILE
    if not path.exists():
        return AlertsConfig()
    try:
        config, marked = read_model(path, AlertsConfig)
    except EstateError as error:  # what was written by mistake may be an address
        found = error.problems
        raise EstateError(
            [Problem(one.file, one.line, one.column, hide_paths(one.text)) for one in found]
        ) from None
    problems = [
        Problem(f"{folder.name}/{FILE}", *marked.place(place), text)
        for place, text in _problems(config)
    ]
    if problems:
        raise EstateError(problems)
    return config


def _problems(config: AlertsConfig) -> Iterator[tuple[tuple[str | int, ...], str]]:
    names = [channel.name for channel in config.channels]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("channels", index, "name"), f"the channel {name!r} stands here a second time"
    for path, wanted in _wanted(config):
        for index, name in enumerate(wanted):
            if name not in names:
                text = f"there is no channel {name!r}: declare it, or write one of {names}"
                yield (*path, index), text
    if names and not config.default:
        yield ("channels",), "default is missing: the channels of what no route matches"


def _wanted(config: AlertsConfig) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
    yield ("default",), config.default
    for number, route in enumerate(config.routes):
        yield ("routes", number, "channels"), route.channels
