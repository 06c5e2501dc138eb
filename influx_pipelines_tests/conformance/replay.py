"""Send the steps of a case to a server and judge the answers by what a real one said."""

from __future__ import annotations

import base64
import gzip
import json
import math
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
import yaml

from influx_pipelines_tests.conformance.normal import (
    hide_ids,
    json_form,
    table_forms,
    text_form,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "conformance"
VERSION = "2.9.1"
ANNOTATIONS = ["group", "datatype", "default"]
CODE = "x-platform-error-code"


@dataclass(frozen=True)
class Case:
    file: str
    name: str
    body: dict[str, Any]
    wanted: list[dict[str, Any]]


def files() -> list[str]:
    folder = FIXTURES / "cases"
    return sorted(
        path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml")
    )


def cases(file: str) -> Iterator[Case]:
    document = yaml.safe_load((FIXTURES / "cases" / f"{file}.yaml").read_text())
    recorded = json.loads((FIXTURES / "recordings" / f"{file}.json").read_text())[VERSION]
    for name, body in document["cases"].items():
        yield Case(file, name, {**document.get("common", {}), **body}, recorded[name])


def fill(value: Any, names: dict[str, Any]) -> Any:
    """Every `$name` replaced; a text that is one variable keeps the variable's type."""
    if isinstance(value, dict):
        return {fill(key, names): fill(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, names) for inner in value]
    if not isinstance(value, str):
        return value
    if value[:1] == "$" and value[1:] in names:
        return names[value[1:]]
    pattern = r"\$\{?([a-z_][a-z_0-9]*)\}?"
    return re.sub(pattern, lambda m: str(names[m[1]]) if m[1] in names else m[0], value)


def steps(case: Case) -> list[dict[str, Any]]:
    """The steps; the short form for Flux is spelled out."""
    if "steps" in case.body:
        return case.body["steps"]
    found = []
    if case.body.get("lines"):
        precision = case.body.get("precision", "ns")
        query = {"orgID": "$org_id", "bucket": "$bucket", "precision": precision}
        found.append({"request": "POST /api/v2/write", "body": case.body["lines"], "query": query})
    dialect = {"annotations": ANNOTATIONS, "header": True}
    asked = {"query": case.body["flux"], "type": "flux", "dialect": dialect}
    if "now" in case.body:
        asked["now"] = case.body["now"]
    query = {"orgID": "$org_id"}
    return [*found, {"request": "POST /api/v2/query", "query": query, "json": asked}]


class Replay:
    """A server that is held against the recordings."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(60))

    def send(self, step: dict[str, Any], names: dict[str, Any]) -> urllib3.BaseHTTPResponse:
        method, path = fill(step["request"], names).split(" ", 1)
        headers = {"Accept-Encoding": "identity", **self._credentials(step, names)}
        body = b""
        if "json" in step:
            body = json.dumps(fill(step["json"], names)).encode()
            headers["Content-Type"] = "application/json"
        elif "base64" in step:
            body = base64.b64decode(step["base64"])
        elif "body" in step:
            body = fill(step["body"], names).encode()
        if step.get("gzip"):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        headers.update(fill(step.get("headers", {}), names))
        query = {key: _plain(v) for key, v in fill(step.get("query", {}), names).items()}
        url = self.url + path + ("?" + urlencode(query, doseq=True) if query else "")
        return self.pool.request(method, url, body=body or None, headers=headers)

    def _credentials(self, step: dict[str, Any], names: dict[str, Any]) -> dict[str, str]:
        auth = fill(step.get("auth", "operator"), names)
        if auth == "operator":
            return {"Authorization": f"Token {self.token}"}
        if auth == "none":
            return {}
        if auth.startswith("basic "):
            return dict(urllib3.make_headers(basic_auth=auth[6:]))
        return {"Authorization": auth}

    def verdict(self, case: Case) -> tuple[str, str]:
        """`pass`, `refused` (501 by name), `lenient` (a script that should not run) or `wrong`."""
        names = self._names(case)
        wanted = iter(case.wanted)
        for number, step in enumerate(steps(case), 1):
            if "sleep" in step:
                time.sleep(step["sleep"])
                continue
            want, answer = next(wanted), self._settled(step, names)
            for variable, path in step.get("capture", {}).items():
                names[variable] = _captured(answer, path)
            why = _difference(want, _form(answer, step, names), case.file)
            if why is not None:
                return _judged(case, want, answer), f"step {number}: {why}"
        return "pass", ""

    def _settled(self, step: dict[str, Any], names: dict[str, Any]) -> urllib3.BaseHTTPResponse:
        """The answer; one that a step waits for is asked for again."""
        wanted = step.get("wait", {})
        deadline = time.monotonic() + wanted.get("seconds", 0)
        while True:
            answer = self.send(step, names)
            if not wanted or _arrived(wanted, answer) or time.monotonic() > deadline:
                return answer
            if answer.status == 501:  # it will never come
                return answer
            time.sleep(0.02)

    def _names(self, case: Case) -> dict[str, Any]:
        """The organisation and the bucket that a case begins with.

        Their names are as long as the recorded ones, because errors tell columns of scripts.
        """
        slug = f"{re.sub('[^a-z0-9]+', '-', f'{case.file}-{case.name}')}-{secrets.token_hex(3)}"
        names: dict[str, Any] = {"case": slug, "operator": self.token}
        if not case.body.get("preamble", True):
            return names
        org = self.send({"request": "POST /api/v2/orgs", "json": {"name": slug}}, names).json()
        names.update(org=slug, org_id=org["id"])
        asked = {"name": f"data-{slug}", "orgID": org["id"], "retentionRules": []}
        bucket = self.send({"request": "POST /api/v2/buckets", "json": asked}, names).json()
        names.update(bucket=bucket["name"], bucket_id=bucket["id"])
        return names


def _arrived(wanted: dict[str, Any], answer: urllib3.BaseHTTPResponse) -> bool:
    if "text" in wanted:
        return wanted["text"] in answer.data.decode()
    return str(_captured(answer, wanted["path"])) in map(str, wanted["in"])


def _judged(case: Case, want: dict[str, Any], answer: urllib3.BaseHTTPResponse) -> str:
    if answer.status == 501 and b"embedded server" in answer.data:
        return "refused"
    lenient = case.file.startswith("flux/") and want["status"] >= 400 > answer.status
    return "lenient" if lenient else "wrong"


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _captured(answer: urllib3.BaseHTTPResponse, path: str) -> Any:
    if path.startswith("header:"):
        return answer.headers.get(path[7:])
    try:
        value = answer.json()
        for part in path.split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return value


def _form(
    answer: urllib3.BaseHTTPResponse, step: dict[str, Any], names: dict[str, Any]
) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "")
    text = answer.data.decode("utf-8", "replace")
    form: dict[str, Any] = {"status": answer.status, "headers": dict(answer.headers.items())}
    if "json" in kind and not step.get("raw"):
        value = json_form(json.loads(text), names)
        for path in step.get("ignore", ()):
            _drop(value, path.split("."))
        form["json"] = value
    elif "json" in kind and step.get("raw"):
        form["json"] = json_form(json.loads(text), names)
        form["text"] = text_form(text, names)
    elif "csv" in kind and not step.get("raw"):
        form["tables"] = table_forms(text, names)
    else:
        form["text"] = text_form(text, names)
    return form


def _drop(value: Any, path: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _drop(item, path[1:] if path[0] == "*" else path)
    elif isinstance(value, dict) and len(path) == 1:
        value.pop(path[0], None)
    elif isinstance(value, dict) and path[0] in value:
        _drop(value[path[0]], path[1:])


def _difference(want: dict[str, Any], got: dict[str, Any], file: str) -> str | None:
    how = want["compare"]
    if how == "none":
        return None
    # Texts of panics and of Flux's own type checker are held against nobody.
    if want["status"] >= 500 or (want["status"] >= 400 and file.startswith("flux/")):
        how = "status"
    if want["status"] != got["status"]:
        shown = json.dumps(got.get("json", got.get("text", got.get("tables"))))
        return f"status {got['status']}, not {want['status']}: {shown[:300]}"
    headers = {name.lower(): value for name, value in got["headers"].items()}
    if want["headers"].get(CODE) != headers.get(CODE):
        return f"error code {headers.get(CODE)}, not {want['headers'].get(CODE)}"
    if how == "status":
        return None
    for part in ("json", "tables", "text"):
        if part in want:
            why = _unlike(want[part], got.get(part), part, loose=how == "fields")
            if why is not None:
                return why
    return None


def _unlike(want: Any, got: Any, where: str, *, loose: bool) -> str | None:
    """The first difference of two forms."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(want.keys() | (set() if loose else got.keys())):
            if (key in want) != (key in got):
                return f"{where}.{key}: {'missing' if key in want else 'too much'}"
            why = _unlike(want[key], got[key], f"{where}.{key}", loose=loose)
            if why is not None:
                return why
        return None
    if isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            return f"{where}: {len(got)} elements, not {len(want)}"
        pairs = enumerate(zip(want, got, strict=True))
        found = (_unlike(a, b, f"{where}[{i}]", loose=loose) for i, (a, b) in pairs)
        return next((why for why in found if why is not None), None)
    return None if want == got or _alike(want, got) else f"{where}: {got!r}, not {want!r}"[:500]


def _alike(want: Any, got: Any) -> bool:
    if isinstance(want, str) and isinstance(got, str) and want == hide_ids(got):
        return True
    try:
        return math.isclose(float(want), float(got), rel_tol=1e-9)
    except (TypeError, ValueError):
        return False
