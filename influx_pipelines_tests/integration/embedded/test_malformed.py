"""Whatever is sent, the answer is one of the server's own: no traceback, no hang."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from influx_pipelines.embedded.http import app  # noqa: F401  (registers the routes)
from influx_pipelines.embedded.http.routing import ROUTES, Entry
from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process

FIELDS = """
    name description orgID org bucketID bucket database retention_policy default status token userID
    permissions action resource type id labelID properties retentionRules everySeconds arguments
    shardGroupDurationSeconds values selected query flux every cron offset level thresholds tags key
    statusMessageTemplate value url method authMethod endpointID statusRules tagRules channel cells
    x y w h shape config metadata buckets start stop predicate dialect annotations now extern
    scheduledFor username password timeSince staleTime secrets
""".split()
PARAMETERS = """
    org orgID bucket bucketID precision limit offset after descending id name db rp user userID q
    epoch include status type default afterTime beforeTime tag
""".split()
# Routes that would lock the rest of the run out.
SPARED = {
    ("POST", "/api/v2/signout"),
    ("DELETE", "/api/v2/users/{id}"),
    ("PATCH", "/api/v2/users/{id}"),
}
GOOD = {200, 201, 204, 400, 401, 403, 404, 405, 413, 422, 500, 501, 503}

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(["", "active", "0123456789abcdef", "1h", "@daily", "flux"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)
bodies = (objects | values).map(lambda v: json.dumps(v).encode()) | st.binary(max_size=60)
words = st.sampled_from(["$org", "$bucket"]) | st.text(max_size=20)
queries = st.dictionaries(st.sampled_from(PARAMETERS), words, max_size=4)
known = st.sampled_from(["$org", "$bucket", "$label", "0" * 16, "f" * 16, "xyz"])
identifiers = known | st.text(min_size=1, max_size=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with Embedded(tmp_path_factory.mktemp("malformed") / "data", free_port()) as running:
        running.set_up(password="a-long-password")
        yield running


@pytest.fixture
def names(server: Embedded) -> dict[str, str]:
    """An organisation of the test's own, which its requests may destroy."""
    org = server.request("POST", "/api/v2/orgs", json={"name": secrets.token_hex(8)}).json()["id"]
    bucket = server.request("POST", "/api/v2/buckets", json={"orgID": org, "name": "b"}).json()
    label = server.request("POST", "/api/v2/labels", json={"orgID": org, "name": "a"}).json()
    return {"$org": org, "$bucket": bucket["id"], "$label": label["label"]["id"]}


@pytest.mark.parametrize("entry", ROUTES, ids=lambda e: f"{e.method} {e.path}")
def test_no_request_brings_out_a_traceback(
    server: Embedded, names: dict[str, str], entry: Entry
) -> None:
    if (entry.method, entry.path) in SPARED:
        pytest.skip("it would lock the test out")

    @settings(
        max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(st.lists(identifiers, min_size=3, max_size=3), queries, bodies)
    @example(["$org", "$label", "x"], {"orgID": "$org", "bucket": "$bucket"}, b"[" * 100_000)
    @example(["$org", "$label", "x"], {"orgID": "$org", "bucket": "$bucket"}, b"\xff\xfe{")
    def check(parts: list[str], query: dict[str, Any], body: bytes) -> None:
        before = server.log.stat().st_size
        path = entry.path
        for part in parts:
            path = _with_part(path, quote(names.get(part, part), safe=""))
        asked = urlencode({name: names.get(value, value) for name, value in query.items()})
        answer = server.request(entry.method, f"{path}?{asked}", body=body)
        assert answer.status in GOOD
        assert server.log.stat().st_size == before, server.log.read_text()[before:][-3000:]

    check()


def _with_part(path: str, value: str) -> str:
    start, end = path.find("{"), path.find("}")
    return path if start < 0 else path[:start] + value + path[end + 1 :]
