"""A Dagster project that owns an InfluxDB v2 estate and the data that flows through it."""

__version__ = "0.1.0"
