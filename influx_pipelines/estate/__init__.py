"""The declared estate: load it, look at the server, plan the difference, ask about it, do it."""

from influx_pipelines.estate.apply import apply
from influx_pipelines.estate.judge import judged
from influx_pipelines.estate.observe import observe
from influx_pipelines.estate.plan import plan

__all__ = ["apply", "judged", "observe", "plan"]
