"""What a native backup needs is asked for before anything is downloaded, and said."""

from __future__ import annotations

from itertools import product

import pytest

from influx_pipelines.backups.errors import MissingRights, NotNative
from influx_pipelines.backups.kinds import chosen_kind
from influx_pipelines.backups.native.rights import check_native
from influx_pipelines.embedded.permissions import RESOURCES
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Unauthorized
from influx_pipelines.settings import Settings
from influx_pipelines_tests.backups import FOLDER
from influx_pipelines_tests.nativebackups import NIGHT, client_of, take
from influx_pipelines_tests.services.native import TOKEN, NativeServer

NARROW = "token-that-only-reads"


@pytest.fixture
def fake():
    with NativeServer(FOLDER / "2.9.1") as server:
        server.now = NIGHT
        yield server


def test_an_operator_may(fake):
    found = check_native(client_of(fake))
    assert (found.version, found.clock) == ("2.9.1", NIGHT)


def test_the_right_that_the_server_names_is_said_and_nothing_is_downloaded(fake, tmp_path):
    fake.lacking[NARROW] = "write:authorizations"
    with pytest.raises(MissingRights, match="lacks write:authorizations, at least"):
        check_native(client_of(fake, NARROW))
    fake.token, fake.lacking = NARROW, {TOKEN: "read:authorizations"}
    with pytest.raises(MissingRights, match="INFLUXDB_BACKUP_TOKEN"):
        take(fake, tmp_path / "a")
    assert not list(tmp_path.iterdir())
    assert not any("metadata" in asked.path for asked in fake.asked)


def test_all_missing_rights_are_said_where_the_server_shows_which_token_is_ours(fake):
    """Up to 2.7 the list of tokens shows them; a clone of the operator that only reads is there."""
    everything = product(("read", "write"), RESOURCES)
    fake.lacking[NARROW] = "write:authorizations"
    fake.fixed["/api/v2/buckets"] = {"buckets": [{"id": "1", "name": "b"}]}
    held = [{"action": a, "resource": {"type": t}} for a, t in everything if a == "read"]
    held += [{"action": "write", "resource": {"type": "tasks", "orgID": "1" * 16}}]
    ours = {"id": "1", "token": NARROW, "permissions": held}
    fake.fixed["/api/v2/authorizations"] = {"authorizations": [ours]}
    with pytest.raises(MissingRights) as told:
        check_native(client_of(fake, NARROW))
    assert f"lacks {len(RESOURCES)} rights: write:" in str(told.value)
    assert all(f"write:{kind}" in str(told.value) for kind in RESOURCES)
    assert "read:" not in str(told.value)
    assert NARROW not in str(told.value)


def test_an_unknown_token_is_just_that(fake):
    with pytest.raises(Unauthorized, match="does not know this token"):
        check_native(client_of(fake, "nobody's"))


@pytest.mark.parametrize("version", ["v2.0.9", "2.0.0-beta.10", "1.8.10"])
def test_what_is_older_than_2_1_is_refused(fake, version):
    fake.version = version
    with pytest.raises(NotNative, match=r"Upgrade it to 2\.1 or later"):
        check_native(client_of(fake))
    assert not any("backup" in asked.path for asked in fake.asked)


def test_a_server_that_tells_no_version_gets_a_logical_backup(fake):
    """As the cloud: nothing was taken there, since `auto` asked for the version first."""
    fake.version = "unknown"
    client = client_of(fake)
    assert chosen_kind(client, Settings(_env_file=None))[0] == "logical"
    with pytest.raises(NotNative, match="InfluxDB Cloud"):
        check_native(client)


@pytest.mark.embedded_process
def test_a_server_without_the_routes_says_so(influx: Influx):
    with pytest.raises(NotNative, match="BACKUP_KIND=logical"):
        check_native(influx)
