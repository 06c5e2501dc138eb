"""What InfluxDB 2.8 and 2.9 change for this estate, from what the server and the estate say."""

from influx_pipelines.upgrade.facts import Facts
from influx_pipelines.upgrade.finding import Finding
from influx_pipelines.upgrade.look import look
from influx_pipelines.upgrade.report import report

__all__ = ["Facts", "Finding", "look", "report"]
