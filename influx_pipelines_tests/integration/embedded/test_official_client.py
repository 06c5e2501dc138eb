"""The official Python client against the embedded server, through all that it is used for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas
import pytest
from influxdb_client import (
    BucketRetentionRules,
    InfluxDBClient,
    Permission,
    PermissionResource,
    Point,
    WriteOptions,
    WritePrecision,
)
from influxdb_client.client.write_api import ASYNCHRONOUS, SYNCHRONOUS
from influxdb_client.rest import ApiException

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALL = 'from(bucket: "{}") |> range(start: 2026-01-01T00:00:00Z, stop: 2026-01-02T00:00:00Z)'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with Embedded(tmp_path_factory.mktemp("official") / "data", free_port()) as running:
        running.set_up(password="a-long-password")
        yield running


@pytest.fixture(scope="module")
def client(server: Embedded) -> Iterator[InfluxDBClient]:
    with InfluxDBClient(server.url, server.token, org="org") as found:
        yield found


@pytest.fixture
def bucket(client: InfluxDBClient, request: pytest.FixtureRequest) -> str:
    return str(client.buckets_api().create_bucket(bucket_name=request.node.name).name)


def values(client: InfluxDBClient, bucket: str) -> list[object]:
    tables = client.query_api().query(ALL.format(bucket))
    return [record.get_value() for table in tables for record in table]


def test_it_is_alive(client: InfluxDBClient) -> None:
    assert client.ping()
    assert client.health().status == "pass"
    assert client.ready().status == "ready"
    assert client.version() == "2.9.1-embedded"


def test_points_dicts_and_lines_are_written(client: InfluxDBClient, bucket: str) -> None:
    records = [
        Point("m").tag("host", "a").field("f", 1.5).time(NOON),
        {
            "measurement": "m",
            "tags": {"host": "b"},
            "fields": {"f": 2.5},
            "time": NOON + timedelta(seconds=1),
        },
        f"m,host=c f=3.5 {int(NOON.timestamp())}000000000",
    ]
    client.write_api(SYNCHRONOUS).write(bucket, record=records)
    assert sorted(values(client, bucket)) == [1.5, 2.5, 3.5]


def test_every_type_of_field_comes_back(client: InfluxDBClient, bucket: str) -> None:
    point = Point("m").field("f", 0.1).field("i", -(2**62)).field("s", 'a "b" \\c').field("b", True)
    client.write_api(SYNCHRONOUS).write(bucket, record=point.time(NOON))
    found = {
        record.get_field(): record.get_value()
        for table in client.query_api().query(ALL.format(bucket))
        for record in table
    }
    assert found == {"f": 0.1, "i": -(2**62), "s": 'a "b" \\c', "b": True}


def test_a_dataframe_is_written_and_read(client: InfluxDBClient, bucket: str) -> None:
    index = pandas.date_range(NOON, periods=3, freq="min")
    frame = pandas.DataFrame({"host": ["a", "a", "b"], "f": [1.0, 2.0, 3.0]}, index=index)
    client.write_api(SYNCHRONOUS).write(
        bucket, record=frame, data_frame_measurement_name="m", data_frame_tag_columns=["host"]
    )
    read = client.query_api().query_data_frame(ALL.format(bucket))
    assert list(read["_value"]) == [1.0, 2.0, 3.0]
    assert list(read["host"]) == ["a", "a", "b"]


def test_batches_are_flushed_at_the_end(client: InfluxDBClient, bucket: str) -> None:
    with client.write_api(WriteOptions(batch_size=7, flush_interval=60_000)) as writing:
        for number in range(20):
            writing.write(bucket, record=Point("m").field("f", number).time(number + 1_767_225_600))
    with client.write_api(ASYNCHRONOUS) as writing:
        writing.write(bucket, record="m f=20i 1767225600", write_precision=WritePrecision.S).get()
    seconds = f'from(bucket: "{bucket}") |> range(start: 0, stop: 2026-01-02T00:00:00Z) |> count()'
    counted = client.query_api().query(seconds)
    assert sum(record.get_value() for table in counted for record in table) == 21


def test_a_refused_line_raises_with_the_servers_words(client: InfluxDBClient, bucket: str) -> None:
    with pytest.raises(ApiException) as refused:
        client.write_api(SYNCHRONOUS).write(bucket, record="m f=abc")
    assert refused.value.status == 400
    assert "unable to parse 'm f=abc': invalid boolean" in str(refused.value.body)


@pytest.fixture
def filled(client: InfluxDBClient, bucket: str) -> str:
    lines = [f"m,host=h{n % 2} f={n} {int(NOON.timestamp()) + n}" for n in range(10)]
    client.write_api(SYNCHRONOUS).write(bucket, record=lines, write_precision=WritePrecision.S)
    return bucket


def test_all_forms_of_a_query_agree(client: InfluxDBClient, filled: str) -> None:
    api, flux = client.query_api(), ALL.format(filled)
    expected = [0.0, 2.0, 4.0, 6.0, 8.0, 1.0, 3.0, 5.0, 7.0, 9.0]
    assert values(client, filled) == expected
    assert [record.get_value() for record in api.query_stream(flux)] == expected
    assert list(api.query_data_frame(flux)["_value"]) == expected
    assert [float(row[6]) for row in api.query_csv(flux) if row[2:3] in (["0"], ["1"])] == expected
    assert api.query(flux).to_values(columns=["_value"]) == [[value] for value in expected]
    raw = api.query_raw(flux).read().decode()
    assert raw.startswith("#") and raw.count("\r\n") > 10


def test_parameters_are_bound(client: InfluxDBClient, filled: str) -> None:
    window = "from(bucket: bucket) |> range(start: start, stop: stop)"
    flux = f"{window} |> filter(fn: (r) => r.host == host)"
    parameters = {
        "bucket": filled,
        "start": NOON,
        "stop": NOON + timedelta(hours=1),
        "host": "h1",
    }
    tables = client.query_api().query(flux, params=parameters)
    assert [record.get_value() for table in tables for record in table] == [1, 3, 5, 7, 9]


def test_points_are_deleted_by_predicate(client: InfluxDBClient, filled: str) -> None:
    stop = NOON + timedelta(hours=1)
    client.delete_api().delete(NOON, stop, 'host="h0"', bucket=filled, org="org")
    assert values(client, filled) == [1.0, 3.0, 5.0, 7.0, 9.0]


def test_buckets_are_made_found_changed_and_deleted(client: InfluxDBClient) -> None:
    api = client.buckets_api()
    rule = BucketRetentionRules(type="expire", every_seconds=3600)
    made = api.create_bucket(bucket_name="kept", retention_rules=rule, description="first")
    made.description = "second"
    assert api.update_bucket(made).description == "second"
    assert api.find_bucket_by_name("kept").retention_rules[0].every_seconds == 3600
    assert "kept" in [found.name for found in api.find_buckets_iter()]
    api.delete_bucket(made)
    assert api.find_bucket_by_name("kept") is None


def test_tokens_are_made_used_and_revoked(
    client: InfluxDBClient, server: Embedded, filled: str
) -> None:
    api, bucket = client.authorizations_api(), client.buckets_api().find_bucket_by_name(filled)
    resource = PermissionResource(type="buckets", id=bucket.id, org_id=bucket.org_id)
    made = api.create_authorization(bucket.org_id, [Permission(action="read", resource=resource)])
    with InfluxDBClient(server.url, made.token, org="org") as reader:
        assert len(values(reader, filled)) == 10
        with pytest.raises(ApiException) as refused:
            reader.write_api(SYNCHRONOUS).write(filled, record="m f=1")
        assert refused.value.status == 403
        assert api.find_authorization_by_id(made.id).token == ""
        api.delete_authorization(made)
        with pytest.raises(ApiException) as gone:
            values(reader, filled)
        assert gone.value.status == 401


def test_labels_are_made_and_put_on_buckets(client: InfluxDBClient, bucket: str) -> None:
    org = client.organizations_api().find_organizations(org="org")[0]
    label = client.labels_api().create_label("mark", org.id, {"color": "ff0000"})
    found = client.buckets_api().find_bucket_by_name(bucket)
    from influxdb_client import BucketsService, LabelMapping

    service = BucketsService(client.api_client)
    service.post_buckets_id_labels(found.id, label_mapping=LabelMapping(label_id=label.id))
    assert [m.name for m in service.get_buckets_id_labels(found.id).labels] == ["mark"]
    client.labels_api().delete_label(label)
    assert service.get_buckets_id_labels(found.id).labels == []


def test_tasks_run_and_tell(client: InfluxDBClient, filled: str) -> None:
    api = client.tasks_api()
    org = client.organizations_api().find_organizations(org="org")[0]
    flux = f'{ALL.format(filled)} |> sum() |> set(key: "_measurement", value: "sums")'
    task = api.create_task_every(
        "sums",
        f'{flux} |> map(fn: (r) => ({{r with _time: now()}})) |> to(bucket: "{filled}")',
        "1h",
        org,
    )
    run = api.run_manually(task.id, scheduled_for=NOON)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = api.get_run(task.id, run.id)
        if found.status in ("success", "failed"):
            break
        time.sleep(0.05)
    messages = [event.message for event in api.get_run_logs(task.id, run.id)]
    assert found.status == "success", messages
    assert messages[-1] == "Completed(success)"
    assert [each.id for each in api.get_runs(task.id)] == [run.id]
    assert len(values(client, filled)) == 12
    assert [each.id for each in api.find_tasks(name="sums")] == [task.id]
    task.status = "inactive"
    assert api.update_task(task).status == "inactive"
    api.delete_task(task.id)
    assert api.find_tasks(name="sums") == []


def test_checks_are_made_through_their_service(client: InfluxDBClient, filled: str) -> None:
    from influxdb_client import (
        ChecksService,
        CheckStatusLevel,
        DashboardQuery,
        GreaterThreshold,
        QueryEditMode,
        TaskStatusType,
        ThresholdCheck,
    )

    org = client.organizations_api().find_organizations(org="org")[0]
    flux = f'{ALL.format(filled)} |> filter(fn: (r) => r._field == "f")'
    check = ThresholdCheck(
        name="load",
        org_id=org.id,
        status=TaskStatusType.ACTIVE,
        every="1m",
        status_message_template="is ${ r._level }",
        query=DashboardQuery(edit_mode=QueryEditMode.ADVANCED, text=flux),
        thresholds=[GreaterThreshold(value=5.0, level=CheckStatusLevel.CRIT)],
    )
    service = ChecksService(client.api_client)
    made = service.create_check(check)
    assert made.name == "load"
    assert 'crit = (r) => r["f"] > 5.0' in service.get_checks_id_query(made.id).flux
    assert [each.name for each in service.get_checks(org.id).checks] == ["load"]
    service.delete_checks_id(made.id)
    assert service.get_checks(org.id).checks == []


def test_users_organizations_and_members(client: InfluxDBClient) -> None:
    users, orgs = client.users_api(), client.organizations_api()
    user, org = users.create_user("somebody"), orgs.create_organization("elsewhere")
    assert users.me().name == "me"
    assert users.find_users(name="somebody").users[0].id == user.id
    from influxdb_client import AddResourceMemberRequestBody, OrganizationsService

    service = OrganizationsService(client.api_client)
    body = AddResourceMemberRequestBody(id=user.id)
    service.post_orgs_id_members(org.id, add_resource_member_request_body=body)
    assert [each.name for each in service.get_orgs_id_members(org.id).users] == ["somebody"]
    orgs.delete_organization(org.id)
    users.delete_user(user)
    assert [found.name for found in orgs.find_organizations()] == ["org"]


def test_a_password_opens_a_session(server: Embedded) -> None:
    with InfluxDBClient(
        server.url, username="me", password="a-long-password", org="org"
    ) as session:
        names = [found.name for found in session.buckets_api().find_buckets_iter()]
    assert "first" in names
