"""`csv.from`, where the recorded cases do not reach."""

from __future__ import annotations

import json
from typing import Any

import pytest

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines_tests.unit.embedded.flux import results

HEAD = "#datatype,string,long,string,double\n#group,false,false,true,false\n"
DEFAULT = "#default,_result,,,9\n,result,table,host,v\n"


def rows(text: str, mode: str = "annotations") -> list[dict[str, Any]]:
    literal = json.dumps(text, ensure_ascii=False)
    return results(f'import "csv" csv.from(csv: {literal}, mode: "{mode}")')["_result"]


def test_an_empty_cell_is_the_default_or_null() -> None:
    found = rows(f"{HEAD}{DEFAULT},,0,,\n,,0,,1.5\n")
    assert found == [{"host": None, "v": 9.0}, {"host": None, "v": 1.5}]


def test_another_table_number_or_new_annotations_begin_another_table() -> None:
    found = rows(f"{HEAD}{DEFAULT},,0,a,1\n,,1,a,2\n\n{HEAD}{DEFAULT},,0,b,3\n")
    assert [(row["host"], row["v"]) for row in found] == [("a", 1), ("a", 2), ("b", 3)]


def test_raw_text_has_columns_of_texts() -> None:
    assert rows('a,b\n1,"x\ny"\n,\n', "raw") == [{"a": "1", "b": "x\ny"}, {"a": None, "b": None}]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid"),
        ("a,b\n1,2\n", "invalid"),
        (HEAD.replace("double", "nosuch") + DEFAULT + ",,0,a,1\n", "invalid"),
        (HEAD + DEFAULT + ",,0,a,x\n", "internal error"),
        (HEAD + DEFAULT + ",,0,a\n", "internal error"),
        (HEAD + DEFAULT.replace("_result", "other") + ",,0,a,1\n" + HEAD + DEFAULT, "invalid"),
        (HEAD.replace("double", "dateTime:2006") + DEFAULT + ",,0,a,1\n", "not implemented"),
    ],
)
def test_what_is_no_such_table_fails(text: str, code: str) -> None:
    with pytest.raises(FluxError) as caught:
        rows(text)
    assert caught.value.code == code
