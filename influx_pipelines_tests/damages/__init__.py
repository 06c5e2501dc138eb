"""More than two hundred ways to damage a backup, always the same ones."""

from influx_pipelines_tests.damages.contents import bolt_damages, sqlite_damages, tsm_damages
from influx_pipelines_tests.damages.damage import Damage
from influx_pipelines_tests.damages.files import file_damages, manifest_damages, record_damages
from influx_pipelines_tests.damages.packing import gzip_damages, tar_damages

DAMAGES = (
    *gzip_damages(),
    *tar_damages(),
    *tsm_damages(),
    *bolt_damages(),
    *sqlite_damages(),
    *manifest_damages(),
    *file_damages(),
)
OF_RECORD = tuple(record_damages())

__all__ = ["DAMAGES", "OF_RECORD", "Damage"]
