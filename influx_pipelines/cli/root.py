"""Where the commands of the whole project are run."""

from __future__ import annotations

from pathlib import Path

from influx_pipelines.settings import SettingsError


def project_root() -> Path:
    """The working folder, when it is the root of the project.

    Raises:
        SettingsError: it has no dagster.yaml.
    """
    root = Path.cwd()
    if not (root / "dagster.yaml").exists():
        raise SettingsError(
            f"{root} has no dagster.yaml. Run this in the root of the project, where `make` runs."
        )
    return root
