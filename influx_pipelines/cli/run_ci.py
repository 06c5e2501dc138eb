"""What `run` shows of CI jobs: those of the named repositories, or a sample that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from influx_pipelines.defs.ci.automation import WHAT_CHANGED
from influx_pipelines.defs.ci.checks import JOBS, RUNS
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings
from influx_pipelines.sources.ci.declared import wanted_repositories
from influx_pipelines.sources.reachable import answers, host_of

SAMPLE = dg.AssetKey(["ci", "sample"])
KEYS = [RUNS, JOBS]
CONFIG = WHAT_CHANGED["ops"]


@dataclass(frozen=True)
class CiOfRun:
    """Which jobs a run takes, and the sentence that says so."""

    live: bool
    sample: bool
    about: str

    @property
    def left_out(self) -> set[dg.AssetKey]:
        """The assets without partitions that are not made."""
        return set() if self.sample else {SAMPLE}

    def reads_jobs(self, key: dg.AssetKey) -> bool:
        """Whether an asset is to be made after the jobs were fetched."""
        return self.live and key.path[0] == "ci"


def ci_of(settings: Settings, connection: Connection) -> CiOfRun:
    """Real jobs where a repository is named and GitHub answers, else a sample on our own server.

    Raises:
        EstateError, SettingsError: what names the repositories is wrong.
    """
    wanted = wanted_repositories(settings.estate, settings.ci_repositories)
    if wanted and settings.network and answers(settings.github_url):
        return CiOfRun(True, False, ", ".join(one.repository for one in wanted))
    why = "no repository is named in estate/ci.yaml or CI_REPOSITORIES"
    if wanted:
        silent = f"{host_of(settings.github_url)} does not answer"
        why = silent if settings.network else "INFLUX_PIPELINES_NETWORK is false"
    if connection.ours:
        return CiOfRun(False, True, f"{why}: a made-up SAMPLE in the bucket ci_sample")
    return CiOfRun(False, False, f"{why}: none")


def last_days() -> dict[str, str]:
    """The tags of a run over yesterday and today."""
    today = datetime.now(UTC).date()
    return {RANGE_START: str(today - timedelta(days=1)), RANGE_END: str(today)}
