"""Documents over HTTP: what the recorded cases do not reach, by the rules of the real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import urllib3

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process
MISSING = "00000000000000ab"
PASSWORD = "first-password"


class Home(NamedTuple):
    """A server with what its set-up made."""

    server: Embedded
    org: str
    bucket: str
    user: str

    def ask(
        self, call: str, asked: Any = None, *, token: str | None = "", **headers: str
    ) -> tuple[int, Any]:
        method, path = call.format(org=self.org, bucket=self.bucket, user=self.user).split(" ", 1)
        filled = json.loads(json.dumps(asked).replace("$org", self.org))
        answer = self.server.request(method, path, json=filled, token=token, headers=headers)
        text = answer.data.decode()
        return answer.status, json.loads(text) if text.startswith("{") else text

    def made(self, path: str, **asked: Any) -> Any:
        status, answer = self.ask(f"POST /api/v2/{path}", {"orgID": "$org", **asked})
        assert status == 201, answer
        return answer

    def token(self, *permissions: tuple[str, dict[str, str]]) -> str:
        found = [{"action": action, "resource": resource} for action, resource in permissions]
        return str(self.made("authorizations", permissions=found)["token"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Embedded(tmp_path_factory.mktemp("documents"), free_port()) as server:
        made = server.set_up(password=PASSWORD).json()
        yield Home(server, *(made[kind]["id"] for kind in ("org", "bucket", "user")))


UNMARSHAL = "failed to unmarshal json: json: cannot unmarshal"
SHORT_ID = "id must have a length of 16 bytes"
CONSTANT = {"type": "constant", "values": ["a"]}


@pytest.mark.parametrize(
    ("call", "asked", "status", "message"),
    [
        # Texts of Go's decoder name its types; an empty ID is a malformed one.
        (
            "POST /api/v2/buckets",
            {"orgID": ""},
            400,
            f"failed to unmarshal json: {SHORT_ID}",
        ),
        (
            "POST /api/v2/buckets",
            {"orgID": "$org", "name": 5},
            400,
            f"{UNMARSHAL} number into Go struct field postBucketRequest.name of type string",
        ),
        (
            "POST /api/v2/buckets",
            {"orgID": "$org", "retentionRules": [{"everySeconds": "3600"}]},
            400,
            f"{UNMARSHAL} string into Go struct field "
            "retentionRule.retentionRules.everySeconds of type int64",
        ),
        (
            "POST /api/v2/buckets",
            [],
            400,
            f"{UNMARSHAL} array into Go value of type tenant.postBucketRequest",
        ),
        (
            "PATCH /api/v2/orgs/{org}/secrets",
            {"key": 1},
            400,
            f"{UNMARSHAL} number into Go value of type string",
        ),
        ("POST /api/v2/users", [], 500, None),
        ("POST /api/v2/telegrafs", [], 500, None),
        # What is wrong with the rules is said before permissions, and the retention before a name.
        (
            f"PATCH /api/v2/buckets/{MISSING}",
            {"retentionRules": [{}, {}]},
            422,
            "buckets cannot have more than one retention rule at this time",
        ),
        (
            "PATCH /api/v2/buckets/{bucket}",
            {"name": "_no", "retentionRules": [{"everySeconds": 1800}]},
            500,
            "retention policy duration must be at least 1h0m0s",
        ),
        (
            "POST /api/v2/buckets",
            {"orgID": MISSING, "name": "_no"},
            400,
            "bucket name _no is invalid. Buckets may not start with underscore",
        ),
        ("POST /api/v2/authorizations", {}, 400, "authorization must include permissions"),
        (f"GET /api/v2/authorizations?id={MISSING}", None, 404, "authorization not found"),
        ("GET /api/v2/users?name=nobody", None, 404, "user not found"),
        (f"GET /api/v2/users?id={MISSING}", None, 404, "user not found"),
        (
            "PATCH /api/v2/users/{user}",
            {"status": "asleep"},
            400,
            "invalid status: must be active or inactive",
        ),
        ("POST /api/v2/users", {"name": ""}, 500, None),
        ("POST /api/v2/orgs", {"name": " org"}, 422, "organization with name  org already exists"),
        ("GET /api/v2/dbrps?orgID={org}&default=tRue", None, 400, "invalid default parameter"),
        ("GET /api/v2/buckets?limit=1_0", None, 400, "limit is invalid"),
        (f"DELETE /api/v2/buckets/{{bucket}}/labels/{MISSING}", None, 404, "label not found"),
        ("POST /api/v2/variables", {}, 400, "missing variable name"),
        (
            "POST /api/v2/variables",
            {"orgID": "$org", "name": "x", "arguments": {}},
            400,
            "unknown VariableArguments type ",
        ),
        (
            "POST /api/v2/variables",
            {"name": "x", "arguments": {"type": "constant", "values": {"b": True, "a": [1, None]}}},
            400,
            "error parsing map[a:[1 <nil>] b:true] as VariableConstantArguments",
        ),
        (
            "POST /api/v2/variables",
            {"name": "x", "arguments": {"type": "map", "values": {"a": 1}}},
            400,
            "expected variable map value to be string but received float64",
        ),
        ("GET /api/v2/telegrafs?orgID=xyz", None, 400, f"orgID is invalid: {SHORT_ID}"),
        ("POST /api/v2/dashboards", {"orgID": "x"}, 400, f"failed to unmarshal json: {SHORT_ID}"),
        # The older half looks neither for the document nor for rights on it.
        (f"GET /api/v2/variables/{MISSING}/labels", None, 200, None),
        ("GET /api/v2/variables/xyz/labels", None, 400, SHORT_ID),
        (f"DELETE /api/v2/checks/{MISSING}/labels/{MISSING}", None, 204, None),
        (f"GET /api/v2/tasks/{MISSING}/members", None, 200, None),
        ("POST /api/v2/variables/xyz/labels", {"labelID": "x"}, 400, SHORT_ID),
        (
            f"POST /api/v2/variables/{MISSING}/labels",
            {"labelID": "x"},
            400,
            "Invalid post label map request",
        ),
    ],
)
def test_the_first_thing_that_is_wrong_is_said(
    home: Home, call: str, asked: Any, status: int, message: str | None
) -> None:
    """Each was said otherwise, in another order, or not at all."""
    found, answer = home.ask(call, asked)
    assert found == status, answer
    assert message is None or answer["message"] == message


def test_fields_are_found_whatever_their_case(home: Home) -> None:
    """`orgid` was no field, so the organisation was missing."""
    status, answer = home.ask("POST /api/v2/buckets", {"ORGid": "$org", "Name": "cased"})
    assert (status, answer["name"]) == (201, "cased")


def test_empty_parameters_count_as_left_out(home: Home) -> None:
    """`after=` was a malformed ID, `db=` the database without a name."""
    pages = "limit=&offset=&after=&descending="
    assert home.ask(f"GET /api/v2/buckets?{pages}")[0] == 200
    found = home.ask("GET /api/v2/dbrps?orgID={org}&db=&rp=&default=1")[1]["content"]
    assert {"_tasks", "_monitoring"} <= {mapping["database"] for mapping in found}


def test_links_tell_ids_in_lower_case_and_the_order(home: Home) -> None:
    """`sortBy` was lost, an ID came back as it was written."""
    upper = home.org.upper()
    links = home.ask(f"GET /api/v2/buckets?orgID={upper}&sortBy=x&limit=1")[1]["links"]
    same = f"descending=false&limit=1&offset=0&orgID={home.org}&sortBy=x"
    assert links["self"] == f"/api/v2/buckets?{same}"


def test_no_retention_and_no_shard_group_is_no_rule(home: Home) -> None:
    """A rule of two zeros was shown, and could never be changed again."""
    bucket = home.made("buckets", name="zeros")["id"]
    zeros = {"everySeconds": 0, "shardGroupDurationSeconds": 0}
    call = f"PATCH /api/v2/buckets/{bucket}"
    assert home.ask(call, {"retentionRules": [zeros]})[1]["retentionRules"] == []
    assert home.ask(call, {"retentionRules": [{"everySeconds": 86_400}]})[0] == 422
    rule = {"everySeconds": 86_400, "shardGroupDurationSeconds": 3600}
    shown = home.ask(call, {"retentionRules": [rule]})[1]["retentionRules"]
    assert shown == [{"type": "expire", **rule}]


def test_a_permission_for_one_thing_holds_whatever_organisation_it_names(home: Home) -> None:
    """With `orgID` beside `id` it covered neither the user nor the organisation."""
    token = home.token(
        ("read", {"type": "users", "id": home.user, "orgID": home.org}),
        ("read", {"type": "orgs", "id": home.org, "orgID": home.org}),
    )
    assert home.ask("GET /api/v2/me", token=token)[0] == 200
    assert home.ask("GET /api/v2/orgs/{org}", token=token)[0] == 200
    answer = home.ask(f"GET /api/v2/users/{MISSING}", token=token)[1]
    assert answer["message"] == f"read:users/{MISSING} is unauthorized"


def test_a_system_bucket_and_members_take_the_right_to_read_the_organisation(home: Home) -> None:
    """A token for buckets read both."""
    token = home.token(("read", {"type": "buckets", "orgID": home.org}))
    found = home.ask("GET /api/v2/buckets?orgID={org}&name=_tasks")[1]["buckets"][0]["id"]
    answer = home.ask(f"GET /api/v2/buckets/{found}", token=token)[1]
    assert answer["message"] == f"read:orgs/{home.org} is unauthorized"
    answer = home.ask("GET /api/v2/buckets/{bucket}/members", token=token)[1]
    assert answer["message"] == "not found"


def test_labels_are_hidden_from_who_may_not_read_them(home: Home) -> None:
    """They were shown on every bucket, in the order in which they were put on."""
    ids = [home.made("labels", name=f"hidden-{n}")["label"]["id"] for n in range(2)]
    bucket = home.made("buckets", name="labelled")["id"]
    for label in reversed(ids):
        assert home.ask(f"POST /api/v2/buckets/{bucket}/labels", {"labelID": label})[0] == 201
    call = f"GET /api/v2/buckets/{bucket}"
    assert [label["id"] for label in home.ask(call)[1]["labels"]] == ids
    token = home.token(("read", {"type": "buckets", "orgID": home.org}))
    assert home.ask(call, token=token)[1]["labels"] == []


def test_a_malformed_label_is_complained_about_twice(home: Home) -> None:
    """The real server goes on after the first error, so two documents follow each other."""
    path = f"/api/v2/buckets/{home.bucket}/labels"
    text = home.server.request("POST", path, json={"labelID": "x"}).data.decode()
    first, end = json.JSONDecoder().raw_decode(text)
    messages = [first["message"], json.loads(text[end:])["message"]]
    assert messages == ["Invalid post label map request", "label id is required"]


def test_members_are_removed_whatever_their_role(home: Home) -> None:
    """DELETE below `/owners` left members."""
    user = home.made("users", name="member")["id"]
    path = "/api/v2/buckets/{bucket}"
    assert home.ask(f"POST {path}/members", {"id": user})[0] == 201
    assert home.ask(f"DELETE {path}/owners/{user}")[0] == 204
    assert home.ask(f"GET {path}/members")[1]["users"] == []


def test_a_password_changes_with_the_old_one_and_a_session(home: Home) -> None:
    """There was no PUT; a token in the place of Basic is a 500."""
    basic = urllib3.make_headers(basic_auth=f"me:{PASSWORD}")
    signed = home.server.request("POST", "/api/v2/signin", token=None, headers=basic)
    cookie = {"Cookie": signed.headers["set-cookie"].partition(";")[0]}
    call = "PUT /api/v2/me/password"
    new = {"password": "second-password"}
    wrong = urllib3.make_headers(basic_auth="me:wrong")
    assert home.ask(call, new)[0] == 500
    assert home.ask(call, new, token=None, **basic)[0] == 401
    assert home.ask(call, new, token=None, **wrong, **cookie)[0] == 403
    assert home.ask(call, new, token=None, **basic, **cookie)[0] == 204
    changed = urllib3.make_headers(basic_auth="me:second-password")
    back = {"password": PASSWORD}
    path = "PUT /api/v2/users/{user}/password"
    assert home.ask(path, back, token=None, **changed, **cookie)[0] == 204


def test_a_patched_variable_may_have_any_name(home: Home) -> None:
    """PATCH checked names as POST does, and emptied what was sent empty."""
    variable = home.made("variables", name="AND", selected=[], arguments=CONSTANT)
    assert variable["selected"] == []
    call = f"PATCH /api/v2/variables/{variable['id']}"
    assert home.ask(call, {"name": "1st"})[1]["name"] == "1st"
    assert home.ask(call, {"description": "kept"})[0] == 200
    assert home.ask(call, {"name": " ", "description": ""})[1]["description"] == "kept"
    assert home.ask(call, {"name": ""})[1]["message"] == "no fields supplied in update"
    other = home.made("variables", name="other", arguments=CONSTANT)["id"]
    put = f"PUT /api/v2/variables/{other}"
    answer = home.ask(put, {"name": "p", "arguments": CONSTANT})[1]
    assert answer["message"] == "bad organization id: invalid ID"
    answer = home.ask(put, {"orgID": "$org", "name": "1ST", "arguments": CONSTANT})
    assert answer[0] == 400
    answer = home.ask(put, {"orgID": "$org", "name": "other", "arguments": CONSTANT})
    assert answer[0] == 200


def test_a_label_may_lose_its_name_only_when_it_is_made(home: Home) -> None:
    """Blanks were refused at POST and ignored at PATCH; names were found by their case."""
    label = home.made("labels", name="  ")["label"]
    assert label["name"] == ""
    assert home.ask(f"DELETE /api/v2/labels/{label['id']}")[0] == 204
    label = home.made("labels", name="Named")["label"]
    answer = home.ask(f"PATCH /api/v2/labels/{label['id']}", {"name": "  "})[1]
    assert answer["message"] == "label name is required"
    found = home.ask("GET /api/v2/labels?orgID=zzzzzzzzzzzzzzzz&name=NAMED")[1]["labels"]
    assert found == [label]


def test_who_may_only_write_a_bucket_may_delete_its_mapping_not_rename_it(home: Home) -> None:
    """Deleting asked for the right to read, renaming did not."""
    bucket = home.made("buckets", name="written")["id"]
    asked = {"bucketID": bucket, "database": "d", "retention_policy": "r"}
    mapping = home.made("dbrps", **asked)["id"]
    call = f"PATCH /api/v2/dbrps/{mapping}?orgID={{org}}"
    assert home.ask(call, {"retention_policy": "a/b"})[0] == 400
    token = home.token(("write", {"type": "buckets", "id": bucket, "orgID": home.org}))
    answer = home.ask(f"PATCH /api/v2/buckets/{bucket}", {"name": "x"}, token=token)[1]
    assert answer["message"].startswith("read:")
    assert home.ask(f"DELETE /api/v2/dbrps/{mapping}?orgID={{org}}", token=token)[0] == 204


def test_a_telegraf_configuration_names_the_buckets_of_its_outputs(home: Home) -> None:
    """Without metadata there were none; any other wish than JSON got TOML."""
    config = '[[outputs.influxdb_v2]]\nbucket = "b"\n'
    made = home.made("telegrafs", name="agent", config=config)
    assert made["metadata"] == {"buckets": ["b"]}
    call = f"GET /api/v2/telegrafs/{made['id']}"
    assert home.ask(call, Accept="application/toml, application/json")[1] == config
    assert home.ask(call, Accept="text/html, application/json;q=0.5")[1]["name"] == "agent"
    assert home.ask(call, Accept="*/*")[1] == config


def test_cells_of_a_new_dashboard_have_empty_views(home: Home) -> None:
    """Properties were kept; a cell that was not there came with a PUT of the list."""
    xy = {"shape": "chronograf-v2", "type": "xy"}
    cells = [{"w": 1}, {"name": "named"}, {"properties": xy}]
    made = home.made("dashboards", name="d", cells=cells)
    shown = [[key for key in ("name", "properties") if key in cell] for cell in made["cells"]]
    assert shown == [[], ["name", "properties"], ["properties"]]
    path = f"/api/v2/dashboards/{made['id']}"
    whole = home.ask(f"GET {path}?include=properties")[1]["cells"]
    assert [cell["properties"] for cell in whole] == [{"shape": "empty"}] * 3
    assert home.ask(f"POST {path}/cells", {})[1]["message"] == "req body is empty"
    assert home.ask(f"PUT {path}/cells", [{"x": 1}])[0] == 400
    assert home.ask(f"PUT {path}/cells", [{"id": MISSING}])[0] == 422
    assert home.ask(f"PATCH {path}", {"cells": []})[0] == 400


def test_a_view_has_the_fields_of_its_type_and_no_others(home: Home) -> None:
    """Only line graphs had their empty values, and unknown fields came back."""
    made = home.made("dashboards", name="views", cells=[{"w": 1}])
    call = f"PATCH /api/v2/dashboards/{made['id']}/cells/{made['cells'][0]['id']}/view"
    asked = {"shape": "chronograf-v2", "type": "table", "QUERIES": [{}], "unknown": 1}
    table = home.ask(call, {"properties": asked})[1]["properties"]
    builder = {"period": "", "fillValues": False}
    builder = {"buckets": [], "tags": [], "functions": [], "aggregateWindow": builder}
    query = {"text": "", "editMode": "", "name": "", "builderConfig": builder}
    field = {"internalName": "", "displayName": "", "visible": False}
    assert table == {
        "shape": "chronograf-v2",
        "type": "table",
        "queries": [query],
        "colors": None,
        "tableOptions": {
            "verticalTimeAxis": False,
            "sortBy": field,
            "wrapping": "",
            "fixFirstColumn": False,
        },
        "fieldOptions": None,
        "timeFormat": "",
        "decimalPlaces": {"isEnforced": False, "digits": 0},
        "note": "",
        "showNoteWhenEmpty": False,
    }
    asked = {"shape": "chronograf-v2", "type": "no-such-type"}
    assert home.ask(call, {"name": "n", "properties": asked})[1]["properties"] == table
    asked = {"shape": "chronograf-v2", "type": "markdown", "note": 5}
    assert home.ask(call, {"properties": asked})[0] == 500
    assert home.ask(call, {})[0] == 400


def test_labels_dashboards_and_tokens_outlive_their_organisation(home: Home) -> None:
    """All that an organisation had went with it."""
    org = home.ask("POST /api/v2/orgs", {"name": "short-lived"})[1]["id"]
    label = home.ask("POST /api/v2/labels", {"orgID": org, "name": "left"})[1]["label"]
    permission = {"action": "read", "resource": {"type": "buckets", "orgID": org}}
    asked = {"orgID": org, "permissions": [permission]}
    token = home.ask("POST /api/v2/authorizations", asked)[1]
    assert home.ask(f"DELETE /api/v2/orgs/{org}")[0] == 204
    assert home.ask(f"GET /api/v2/labels?orgID={org}")[1]["labels"] == [label]
    assert home.ask("GET /api/v2/buckets", token=token["token"])[1]["buckets"] == []
    answer = home.ask(f"GET /api/v2/authorizations/{token['id']}")[1]
    assert answer["message"] == "organization not found"
    assert home.ask(f"GET /api/v2/buckets?orgID={org}")[1]["buckets"] == []


def test_the_organisations_of_a_user(home: Home) -> None:
    """`userID` was not looked at."""
    assert home.ask(f"GET /api/v2/orgs?userID={MISSING}")[1]["orgs"] == []
    assert home.ask("GET /api/v2/orgs?userID={user}")[1]["orgs"][0]["id"] == home.org


@pytest.mark.parametrize(
    ("call", "headers", "status", "location"),
    [
        ("HEAD /api/v2/buckets", {}, 405, None),
        ("HEAD /health", {}, 200, None),
        (f"GET /api/v2/orgs/{MISSING}/labels", {}, 404, None),
        ("OPTIONS /api/v2/buckets", {}, 405, None),
        ("OPTIONS /api/v2/buckets", {"Origin": "http://x"}, 204, None),
        ("GET /api/v2/buckets/", {}, 200, None),
        ("GET /api/v2/tasks/?limit=1", {}, 301, "/api/v2/tasks?limit=1"),
        ("POST /api/v2/tasks/", {}, 307, "/api/v2/tasks"),
    ],
)
def test_verbs_and_slashes_at_the_edge(
    home: Home, call: str, headers: dict[str, str], status: int, location: str | None
) -> None:
    """A slash at the end was sent to an absolute address, HEAD was answered without credentials."""
    method, path = call.split(" ", 1)
    answer = home.server.request(method, path, headers=headers)
    assert (answer.status, answer.headers.get("location")) == (status, location)
    assert answer.headers.get("access-control-allow-origin") == headers.get("Origin")


def test_half_a_pair_of_surrogates_becomes_the_replacement_character(home: Home) -> None:
    """It could not be stored: 500 and a traceback."""
    label = home.made("labels", name="\ud800x\U0001f600")["label"]
    assert label["name"] == "\ufffdx\U0001f600"


@pytest.mark.parametrize("number", ["1" * 5000, "1e999"])
def test_numbers_beyond_all_bounds_are_refused(home: Home, number: str) -> None:
    """The one named Python's limit of digits, the other came back as no JSON."""
    body = f'{{"orgID": "{home.org}", "retentionRules": [{{"everySeconds": {number}}}]}}'
    answer = home.server.request("POST", "/api/v2/buckets", body=body.encode())
    assert answer.status == 400
    assert f"cannot unmarshal number {number} into Go value" in answer.json()["message"]


def test_nothing_of_all_this_is_in_the_log(home: Home) -> None:
    """A traceback would be."""
    assert "Traceback" not in home.server.log.read_text()
