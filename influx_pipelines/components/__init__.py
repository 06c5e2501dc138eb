"""Components for `dg`: what this project does, as a few lines of YAML in another project.

`influx_pipelines` itself offers them too, so that `defs.yaml` says `influx_pipelines.InfluxBucket`.
"""

from influx_pipelines.components.backups import BackupPlan
from influx_pipelines.components.bucket import InfluxBucket
from influx_pipelines.components.estate import InfluxEstate
from influx_pipelines.components.server import InfluxServer
from influx_pipelines.components.weather import WeatherStation

__all__ = ["BackupPlan", "InfluxBucket", "InfluxEstate", "InfluxServer", "WeatherStation"]
