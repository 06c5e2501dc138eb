"""The messages as an asset: sent by a run, asked for by a sensor, judged by a check."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import update

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.models import Delivery
from influx_pipelines.alerts.statuses import Status
from influx_pipelines.alerts.store import record
from influx_pipelines.defs.alerts import checks
from influx_pipelines.defs.alerts.automation import messages_due
from influx_pipelines.defs.alerts.deliveries import deliveries
from influx_pipelines.resources import AlertStoreResource, EstateResource
from influx_pipelines_tests.alerts import status
from influx_pipelines_tests.receiver import PATH, Answer, Receiver


class Office:
    """The asset with a fresh database and a channel whose address is in a file."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.folder, self.instance = folder, instance
        self.database = Database(f"sqlite:///{folder / 'alerts.db'}")
        self.database.migrate()
        self.store = AlertStoreResource(url=f"sqlite:///{folder / 'alerts.db'}")
        self.cursor: str | None = None
        channel = f"channels: [{{name: ops, file: {folder / 'address'}}}]\ndefault: [ops]\n"
        (folder / "alerts.yaml").write_text(channel)

    def address(self, text: str) -> None:
        (self.folder / "address").write_text(text)

    def record(self, *statuses: Status) -> None:
        with self.database.session() as session:
            record(session, statuses)

    def age(self, **values: Any) -> None:
        with self.database.session() as session:
            session.execute(update(Delivery).values(**values))

    def judge(self, now: datetime | None = None) -> bool:
        with self.database.reading() as session:
            return checks.delivered(session, ["ops"], now or datetime.now(UTC)).passed

    def run(self) -> tuple[dict[str, Any], bool, str]:
        """Metadata, whether the check passed, and all that Dagster keeps of the run."""
        estate = EstateResource(folder=str(self.folder))
        done = dg.materialize(
            [deliveries],
            resources={"estate": estate, "alert_store": self.store},
            instance=self.instance,
        )
        (event,) = done.get_asset_materialization_events()
        (check,) = done.get_asset_check_evaluations()
        kept = json.dumps([str(one) for one in self.instance.all_logs(done.run_id)])
        return dict(event.materialization.metadata), check.passed, kept

    def tick(self) -> dg.SensorResult | dg.SkipReason:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = messages_due(context, alert_store=self.store)
        if isinstance(result, dg.SensorResult):
            self.cursor = result.cursor
        return result


@pytest.fixture
def office(tmp_path: Path, instance: dg.DagsterInstance, home: Path) -> Office:
    return Office(tmp_path, instance)


def test_a_run_sends_what_is_due_and_keeps_no_address(office: Office) -> None:
    with Receiver() as slack:
        office.address(slack.slack)
        office.record(status("crit"))
        metadata, passed, kept = office.run()
        assert (metadata["sent"].value, passed) == (1, True)
        assert slack.texts == ["load is crit on a"]
        assert metadata["newest"].value.records[0].data["state"] == "sent"
        assert next(iter(slack.ids)) in kept
        assert PATH.rsplit("/", 1)[1] not in kept


def test_the_check_fails_when_a_message_waits_for_too_long_or_was_given_up(office: Office) -> None:
    office.record(status("crit"))
    assert office.run()[1], "no address, but it does not wait for long yet"
    office.age(created_at=datetime.now(UTC) - timedelta(minutes=16))
    assert not office.judge()
    office.age(created_at=datetime(2026, 1, 1, tzinfo=UTC), next_try_at=datetime.now(UTC))
    metadata, passed, _ = office.run()
    assert (metadata["given_up"].value, passed) == (1, False)
    office.age(ended_at=datetime.now(UTC) - timedelta(days=8))
    assert office.judge(), "it is forgotten"


def test_the_sensor_asks_when_a_message_is_due(office: Office) -> None:
    assert isinstance(office.tick(), dg.SensorResult), "the first time, whatever happened"
    assert isinstance(office.tick(), dg.SkipReason)
    office.record(status("crit"))
    assert isinstance(office.tick(), dg.SensorResult)
    with Receiver(lambda number: Answer(503)) as slack:
        office.address(slack.slack)
        assert office.run()[0]["failed"].value == 1
    assert isinstance(office.tick(), dg.SkipReason), "its next try is not due yet"


def test_the_sensor_asks_for_one_run_at_a_time(office: Office) -> None:
    office.record(status("crit"))
    running = office.instance.create_run_for_job(
        dg.Definitions(
            assets=[deliveries], resources={"estate": EstateResource(), "alert_store": office.store}
        ).resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=frozenset({deliveries.key}),
    )
    skipped = office.tick()
    assert isinstance(skipped, dg.SkipReason)
    office.instance.delete_run(running.run_id)
    assert isinstance(office.tick(), dg.SensorResult)


def test_a_broken_file_fails_the_run_with_its_place(office: Office) -> None:
    (office.folder / "alerts.yaml").write_text("routes: [{when: {a: b}, channels: [c]}]\n")
    with pytest.raises(dg.Failure, match=r"alerts\.yaml:1:36: there is no channel 'c'"):
        office.run()


def test_the_check_fails_when_no_worker_looks(office: Office) -> None:
    office.record(status("crit"))
    assert office.judge()
    assert not office.judge(datetime.now(UTC) + timedelta(minutes=16))
