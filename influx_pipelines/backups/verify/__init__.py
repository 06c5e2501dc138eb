"""Looking at a backup without a server: what is damaged, and what it holds."""

from influx_pipelines.backups.verify.whole import verify

__all__ = ["verify"]
