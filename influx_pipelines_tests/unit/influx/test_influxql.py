"""Reading through InfluxQL; the answers have the form that a 2.9.1 gave to such statements.

The embedded server refuses SELECT, so an answering machine stands in for a server here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import IncompleteRead, NotFound, QueryFailed
from influx_pipelines.influx.models import Dbrp
from influx_pipelines.influx.reading import influxql

MAPPING = Dbrp(id="1", bucketID="b", database="te le", retention_policy='y"r', default=True)
WANTED = influxql.Selection("b", "cpu", None, {}, 0, 10)
END = "name,tags,name\nmeasurements,,cpu\n"
ROWS = 'name,tags,time,host,b,n,s,u\ncpu,,1,a,true,,"x, ""y""\nz",1\ncpu,,3,,,7,,2.5\n'


class Machine:
    """Answers `SELECT` with `rows`, the SHOW statements with what is declared."""

    def __init__(self) -> None:
        self.url = ""
        self.rows = f"{ROWS}\n{END}"
        self.fields = [["u", "float"], ["n", "integer"], ["b", "boolean"], ["s", "string"]]
        self.mappings = [MAPPING]
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
        found = {"orgs": [{"name": "o", "id": "i"}], "content": listed}
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
    threading.Thread(target=server.serve_forever, daemon=True).start()
    machine.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield machine
    server.shutdown()
    server.server_close()


def select(machine: Machine, wanted: influxql.Selection = WANTED) -> pa.Table:
    with Influx(machine.url, "t", "o", retry_seconds=0.0) as client:
        return influxql.select(client, wanted)


def test_the_types_are_those_of_the_fields(machine: Machine) -> None:
    table = select(machine)
    assert table.schema.names == ["_time", "host", "b", "n", "s", "u"]
    assert table.schema.field("_time").type == pa.timestamp("ns", "UTC")
    assert table.column("_time").cast(pa.int64()).to_pylist() == [1, 3]
    found = table.drop_columns(["_time"]).to_pylist()
    assert found[0] == {"host": "a", "b": True, "n": None, "s": 'x, "y"\nz', "u": 1.0}
    assert found[1] == {"host": None, "b": None, "n": 7, "s": None, "u": 2.5}


def test_nothing_in_the_range_is_an_empty_table(machine: Machine) -> None:
    machine.rows = END
    assert select(machine).num_rows == 0


def test_an_answer_without_its_end_is_an_error(machine: Machine) -> None:
    """A server swallows the error of a SELECT whose answer is CSV: 200 and what there was."""
    for text in ("", ROWS):
        machine.rows = text
        with pytest.raises(QueryFailed, match="failed in the middle"):
            select(machine)


def test_rows_that_are_not_of_the_fields_types_are_an_error(machine: Machine) -> None:
    machine.rows = f"{ROWS.replace('7', '7.5')}\n{END}"
    with pytest.raises(IncompleteRead, match="damaged"):
        select(machine)
    machine.rows = f"time,x\n1,2\n\n{END}"
    with pytest.raises(IncompleteRead, match="other columns"):
        select(machine)


def test_a_bucket_needs_a_default_mapping(machine: Machine) -> None:
    machine.mappings = [MAPPING.model_copy(update={"default": False})]
    with pytest.raises(NotFound, match="no default DBRP mapping"):
        select(machine)


def test_a_field_of_two_types_is_refused(machine: Machine) -> None:
    machine.fields.append(["u", "integer"])
    with pytest.raises(QueryFailed, match="'u' is float and integer"):
        select(machine)


def test_an_unknown_field_is_named(machine: Machine) -> None:
    wanted = influxql.Selection("b", "cpu", ["u", "nope"], {}, 0, 10)
    with pytest.raises(NotFound, match="no field 'nope'; it has b, n, s, u"):
        select(machine, wanted)


def test_names_and_values_are_quoted() -> None:
    wanted = influxql.Selection("b", 'm"\\', None, {"h'": ["a'b", "\\"]}, -5, 5)
    assert influxql.statement(MAPPING, wanted, ['h"'], ["u"]) == (
        r'SELECT "h\""::tag, "u"::field FROM "y\"r"."m\"\\" '
        r"""WHERE time >= -5 AND time < 5 AND ("h'"::tag = 'a\'b' OR "h'"::tag = '\\')"""
    )
