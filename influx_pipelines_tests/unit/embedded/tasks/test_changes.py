from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.tasks.changes import read_changes

OLD = 'option task = {name: "n", offset: 5s, every: 1h}\n\nbuckets()\n'


@pytest.mark.parametrize(
    ("asked", "script"),
    [
        ({"every": "30m"}, OLD.replace("1h", "30m")),
        ({"cron": "@daily"}, OLD.replace("every: 1h", 'cron: "@daily"')),
        ({"name": 'a "b"', "offset": "0s"}, OLD.replace('"n", offset: 5s', r'"a \"b\""')),
        (
            {"flux": OLD.replace('"n"', '"new"'), "every": "2h"},
            OLD.replace('"n"', '"new"').replace("1h", "2h"),
        ),
        ({"flux": "buckets( )"}, "buckets( )"),
        ({"flux": "buckets( )", "retry": 5}, "buckets( )"),
        ({"status": "active", "offset": "0s"}, None),
        ({"status": "active"}, None),
    ],
)
def test_the_script_that_comes_of_it(asked: dict[str, Any], script: str | None) -> None:
    assert read_changes(Body(asked, struct=".")).script(OLD) == script


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "cannot update task without content"),
        ({"offset": "0s"}, "cannot update task without content"),
        ({"every": "", "name": ""}, "cannot update task without content"),
        ({"every": "1h", "cron": "@daily"}, "cannot specify both every and cron"),
        ({"every": "-1h30m"}, "every: invalid duration -30m is invalid"),
        (
            {"every": 5},
            "json: cannot unmarshal number into Go struct field .every of type options.Duration",
        ),
        (
            {"offset": []},
            "json: cannot unmarshal array into Go struct field .offset of type *options.Duration",
        ),
        ({"status": "asleep"}, 'invalid task status: "asleep"'),
        (
            {"offset": "1h2d"},
            'offset: 1h2d, time: unknown unit "d" in duration "1h2d" is invalid, '
            "the largest unit supported is h",
        ),
    ],
)
def test_what_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(Fault) as caught:
        read_changes(Body(asked, struct="."))
    assert (caught.value.code, caught.value.message) == ("invalid", message)


def test_beside_an_interval_the_status_is_not_judged() -> None:
    assert read_changes(Body({"every": "1h", "status": "asleep"})).status == "asleep"


@pytest.mark.parametrize(
    ("asked", "old"),
    [
        ({"concurrency": 2}, OLD),
        ({"name": "x"}, "buckets()"),
        ({"name": "x", "flux": "f("}, OLD),
        ({"flux": "f("}, OLD),
    ],
)
def test_what_makes_the_real_server_stumble(asked: dict[str, Any], old: str) -> None:
    with pytest.raises(Fault) as caught:
        read_changes(Body(asked, struct=".")).script(old)
    assert caught.value.code == "internal error"
