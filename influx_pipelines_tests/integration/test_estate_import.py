"""Import over HTTP: a server that was set up by hand, its files, and a server made from them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate import apply, observe, plan
from influx_pipelines.estate.importing import import_estate
from influx_pipelines.estate.kinds import NAMES
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.ownership import LABEL
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection

QUERY = """from(bucket: "plant") |> range(start: -1m)
    |> filter(fn: (r) => r._measurement == "m" and r._field == "v")"""
TELEGRAF = """[[outputs.influxdb_v2]]
  token = "$INFLUX_TOKEN"
  bucket = "plant"
"""
TASK = 'option task = {name: "Hourly means", every: 1h, offset: 2m}\n\nbuckets() |> limit(n: 7)\n'
GRAPH = {
    "type": "xy",
    "shape": "chronograf-v2",
    "geom": "step",
    "queries": [{"text": "from(bucket: v.place) |> range(start: v.timeRangeStart)"}],
}
NOTE = {"type": "markdown", "shape": "chronograf-v2", "note": "Ask\n*Ann*"}


@pytest.fixture
def empty(server: Connection) -> Iterator[Influx]:
    """A client of a second fresh organisation."""
    name = f"test-{secrets.token_hex(6)}"
    with Influx(server.url, server.token, server.org) as operator:
        made = operator.request("POST", "/api/v2/orgs", json={"name": name})
        with Influx(server.url, server.token, name) as client:
            yield client
        operator.request("DELETE", f"/api/v2/orgs/{made['id']}")


def by_hand(client: Influx) -> None:
    """One or two of each kind, as people make them."""

    def post(path: str, **body: Any) -> dict[str, Any]:
        sent = {"orgID": client.org_id, **body}
        found: dict[str, Any] = client.request("POST", f"/api/v2/{path}", json=sent)
        return found

    plant = client.create_bucket("plant", retention_seconds=1_209_600, description="Of the plant")
    odd = client.create_bucket("odd [1]", retention_seconds=0, description="")
    client.create_dbrp(plant.id, "plant", "2w", default=True)
    client.create_dbrp(odd.id, "old", "autogen", default=True)
    client.put_secret("slack-url", "a value")
    post("labels", name="Team A", properties={"color": "#ff0000", "description": "Ours"})
    constant = {"type": "constant", "values": ["plant", "odd [1]"]}
    post("variables", name="place", arguments=constant, selected=["plant"])
    post("telegrafs", name="hosts", config=TELEGRAF, metadata={"buckets": ["plant"]})
    post("tasks", flux=TASK, description="Means", status="inactive")
    check = {"every": "1m", "query": {"text": QUERY}, "status": "active"}
    check["statusMessageTemplate"] = "${r._level}"
    above = {"type": "greater", "level": "CRIT", "value": 90.5}
    tags = [{"key": "a", "value": "1"}]
    post("checks", name="load", type="threshold", thresholds=[above], tags=tags, **check)
    silence = {"timeSince": "90s", "staleTime": "10m", "level": "WARN"}
    post("checks", name="silence", type="deadman", **silence, **check)
    common = {"type": "http", "status": "active", "method": "POST", "url": "http://127.0.0.1:1/a"}
    bearer = {"authMethod": "bearer", "token": "secret: slack-url"}
    hook = post("notificationEndpoints", name="hook", **common, **bearer)
    own = {"authMethod": "bearer", "token": "Hunter2-token"}
    post("notificationEndpoints", name="own", **common, **own)
    levels = [{"currentLevel": "CRIT", "previousLevel": "OK"}]
    rule = {"type": "http", "status": "active", "statusRules": levels, "tagRules": []}
    post("notificationRules", name="tell", endpointID=hook["id"], every="10m", **rule)
    page = post("dashboards", name="Plant", description="All of it")
    for at, properties in enumerate((GRAPH, NOTE)):
        cell = post(f"dashboards/{page['id']}/cells", x=4 * at, y=0, w=4, h=3, name="Twice")
        view = f"/api/v2/dashboards/{page['id']}/cells/{cell['id']}/view"
        client.request("PATCH", view, json={"name": "Twice", "properties": properties})
    team = {one.name: one.id for one in client.labels()}["Team A"]
    client.add_label("buckets", plant.id, team)
    client.add_label("dashboards", page["id"], team)
    client.add_label("notificationEndpoints", hook["id"], team)
    right = {"type": "buckets", "orgID": client.org_id, "id": plant.id}
    permissions = [{"action": "write", "resource": right}]
    post("authorizations", description="Writer of the plant", permissions=permissions)


class Project:
    """A folder with an estate, and the ledger of what it made."""

    def __init__(self, client: Influx, folder: Path, home: Path) -> None:
        self.client, self.folder = client, folder
        home.mkdir()
        self.ledger = Ledger.open(home / "ledger.json", client.url, client.org_id)

    def plan(self) -> Plan:
        return plan(load(self.folder), observe(self.client), self.ledger)

    def apply(self) -> None:
        applied = apply(self.plan(), self.client, self.ledger)
        assert not applied.failed, applied.results


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def entries(folder: Path) -> dict[str, str]:
    """The files without their comments, in which a server says what was left out."""
    found = {name: _uncommented(text) for name, text in files(folder).items()}
    return {name: text for name, text in found.items() if text}


def _uncommented(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("#"))


@pytest.fixture(autouse=True)
def value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", "a value")


def test_what_was_imported_only_has_to_be_adopted(influx: Influx, tmp_path: Path) -> None:
    by_hand(influx)
    import_estate(influx, tmp_path / "estate")
    project = Project(influx, tmp_path / "estate", tmp_path / "home")
    assert {change.action for change in project.plan().changes} == {"adopt"}
    kinds = {change.kind for change in project.plan().changes}
    assert kinds == {*NAMES} - {"dbrp_mapping", "token"}
    project.apply()
    assert project.plan().summary() == "nothing to change"


def test_a_server_made_from_an_import_gives_the_same_files(
    influx: Influx, empty: Influx, tmp_path: Path
) -> None:
    by_hand(influx)
    first, second = tmp_path / "first", tmp_path / "second"
    import_estate(influx, first)
    (first / "tokens.yaml.suggested").rename(first / "tokens.yaml")
    Project(empty, first, tmp_path / "home").apply()
    import_estate(empty, second)
    assert entries(second) == entries(first)
    labelled = [name for name, text in files(second).items() if "- Team A\n" in text]
    assert sorted(labelled) == [
        "buckets.yaml",
        "dashboards/plant-0bd287.yaml",
        "notification_endpoints.yaml",
    ]
    assert LABEL not in "".join(files(second).values())


def test_an_import_says_what_it_leaves_out_and_shows_no_secret(
    influx: Influx, tmp_path: Path
) -> None:
    by_hand(influx)
    import_estate(influx, tmp_path / "estate")
    found = files(tmp_path / "estate")
    assert "only the server knows its token" in found["notification_endpoints.yaml"]
    assert "the mapping of odd [1] as old/autogen" in found["buckets.yaml"]
    everything = "".join(found.values())
    assert "Hunter2" not in everything
    assert "a value" not in everything
    assert not [name for name in found if "load" in name or "tell" in name]  # tasks of the server


def test_an_import_overwrites_nothing(influx: Influx, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("buckets: []\n")
    with pytest.raises(EstateError, match="new or empty"):
        import_estate(influx, tmp_path)
    assert files(tmp_path) == {"mine.yaml": "buckets: []\n"}
    with pytest.raises(EstateError, match="cannot be written: Not a directory"):
        import_estate(influx, tmp_path / "mine.yaml" / "below")
