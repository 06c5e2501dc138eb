"""The estate of a running server as the files that would declare it."""

from influx_pipelines.estate.importing.whole import import_estate

__all__ = ["import_estate"]
