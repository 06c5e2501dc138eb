"""Reading through InfluxQL; the answers have the form that a 2.9.1 gave to such statements.

The embedded server refuses SELECT, so an answering machine stands in for a server here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import IncompleteRead, NotFound, QueryFailed
from influx_pipelines.influx.models import Dbrp
from influx_pipelines.influx.reading import influxql
from influx_pipelines.influx.reading.selection import select

MAPPING = Dbrp(id="1", bucketID="i", database="te le", retention_policy='y"r', default=True)
START = datetime(1970, 1, 1, tzinfo=UTC)
END = "name,tags,name\nmeasurements,,cpu\n"
ROWS = 'name,tags,time,host,b,n,s,u\ncpu,,1,a,true,,"x, ""y""\nz",1\ncpu,,3,,,7,,2.5\n'


class Machine:
    """Answers `SELECT` with `rows`, the SHOW statements with what is declared."""

    def __init__(self) -> None:
        self.url = ""
        self.rows = f"{ROWS}\n{END}"
        self.fields = [["u", "float"], ["n", "integer"], ["b", "boolean"], ["s", "string"]]
        self.mappings = [MAPPING]
        self.orgs = [{"name": "o", "id": "i"}]
        self.tokens = [{"token": "t", "orgID": "i"}]
        self.asked: list[str] = []

    def answer(self, path: str, query: dict[str, list[str]], body: str) -> tuple[str, str]:
        if path == "/query":
            self.asked.append(body)
            assert query == {"db": ["te le"], "rp": ['y"r'], "epoch": ["ns"]}
            if body.startswith("SELECT"):
                return "text/csv", self.rows
            values: list[Any] = self.fields if "FIELD" in body else [["host"]]
            return "application/json", json.dumps({"results": [{"series": [{"values": values}]}]})
        listed = [m.model_dump(by_alias=True) for m in self.mappings]
        found = {
            "orgs": self.orgs,
            "authorizations": self.tokens,
            "buckets": [{"name": "b", "id": "i"}],
            "content": listed,
        }
        return "application/json", json.dumps(found)


@pytest.fixture
def machine() -> Iterator[Machine]:
    machine = Machine()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            kind, text = machine.answer(split.path, parse_qs(split.query), body)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    machine.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield machine
    server.shutdown()
    server.server_close()


def read(machine: Machine, **arguments: Any) -> pa.Table:
    with Influx(machine.url, "t", "o", retry_seconds=0.0) as client:
        return client.read("b", "cpu", start=START, via="influxql", **arguments).arrow()


def test_the_types_are_those_of_the_fields(machine: Machine) -> None:
    table = read(machine)
    assert table.schema.names == ["_time", "host", "b", "n", "s", "u"]
    assert table.schema.field("_time").type == pa.timestamp("ns", "UTC")
    assert table.column("_time").cast(pa.int64()).to_pylist() == [1, 3]
    found = table.drop_columns(["_time"]).to_pylist()
    assert found[0] == {"host": "a", "b": True, "n": None, "s": 'x, "y"\nz', "u": 1.0}
    assert found[1] == {"host": None, "b": None, "n": 7, "s": None, "u": 2.5}


def test_nothing_in_the_range_is_an_empty_table(machine: Machine) -> None:
    machine.rows = END
    assert read(machine).num_rows == 0


def test_an_answer_without_its_end_is_an_error(machine: Machine) -> None:
    """A server swallows the error of a SELECT whose answer is CSV: 200 and what there was."""
    for text in ("", ROWS):
        machine.rows = text
        with pytest.raises(QueryFailed, match="failed in the middle"):
            read(machine)


def test_rows_that_are_not_of_the_fields_types_are_an_error(machine: Machine) -> None:
    machine.rows = f"{ROWS.replace('7', '7.5')}\n{END}"
    with pytest.raises(IncompleteRead, match="damaged"):
        read(machine)
    machine.rows = f"time,x\n1,2\n\n{END}"
    with pytest.raises(IncompleteRead, match="other columns"):
        read(machine)


def test_a_token_of_another_organization_is_refused(machine: Machine) -> None:
    """The server answered from a bucket of that name in the organization of the token."""
    machine.orgs.append({"name": "other", "id": "j"})
    assert len(read(machine)) == 2
    for tokens in ([{"token": "t", "orgID": "j"}], [{"orgID": "i"}]):  # of 2.9 they have no text
        machine.tokens = tokens
        with pytest.raises(ValueError, match="the organization of the token"):
            read(machine)


def test_a_bucket_needs_a_default_mapping(machine: Machine) -> None:
    machine.mappings = [MAPPING.model_copy(update={"default": False})]
    with pytest.raises(NotFound, match="no default DBRP mapping"):
        read(machine)


def test_a_field_of_two_types_is_refused(machine: Machine) -> None:
    machine.fields.append(["u", "integer"])
    with pytest.raises(QueryFailed, match="'u' is float and integer"):
        read(machine)


def test_a_field_that_is_not_there_is_a_column_of_nulls(machine: Machine) -> None:
    machine.rows = f"name,tags,time,host,u\ncpu,,1,a,2\n\n{END}"
    table = read(machine, fields=["u", "nope"])
    assert table.column_names == ["_time", "host", "u", "nope"]
    assert table.column("nope").null_count == 1
    machine.fields = []
    assert read(machine).num_rows == 0


def test_what_has_no_value_in_that_time_is_no_column(machine: Machine) -> None:
    machine.rows = f"name,tags,time,host,b,n,s,u\ncpu,,1,,,,,2\n\n{END}"
    assert read(machine).column_names == ["_time", "u"]


@pytest.mark.parametrize(
    ("argument", "text"),
    [({"every": "1h"}, "every"), ({"pivot": False}, "pivot"), ({"stop": "1mo"}, "months")],
)
def test_what_influxql_answers_otherwise_is_refused(
    machine: Machine, argument: dict[str, Any], text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        read(machine, **argument)


def test_names_and_values_are_quoted() -> None:
    tags = {"h'": ["a'b", "\\"]}
    wanted = select(
        "b", 'm"\\', tags=tags, fields=None, start="-1h", stop=None, every=None, fn="mean"
    )
    assert influxql.statement(MAPPING, wanted, (-5, 5), ['h"'], ["u"]) == (
        r'SELECT "h\""::tag, "u"::field FROM "y\"r"."m\"\\" '
        r"""WHERE time >= -5 AND time < 5 AND ("h'"::tag = 'a\'b' OR "h'"::tag = '\\')"""
    )
