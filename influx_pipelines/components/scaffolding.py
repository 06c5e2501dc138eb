"""What `dg scaffold defs` writes: a `defs.yaml` that is complete but for a value or two."""

from typing import Any

import dagster as dg

from influx_pipelines.components.server import FROM_ENVIRONMENT


class BucketScaffolder(dg.Scaffolder):
    """A bucket that is called as its folder."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the file."""
        _write(request, {"name": request.target_path.name, "retention": "30d"})


class EstateScaffolder(dg.Scaffolder):
    """An estate with the folder of its declaration beside it."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the file, and a declaration of nothing."""
        _write(request, {"name": request.target_path.name, "folder": "estate"})
        folder = request.target_path / "estate"
        folder.mkdir(exist_ok=True)
        (folder / "buckets.yaml").write_text("mappings: declared\nbuckets: []\n")


class StationScaffolder(dg.Scaffolder):
    """A place on the meridian of Greenwich."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the file."""
        place = {"name": request.target_path.name, "latitude": 51.48, "longitude": 0.0}
        _write(request, {**place, "bucket": "weather"})


class PlanScaffolder(dg.Scaffolder):
    """A backup every night."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write the file."""
        _write(request, {"name": request.target_path.name, "folder": "backups"})


def _write(request: dg.ScaffoldRequest, attributes: dict[str, Any]) -> None:
    dg.scaffold_component(request, {**attributes, "server": FROM_ENVIRONMENT})
