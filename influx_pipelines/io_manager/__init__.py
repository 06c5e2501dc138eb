"""An I/O manager: what an asset returns is written to InfluxDB, what it takes is read from there.

from influx_pipelines.io_manager import InfluxIOManager, influx_metadata
"""

from influx_pipelines.io_manager.definition import influx_metadata
from influx_pipelines.io_manager.manager import InfluxIOManager

__all__ = ["InfluxIOManager", "influx_metadata"]
