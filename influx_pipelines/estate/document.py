"""One file of the declaration: a key for buckets, and one for each kind that is a list."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, create_model

from influx_pipelines.estate.kinds import DECLARED
from influx_pipelines.estate.model import Applications, BucketEntry, Part


class BucketsDocument(Part):
    """One file of the declaration."""

    mappings: Literal["all", "declared"] | list[str] | None = Field(
        None,
        description="Buckets that get a DBRP mapping: all, declared, or a list of patterns "
        "such as team_*. One file may say so; all when none does.",
    )
    buckets: list[BucketEntry] = Field(default=[], description="Buckets by name.")
    applications: Applications | None = Field(None, description="One bucket an application.")


_LISTS: dict[str, Any] = {
    kind.key: (list[kind.entry], Field(default=[], description=kind.about))  # type: ignore[name-defined]
    for kind in DECLARED
}
Document = create_model(
    "Document", __base__=BucketsDocument, __doc__=BucketsDocument.__doc__, **_LISTS
)
