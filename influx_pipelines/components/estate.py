"""A whole estate: a folder of YAML."""

import dagster as dg
from pydantic import Field

from influx_pipelines.components.component import InfluxComponent, plain, schedule
from influx_pipelines.components.scaffolding import EstateScaffolder
from influx_pipelines.defs.applied import AS_DECLARED, ApplyConfig, applied
from influx_pipelines.defs.automation import sensor_status
from influx_pipelines.defs.buckets.automation import asked_when_changed
from influx_pipelines.defs.estate.assets import compared
from influx_pipelines.defs.estate.checks import NO_DRIFT
from influx_pipelines.defs.policies import ADMIN_POOL, managed_asset
from influx_pipelines.estate.kinds import NAMES
from influx_pipelines.resources import EstateResource


@dg.scaffold_with(EstateScaffolder)
class InfluxEstate(InfluxComponent):
    """Everything that a folder of YAML declares of an InfluxDB v2 server.

    Buckets, DBRP mappings, tokens, tasks, monitoring checks, dashboards and what else the files may
    say. The asset `influx_estates/<name>/applied` brings the server to it when a file has changed
    and every night, and deletes nothing; `influx_estates/<name>/plan` compares every hour.
    """

    name: str = Field("estate", description="Tells the assets of several estates apart.")
    folder: str = Field("estate", description="Folder of the files, seen from that of `defs.yaml`.")
    group: str = Field("influx_estate", description="Group of the assets.")
    cron: str | None = Field(
        "20 1 * * *", description="When it is applied, in UTC; null for no schedule."
    )
    compare_cron: str | None = Field(
        "50 * * * *", description="When it is compared, in UTC; null for no schedule."
    )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Both assets with their checks, schedules, and the sensor of the files."""
        estate = EstateResource(folder=str((context.path / self.folder).resolve()))
        made, plan = self._applied(estate), self._plan(estate)
        return dg.Definitions(
            assets=[made, plan],
            sensors=[_when_changed(made.key, estate)],
            schedules=[
                *schedule(made.key, "nightly", self.cron, "Brings the server to the files."),
                *schedule(plan.key, "regularly", self.compare_cron, "Compares; changes nothing."),
            ],
        )

    def _applied(self, estate: EstateResource) -> dg.AssetsDefinition:
        key, influx = self.key("influx_estates", self.name, "applied"), self.server.resource()

        @managed_asset(
            **self.options([AS_DECLARED], key),
            group_name=self.group,
            pool=ADMIN_POOL,
            deps=self.first(),
        )
        def made(context: dg.AssetExecutionContext, config: ApplyConfig) -> dg.MaterializeResult:
            """Everything that is declared, after the server was brought to what the files say."""
            return applied(context, NAMES, config, influx, estate)

        return made

    def _plan(self, estate: EstateResource) -> dg.AssetsDefinition:
        key, influx = self.key("influx_estates", self.name, "plan"), self.server.resource()
        file = f"drift-{plain(self.name)}.json"

        @managed_asset(
            **self.options([NO_DRIFT], key),
            group_name=self.group,
            deps=[self.key("influx_estates", self.name, "applied")],
        )
        def plan() -> dg.MaterializeResult:
            """What an apply would do for every kind; it changes nothing and resolves no secret."""
            return compared(influx, estate, file)[1]

        return plan


def _when_changed(key: dg.AssetKey, estate: EstateResource) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"{'_'.join(key.path)}_when_changed",
        target=dg.AssetSelection.assets(key),
        minimum_interval_seconds=30,
        default_status=sensor_status(),
        description="Applies the estate when its files have changed.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        return asked_when_changed(context.cursor, estate.digest())

    return sensor
