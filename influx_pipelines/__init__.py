"""A Dagster project that owns an InfluxDB v2 estate and the data that flows through it."""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# The registry of `dg` finds these here, as `influx_pipelines.InfluxBucket`. They are loaded when
# somebody asks: the command line and the engine need no Dagster.
COMPONENTS = ("BackupPlan", "InfluxBucket", "InfluxEstate", "WeatherStation")

__all__ = ["__version__", *COMPONENTS]

if not TYPE_CHECKING:  # a name that is not there should stay an error of mypy

    def __getattr__(name: str) -> Any:
        if name not in COMPONENTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module("influx_pipelines.components"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *COMPONENTS})
