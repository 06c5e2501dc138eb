"""A bucket and its DBRP mapping."""

import hashlib
from typing import Annotated

import dagster as dg
from pydantic import AfterValidator, Field, TypeAdapter

from influx_pipelines.components.component import InfluxComponent, schedule
from influx_pipelines.components.scaffolding import BucketScaffolder
from influx_pipelines.defs.applied import AS_DECLARED, ApplyConfig, applied
from influx_pipelines.defs.policies import ADMIN_POOL, managed_asset
from influx_pipelines.estate.model import BucketSpec, Estate, Name, Retention
from influx_pipelines.resources import EstateResource

BOTH = ("bucket", "dbrp_mapping")
SECONDS: TypeAdapter[int] = TypeAdapter(Retention)


class BucketConfig(dg.Config):
    """How far an apply may go; the default never loses data."""

    create_only: bool = False
    allow_data_loss: str = Field(
        default="", description="Fingerprint of the plan whose losses are wanted."
    )


class DeclaredBucket(EstateResource):
    """An estate of one bucket."""

    name: str
    retention_seconds: int
    description: str
    adopt: bool
    mapping: bool

    def load(self) -> Estate:
        """The declaration, without any file."""
        spec = BucketSpec(self.name, self.retention_seconds, self.description, adopt=self.adopt)
        return Estate({self.name: spec}, "declared" if self.mapping else ())

    def digest(self) -> str:
        """A hash of the declaration."""
        return hashlib.sha256(repr(self.load()).encode()).hexdigest()[:16]


def _is_retention(value: str) -> str:
    """The text; its seconds are of no use to a schema, which knows texts.

    Raises:
        ValueError: it is no duration, or shorter than an hour.
    """
    SECONDS.validate_python(value)
    return value


@dg.scaffold_with(BucketScaffolder)
class InfluxBucket(InfluxComponent):
    """A bucket of an InfluxDB v2 server, with the DBRP mapping by which InfluxQL reaches it.

    One asset `influx_buckets/<name>` makes it and brings it back every night to what is written
    here. A shorter retention is refused until a run is given the fingerprint of its plan; a bucket
    that somebody else made is left alone unless `adopt` is true.
    """

    name: Name = Field(description="Name of the bucket.")
    retention: Annotated[str, AfterValidator(_is_retention)] = Field(
        "infinite", description="How long points are kept: 7d, 1w3d, infinite; at least 1h."
    )
    description: str = Field("", description="A text for people.")
    mapping: bool = Field(True, description="Whether it has a DBRP mapping.")
    adopt: bool = Field(False, description="Take over a bucket that somebody else made.")
    group: str = Field("influx_buckets", description="Group of the asset.")
    cron: str | None = Field(
        "20 1 * * *", description="When it is brought back, in UTC; null for no schedule."
    )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset with its check, and its schedule."""
        key, influx = self.key("influx_buckets", self.name), self.server.resource()
        declared = DeclaredBucket(
            name=self.name,
            retention_seconds=SECONDS.validate_python(self.retention),
            description=self.description,
            adopt=self.adopt,
            mapping=self.mapping,
        )

        @managed_asset(
            **self.options([AS_DECLARED], key),
            group_name=self.group,
            pool=ADMIN_POOL,
            deps=self.first(),
        )
        def bucket(context: dg.AssetExecutionContext, config: BucketConfig) -> dg.MaterializeResult:
            """The bucket and its DBRP mapping, brought to what the component says."""
            wanted = ApplyConfig(
                create_only=config.create_only,
                allow_data_loss=config.allow_data_loss,
                only=[self.name],
            )
            return applied(context, BOTH, wanted, influx, declared)

        about = f"Brings the bucket {self.name} back to what is declared."
        return dg.Definitions(assets=[bucket], schedules=schedule(key, "nightly", self.cron, about))
