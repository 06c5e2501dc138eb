"""Jobs into InfluxDB: their points, and no point of what was told of them before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.measurement import FieldType
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.sources.ci import compatible
from influx_pipelines.sources.ci.points import (
    CiJob,
    CiTest,
    Row,
    job_row,
    test_rows,
    test_tags,
    time_of,
)
from influx_pipelines.sources.ci.records import JobRecord

Changed = tuple[JobRecord, JobRecord]  # as it was kept, and as it is now
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Outputs:
    """Where points go; an empty name: nowhere. `api` is GitHub's, for links in the table."""

    bucket: str
    job_bucket: str = ""
    test_bucket: str = ""
    table_bucket: str = ""
    api: str = ""

    def layouts(self) -> str:
        """A text that is another one when something else is to be written."""
        return "|".join(astuple(self))


def write_jobs(client: Influx, outputs: Outputs, changed: Sequence[Changed]) -> WriteResult:
    """Write jobs, and delete first what stood there for them and is not written again.

    Raises:
        InfluxError: the server refused something or did not answer; writing it again is harmless.
    """
    jobs = [now for _, now in changed]
    _delete_moved(client, outputs, changed)
    result = client.write([job_row(job) for job in jobs], bucket=outputs.bucket, measurement=CiJob)
    tests = [row for job in jobs for row in test_rows(job)]
    if tests:
        result.add(client.write(tests, bucket=outputs.bucket, measurement=CiTest))
    others = (
        (outputs.job_bucket, compatible.job_points(jobs), compatible.JOB_FIELDS),
        (outputs.test_bucket, compatible.test_points(jobs), compatible.TEST_FIELDS),
        (outputs.table_bucket, compatible.test_points(jobs, outputs.api), compatible.TEST_FIELDS),
    )
    for bucket, points, fields in others:
        if bucket:
            _write_named(client, bucket, points, fields)
    return result


def _write_named(
    client: Influx,
    bucket: str,
    points: Iterable[tuple[str, Row]],
    fields: Mapping[str, type],
) -> None:
    """Write points whose measurement is data."""
    typed: dict[str, FieldType] = dict(fields)
    named: dict[str, list[Row]] = defaultdict(list)
    for name, row in points:
        named[name].append(row)
    for name, rows in named.items():
        tags = [column for column in rows[0] if column not in {*fields, "time"}]
        client.write(rows, bucket=bucket, measurement=name, tags=tags, fields=typed)


def _delete_moved(client: Influx, outputs: Outputs, changed: Sequence[Changed]) -> None:
    for before, now in changed:
        kept = [test_tags(now, test) for test in now.tests]
        if any(test_tags(before, test) not in kept for test in before.tests):
            moment, tags = time_of(before), {"repository": before.repository}
            client.delete(
                outputs.bucket, CiTest, tags=tags, start=moment, stop=moment + MICROSECOND
            )
        _delete_named(client, outputs.job_bucket, compatible.job_points, before, now)
        _delete_named(client, outputs.test_bucket, compatible.test_points, before, now)
        _delete_named(client, outputs.table_bucket, compatible.test_points, before, now)


def _delete_named(
    client: Influx,
    bucket: str,
    points_of: Callable[[list[JobRecord]], Iterable[tuple[str, Row]]],
    before: JobRecord,
    now: JobRecord,
) -> None:
    """Delete a job from measurements in which it does not stand at its time any more."""
    if not bucket or not before.failure_type:  # it was never told, and so never written
        return
    stay = {(name, row["time"]) for name, row in points_of([now])}
    moved = {name for name, row in points_of([before]) if (name, row["time"]) not in stay}
    for name in sorted(moved):
        client.delete(bucket, name, tags={"job_id": str(before.job_id)})
