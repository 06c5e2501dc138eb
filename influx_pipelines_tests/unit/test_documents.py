"""What is written about the project is made from it, or held against it.

`python -m influx_pipelines_tests.unit.test_documents` writes the parts that are made.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import dagster as dg
import pytest
from pydantic import BaseModel

import influx_pipelines
from influx_pipelines import components
from influx_pipelines.alerts.delivery.config import AlertsConfig
from influx_pipelines.api.app import create_app
from influx_pipelines.defs import runbooks
from influx_pipelines.embedded.engine import functions  # noqa: F401  (fills the registry)
from influx_pipelines.embedded.engine.registry import PACKAGES, Builtin
from influx_pipelines.embedded.http import app  # noqa: F401  (registers the routes)
from influx_pipelines.embedded.http.routing import ROUTES
from influx_pipelines.estate.document import Document
from influx_pipelines.estate.kinds.dashboard import DashboardEntry
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings, variable_of
from influx_pipelines.sources.ci.declared import CiDocument
from influx_pipelines.sources.ci.points import CiJob, CiTest
from influx_pipelines.sources.ci.rules import RulesDocument
from influx_pipelines.sources.weather.locations import LocationsDocument
from influx_pipelines_tests import catalogue
from influx_pipelines_tests.publicapi import public_api

ROOT = Path(__file__).parents[2]
API = Settings(_env_file=None, api_token="o" * 16, webhook_token="w" * 16)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
RUNBOOKS = ROOT / "docs/runbooks"
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def settings_table() -> str:
    lines = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default in (None, "") else f"`{default}`"
        lines.append(f"| `{variable_of(name)}` | {shown} | {field.description} |")
    return "\n".join(lines)


def function_list() -> str:
    lines = []
    for path, package in sorted(PACKAGES.items()):
        names = sorted(n for n, m in package.members.items() if isinstance(m, Builtin))
        if names:
            listed = " ".join(f"`{name}`" for name in names)
            lines.append(f"* **{path}**: {listed}")
    return "\n".join(lines)


def route_table() -> str:
    """A row a resource: verbs of the list and of one of it, and the paths below that one."""
    rows: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for entry in ROUTES:
        head, _, rest = entry.path.removeprefix("/api/v2/").partition("/{id}")
        whole, one, below = rows.setdefault(head, (set(), set(), set()))
        if rest:
            below.add(re.sub(r"/\{\w+\}", "", rest).lstrip("/"))
        else:
            (one if entry.path.endswith("{id}") else whole).add(entry.method)
    lines = ["| path | itself | `/{id}` | below |", "| --- | --- | --- | --- |"]
    for head, cells in sorted(rows.items()):
        verbs = (" ".join(v for v in VERBS if v in cell) for cell in cells[:2])
        lines.append(f"| `{head}` | {' | '.join(verbs)} | {', '.join(sorted(cells[2]))} |")
    return "\n".join(lines)


def schema() -> str:
    found = Document.model_json_schema()
    found["title"] = "A file of the estate of influx_pipelines"
    return json.dumps(_with_durations(found), indent=2) + "\n"


def schemas() -> dict[str, str]:
    """The published JSON schemas, by their file in the folder of the estate."""
    titled: dict[str, tuple[type[BaseModel], str]] = {
        "dashboards/schema": (DashboardEntry, "A dashboard of the estate of influx_pipelines"),
        "schemas/alerts": (AlertsConfig, "Who is told of which alerts"),
        "schemas/ci": (CiDocument, "Repositories whose CI jobs are fetched"),
        "schemas/ci_rules": (RulesDocument, "Rules that tell why CI jobs fail"),
        "schemas/locations": (LocationsDocument, "The places whose weather is taken"),
    }
    found = {"schema.json": schema()}
    for name, (model, title) in titled.items():
        made = {**model.model_json_schema(), "title": title}
        found[f"{name}.json"] = json.dumps(made, indent=2) + "\n"
    return found


def _with_durations(value: object) -> object:
    """Durations are texts in a file, whatever they become when it is read."""
    if isinstance(value, list):
        return [_with_durations(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _with_durations(inner) for key, inner in value.items()}
    for name in ("retention", "shard_group"):
        field = made.get(name)
        if isinstance(field, dict) and "description" in field:
            made[name] = {
                "description": field["description"],
                "examples": ["7d", "1w3d", "infinite"],
                "type": ["string", "integer"],
            }
    return made


def api_table() -> str:
    """A row a route of the HTTP API, with the first sentence of what it does."""
    lines = ["| route | |", "| --- | --- |"]
    document = create_app(API, Connection("http://127.0.0.1:9", "", "given", "")).openapi()
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            text = " ".join(about["description"].split("\n\n")[0].split())
            lines.append(f"| `{method.upper()} {path}` | {text} |")
    return "\n".join(lines)


def measurements() -> dict[str, str]:
    return {found.name: found.markdown() for found in (CiJob, CiTest)}


def between(text: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end of {name} -->", text, re.DOTALL)
    assert found, name
    return found[1].strip()


def test_the_list_of_settings_is_that_of_the_model() -> None:
    assert between((ROOT / "docs/settings.md").read_text(), "settings") == settings_table()


def test_the_list_of_supported_flux_is_that_of_the_registry() -> None:
    assert between((ROOT / "docs/embedded.md").read_text(), "functions") == function_list()


def test_the_list_of_routes_is_that_of_the_application() -> None:
    assert between((ROOT / "docs/embedded.md").read_text(), "routes") == route_table()


def test_the_list_of_the_apis_routes_is_that_of_its_document() -> None:
    assert between((ROOT / "docs/api.md").read_text(), "api") == api_table()


def test_the_published_schemas_are_those_of_the_models() -> None:
    for name, text in schemas().items():
        assert (ROOT / "estate" / name).read_text() == text, name


def test_the_points_of_ci_are_listed_as_they_are_declared() -> None:
    text = (ROOT / "docs/ci.md").read_text()
    assert {name: between(text, name) for name in measurements()} == measurements()


def test_the_catalogue_is_that_of_the_graph() -> None:
    text = (ROOT / "docs/catalogue.md").read_text()
    for name, table in catalogue.tables().items():
        assert between(text, name) == table, name


def test_every_check_has_a_page_and_no_page_is_left_over() -> None:
    wanted = catalogue.pages()
    there = {path.name for path in RUNBOOKS.glob("*.md")}
    missing = [f"docs/runbooks/{page} for {of}" for of, page in wanted.items() if page not in there]
    assert not missing, "write " + "; ".join(missing)
    left_over = sorted(there - set(wanted.values()))
    assert not left_over, f"no check has these pages any more: {left_over}"


def test_every_asset_check_tells_where_its_page_is() -> None:
    """Dagster's page shows the description of a check; its metadata are for programs."""
    for spec in catalogue.check_specs():
        where = f"docs/runbooks/{runbooks.page(spec.asset_key, spec.name)}"
        use = f"declare {spec.name} of {spec.asset_key.to_user_string()} by runbooks.check_spec"
        assert spec.metadata.get(runbooks.FIELD) == dg.MetadataValue.path(where), use
        assert (spec.description or "").endswith(where), use


def test_a_page_on_a_server_is_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUX_PIPELINES_RUNBOOKS", "https://git.example/docs/runbooks/")
    spec = runbooks.check_spec("healthy", asset=["influx", "server"], description="It is well.")
    url = "https://git.example/docs/runbooks/influx-server--healthy.md"
    assert spec.metadata == {"runbook": dg.MetadataValue.url(url)}
    assert spec.description == f"It is well. Runbook: {url}"


def test_every_link_between_documents_leads_to_a_file_and_a_heading() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in DOCUMENTS
        for target in links(path.read_text())
        if not leads_somewhere(path, target)
    ]
    assert not broken, broken


def links(text: str) -> list[str]:
    """The links of a document; what is code is none."""
    prose = re.sub(r"```.*?```|^    .*?$|`[^`\n]*`(?!\])", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\]\(([^)\s]+)\)", prose)


def leads_somewhere(path: Path, target: str) -> bool:
    if target.startswith(("http://", "https://")):
        return True
    file, _, anchor = target.partition("#")
    found = path.parent / file if file else path
    return found.exists() and (not anchor or anchor in anchors(found.read_text()))


def anchors(text: str) -> set[str]:
    """The anchors that Git servers give to headings: lower case, hyphens, no punctuation."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_what_other_projects_import_is_as_the_page_says() -> None:
    """A name that is gone or takes other things breaks them: it wants a line in the changelog."""
    assert between((ROOT / "docs/api-python.md").read_text(), "python") == public_api()


def test_the_components_of_the_root_are_those_of_their_package() -> None:
    assert {*influx_pipelines.COMPONENTS, "InfluxServer"} == {*components.__all__}
    for name in influx_pipelines.COMPONENTS:
        assert getattr(influx_pipelines, name) is getattr(components, name)


def test_nothing_of_a_machine_is_in_what_is_committed() -> None:
    suspicious = re.compile(r"/(home|root|Users)/\w|index-url|/simple/")
    for name in ("README.md", "constraints.txt", "pyproject.toml", "Makefile", "dagster.yaml"):
        assert not suspicious.search((ROOT / name).read_text()), name


def _write(path: Path, name: str, body: str) -> None:
    text = path.read_text()
    pattern = rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)"
    path.write_text(re.sub(pattern, lambda m: f"{m[1]}{body}\n{m[2]}", text, flags=re.DOTALL))


if __name__ == "__main__":
    _write(ROOT / "docs/settings.md", "settings", settings_table())
    _write(ROOT / "docs/embedded.md", "functions", function_list())
    _write(ROOT / "docs/embedded.md", "routes", route_table())
    _write(ROOT / "docs/api.md", "api", api_table())
    _write(ROOT / "docs/api-python.md", "python", public_api())
    for measurement, listed in measurements().items():
        _write(ROOT / "docs/ci.md", measurement, listed)
    for part, table in catalogue.tables().items():
        _write(ROOT / "docs/catalogue.md", part, table)
    for file, text in schemas().items():
        (ROOT / "estate" / file).write_text(text)
