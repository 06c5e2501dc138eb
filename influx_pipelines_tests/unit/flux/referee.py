"""InfluxData's own front end, asked over a pipe, and trees in a form that can be compared."""

from __future__ import annotations

import json
import select
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from influx_pipelines.flux import ast

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PACKAGE = ROOT / ".cache/node/node_modules/@influxdata/flux-lsp-node"
CASES = ROOT / "influx_pipelines_tests/fixtures/conformance/cases"


class Referee:
    """The front end in a process of its own, started anew when it falls over."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[str] | None = None

    def close(self) -> None:
        if self.child:
            self.child.kill()
            self.child.communicate()
        self.child = None

    def ask(self, script: str | dict[str, Any]) -> dict[str, Any] | None:
        """`tree`, `faults` and `formatted` of a script, `formatted` of a tree; None where it falls
        over or never ends.
        """
        if self.child is None:
            command = ["node", str(HERE / "referee.js"), str(PACKAGE)]
            self.child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                bufsize=1,
            )
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(json.dumps(script) + "\n")
        if select.select([self.child.stdout], [], [], 2)[0]:
            line = self.child.stdout.readline()
            answer: dict[str, Any] = json.loads(line) if line else {"error": "it is gone"}
            if "error" not in answer:
                return answer
        self.close()
        return None


def scripts() -> list[str]:
    """Every script of the recorded cases, broken ones too."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            texts = [value.get(key) for key in ("flux", "query", "text", "body")]
            found.update(text for text in texts if isinstance(text, str) and "(" in text)
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    for path in sorted(CASES.rglob("*.yaml")):
        walk(yaml.safe_load(path.read_text()))
    return sorted(found)


_RENAMED = {"with_": "with", "alias": "as"}


def difference(node: Any, tree: Any, path: str = "") -> str | None:
    """Where our tree and that of the front end part: places, errors and comments count too."""
    if isinstance(node, list):
        tree = tree or []  # an empty list may be left out
        if len(node) != len(tree):
            return f"{path}: {len(node)} items, {len(tree)} there"
        pairs = [(f"{path}[{i}]", *both) for i, both in enumerate(zip(node, tree, strict=True))]
        return next((d for at, a, b in pairs if (d := difference(a, b, at))), None)
    if isinstance(node, ast.DurationPart):
        tree = (tree["magnitude"], tree["unit"])
        return _unlike((node.magnitude, node.unit), tree, path)
    if not isinstance(node, ast.Node) or tree is None:
        return _unlike(node, tree, path)
    ours = {} if isinstance(node, ast.DictItem) else _common(node)
    theirs = {} if isinstance(node, ast.DictItem) else _common_of(tree, node)
    found = _unlike(ours, theirs, path) or _unlike(
        node.comments or {}, _comments(tree, path), f"{path} comments"
    )
    for name in ast.PARTS[type(node)]:
        value = tree.get(_RENAMED.get(name, name))
        found = found or difference(_value(node, name), _their_value(node, value), f"{path}.{name}")
    return found


def _unlike(ours: Any, theirs: Any, path: str) -> str | None:
    return None if ours == theirs else f"{path}: {ours!r}, {theirs!r} there"


def _common(node: ast.Node) -> dict[str, Any]:
    return {"type": type(node).__name__, "place": (node.at, node.end), "errors": list(node.errors)}


def _common_of(tree: dict[str, Any], node: ast.Node) -> dict[str, Any]:
    """`type` is left out there where only one kind of node can stand."""
    nowhere = {"line": 0, "column": 0}
    location = tree.get("location", {"start": nowhere, "end": nowhere})
    start, end = location["start"], location["end"]
    return {
        "type": tree.get("type", type(node).__name__),
        "place": ((start["line"], start["column"]), (end["line"], end["column"])),
        "errors": [error["msg"] for error in tree.get("errors", [])],
    }


def _comments(tree: dict[str, Any], path: str) -> dict[str, list[str]]:
    """Without those that the real server loses: after items, and before `with`."""
    lost = "comma" if path.endswith("]") and ".elements[" in path else ""
    lost = "with" if path.endswith(".with_") else lost
    return {
        slot: [comment["text"] for comment in found]
        for slot, found in tree.items()
        if slot != lost and isinstance(found, list) and found and set(found[0]) == {"text"}
    }


def _value(node: ast.Node, name: str) -> Any:
    value = getattr(node, name)
    if isinstance(node, ast.IntegerLiteral):
        return str(value)
    if isinstance(node, ast.DateTimeLiteral):
        return datetime.fromisoformat(value if "T" in value else f"{value}T00:00:00Z")
    return value


def _their_value(node: ast.Node, value: Any) -> Any:
    if isinstance(node, ast.FloatLiteral):
        return float(value)
    return datetime.fromisoformat(value) if isinstance(node, ast.DateTimeLiteral) else value
