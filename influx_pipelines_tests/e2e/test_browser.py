"""What a person sees in the browser; makes the README's pictures when it is told where.

`INFLUX_PIPELINES_SCREENSHOTS=docs/images make test` writes them anew.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3
from playwright.sync_api import Locator, Page, expect, sync_playwright

from influx_pipelines_tests.conftest import GIVEN, ROOT
from influx_pipelines_tests.e2e.conftest import Up, wait_for

pytestmark = pytest.mark.timeout(400)

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
GROUPS = ("server", "buckets", "hosts", "housekeeping")
SECONDS = 30_000
# As InfluxDB posts it.
ALERT = {
    "_check_id": "11ac693a1c7c3000",
    "_check_name": "load",
    "_level": "crit",
    "_message": "load is crit: 95.5 on a",
    "_source_measurement": "cpu",
    "_type": "threshold",
    "host": "a",
    "usage": 95.5,
}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on PATH: Debian's package has it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(SECONDS)
        expect.set_options(timeout=SECONDS)  # else five seconds, too few on a busy machine
        yield page
        browser.close()


def picture(target: Page | Locator, name: str) -> None:
    """Keep a picture for the README, when asked to."""
    folder = os.environ.get("INFLUX_PIPELINES_SCREENSHOTS")
    if folder:
        (ROOT / folder).mkdir(parents=True, exist_ok=True)
        target.screenshot(path=str(ROOT / Path(folder) / name))


def test_the_asset_graph_shows_its_groups(up: Up, page: Page) -> None:
    assets = [("influx", "server"), ("influx", "buckets"), ("hosts", "metrics")]
    for asset in (*assets, ("housekeeping", "run_history")):
        assert up.materialize(*asset) == "SUCCESS"
    page.goto(f"{up.url}/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).last).to_be_visible()
    page.wait_for_timeout(2_000)
    picture(page, "graph.png")
    # The graph draws only what is in sight, so that one group is looked into on its own page.
    page.goto(f"{up.url}/locations/influx_pipelines/asset-groups/buckets/lineage")
    expect(page.get_by_text("dbrp_mappings", exact=True).last).to_be_visible()


def test_a_plot_is_really_rendered(up: Up, page: Page) -> None:
    wait_for(lambda: up.samples() >= 3, 90)
    assert up.materialize("hosts", "metrics") == "SUCCESS"
    page.goto(f"{up.url}/assets/hosts/metrics")
    page.get_by_text("[Show Markdown]").first.click()
    image = page.get_by_alt_text("Processors, idle")
    expect(image).to_be_visible()
    width = image.evaluate("image => image.naturalWidth")
    assert width > 300
    page.wait_for_timeout(500)
    picture(page, "plot.png")


def test_a_failing_asset_check_is_shown_as_failing(up: Up, page: Page) -> None:
    with up.client() as client:
        client.create_bucket("theirs", retention_seconds=86_400)
    file = up.project.folder / "estate" / "conflict.yaml"
    file.write_text("buckets:\n  - name: theirs\n    retention: 7d\n")
    try:
        assert up.materialize("influx", "buckets") == "FAILURE"
        page.goto(f"{up.url}/assets/influx/buckets?view=checks")
        expect(page.get_by_text("as_declared").first).to_be_visible()
        # The sensor on the files may have begun a run of its own, which is shown until it ends.
        expect(page.get_by_text("Failed").first).to_be_visible(timeout=60_000)
        expect(page.get_by_text("adopt: true").first).to_be_visible(timeout=60_000)
    finally:
        file.unlink()


def test_an_alert_that_was_posted_is_an_incident_on_its_page(up: Up, page: Page) -> None:
    answer = urllib3.request(
        "POST",
        f"{up.api}/influxdb/alert",
        json={**ALERT, "_status_timestamp": time.time_ns()},
        headers={"Authorization": f"Bearer {token_of(up, 'webhook')}"},
    )
    assert answer.status == 200, answer.data
    assert up.materialize("alerts", "incidents") == "SUCCESS"
    page.goto(f"{up.url}/assets/alerts/incidents")
    # A machine that is busy may have alerted of itself meanwhile.
    expect(page.get_by_text("going on").first).to_be_visible()
    expect(page.get_by_text("load is crit: 95.5 on a").first).to_be_visible()
    page.get_by_text("[Show Markdown]").first.click()
    image = page.get_by_alt_text("incidents")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") > 300
    page.wait_for_timeout(500)
    picture(page, "incidents.png")


def test_the_page_of_the_api_offers_its_routes_and_asks_no_other_host(up: Up, page: Page) -> None:
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{up.api}/docs")
    for subject in ("alerts", "incidents", "checks", "hosts", "provisioning", "records"):
        expect(page.locator(f"#operations-tag-{subject}")).to_be_visible()
    page.get_by_role("button", name="Authorize").first.click()
    page.locator("input[type=text], input[type=password]").last.fill(token_of(up, "operator"))
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    page.locator(".opblock-get").filter(has_text="/influxdb/alerts").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.get_by_text("load is crit: 95.5 on a").first).to_be_visible()
    assert hosts == {urlsplit(up.api).netloc}


def token_of(up: Up, role: str) -> str:
    return (up.project.home / "api" / f"{role}.token").read_text().strip()


def test_the_token_is_on_no_page_in_no_answer_and_in_no_file(up: Up, page: Page) -> None:
    token = up.connection()["token"]
    for path in ("/runs", "/assets/influx/server", "/assets/influx/buckets?view=events"):
        page.goto(up.url + path)
        page.wait_for_load_state("networkidle")
        assert "influx" in page.content()
        assert token not in page.content()
    assert len(up.answers) > 10
    assert not [answer for answer in up.answers if token in answer]
    allowed = [] if GIVEN else [".influx_pipelines/connection.json"]
    assert up.project.files_with("influx__server"), "the search itself finds what is there"
    assert up.project.files_with(token) == allowed
