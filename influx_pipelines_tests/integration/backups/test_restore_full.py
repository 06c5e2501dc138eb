"""A full restore replaces everything, so it asks and says before, and can be repeated."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from pydantic import SecretStr

from influx_pipelines.backups.restore.full import restore_full
from influx_pipelines.backups.restore.planning import plan_restore
from influx_pipelines.backups.restore.request import RestoreRefused, RestoreRequest
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError, Unauthorized
from influx_pipelines_tests.integration.backups.conftest import SETS
from influx_pipelines_tests.services.native_restore import OF_SAMPLES, RESTORE, RestoringServer
from influx_pipelines_tests.services.nativefaults import Fault

Put = Callable[[str], BackupSet]
FULL = RestoreRequest(full=True)
OLD = SecretStr(OF_SAMPLES)
pytestmark = pytest.mark.embedded_process  # an organization of a fixed name is made


def _same(token: SecretStr | None) -> SecretStr | None:
    return token


@pytest.fixture
def restoring(restoring: RestoringServer) -> RestoringServer:
    restoring.whole = [SETS / "2.7.12", SETS / "2.9.1"]
    return restoring


@pytest.mark.parametrize(("version", "given"), [("2.7.12", None), ("2.7.12", OLD), ("2.9.1", OLD)])
def test_everything_becomes_what_it_was(
    operator: Influx, kept: Put, version: str, given: SecretStr | None
) -> None:
    operator.create_bucket("made-since", retention_seconds=0)
    plan = plan_restore(operator, kept(version), FULL, token=lambda: given)
    assert plan.full is not None
    assert f"{operator.org}/made-since" in plan.full.gone
    assert set(plan.full.made) >= {"sample-org/two-shards", "sample-org/_tasks"}
    result = restore_full(plan, operator, allow_data_loss=plan.fingerprint, token=given)
    assert result.state == "done"
    counts = {name: found.values for name, found in result.comparisons.items() if found.values}
    assert counts == {"sample-org/two-shards": 2448, "sample-org/deleted-range": 1440}
    with pytest.raises(Unauthorized):
        operator.buckets()  # the tokens of before are unknown
    with operator.other(token=result.token.get_secret_value(), org=operator.org) as client:
        assert client.find_bucket("made-since") is None
    assert OF_SAMPLES not in f"{plan} {plan.to_json()} {result}"


def test_the_plan_says_what_happens_to_tokens(operator: Influx, kept: Put) -> None:
    notes = {}
    for version in ("2.7.12", "2.9.1"):
        plan = plan_restore(operator, kept(version), FULL, token=lambda: OLD)
        assert plan.full is not None
        notes[version] = " ".join(plan.full.notes)
        assert plan.losses == (plan.full.loses,)
        assert "INFLUXDB_TOKEN and INFLUXDB_BACKUP_TOKEN" in notes[version]
    assert "in clear: the server shows them until its next start" in notes["2.7.12"]
    assert "hashes" in notes["2.9.1"]


def test_the_old_operator_token_is_asked_for_and_checked_before_anything_is_sent(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    """Without it a server of 2.9 is left with new metadata and old data."""
    backup = kept("2.9.1")
    for wrong, text in ((None, "INFLUXDB_RESTORE_TOKEN"), (SecretStr("other"), "no operator")):
        plan = plan_restore(operator, backup, FULL, token=partial(_same, wrong))
        assert plan.losses == ()
        with pytest.raises(RestoreRefused, match=text):
            restore_full(plan, operator, allow_data_loss=plan.fingerprint, token=wrong)
    assert restoring.received == []


def test_it_is_done_only_with_the_fingerprint_of_its_plan(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    plan = plan_restore(operator, kept("2.9.1"), FULL, token=lambda: OLD)
    with pytest.raises(RestoreRefused, match=f"allow it with {plan.fingerprint}"):
        restore_full(plan, operator, allow_data_loss="", token=OLD)
    operator.create_bucket("more", retention_seconds=0)
    later = plan_restore(operator, kept("2.7.12"), FULL, token=lambda: OLD)
    with pytest.raises(RestoreRefused, match="another one"):
        restore_full(later, operator, allow_data_loss=plan.fingerprint, token=OLD)
    assert restoring.received == []


def test_an_older_server_is_not_asked_to_take_a_backup_of_a_newer_one(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    restoring.version = "v2.7.12"
    plan = plan_restore(operator, kept("2.9.1"), FULL, token=lambda: OLD)
    assert any("2.9 or later" in one and "v2.7.12" in one for one in plan.refused)


@pytest.mark.parametrize(
    ("where", "how"),
    [("kv", Fault("reset")), ("sql", Fault("status", 503)), ("shards/2", Fault("status", 500))],
)
def test_one_that_was_broken_off_is_told_and_done_again(
    operator: Influx, restoring: RestoringServer, kept: Put, where: str, how: Fault
) -> None:
    """The tokens are other ones already, so that only the old operator token goes on."""
    backup = kept("2.9.1")
    plan = plan_restore(operator, backup, FULL, token=lambda: OLD)
    restoring.break_answer = lambda asked, number: how if asked.path == RESTORE + where else None
    with pytest.raises(InfluxError):
        restore_full(plan, operator, allow_data_loss=plan.fingerprint, token=OLD)
    restoring.break_answer = lambda asked, number: None
    plan = plan_restore(operator, backup, FULL, token=lambda: OLD)
    assert any("an earlier full restore of this backup was broken off" in n for n in plan.notes)
    result = restore_full(plan, operator, allow_data_loss=plan.fingerprint, token=OLD)
    assert result.state == "done"
    assert not list(backup.path.parent.glob("*.json"))


def test_a_server_without_native_routes_refuses_it(influx: Influx, kept: Put) -> None:
    plan = plan_restore(influx, kept("2.9.1"), FULL, token=lambda: OLD)
    assert any("gives no native backups" in one for one in plan.refused)
