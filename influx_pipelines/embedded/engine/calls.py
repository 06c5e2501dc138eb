"""Calling functions: ours, the script's own, with and without a pipe."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.errors import (
    ArgumentError,
    FluxError,
    compile_error,
    place,
)
from influx_pipelines.embedded.engine.labels import check_labels, labels_after
from influx_pipelines.embedded.engine.registry import Builtin, invoke
from influx_pipelines.embedded.engine.scope import Scope
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Function, Row, type_of
from influx_pipelines.flux import ast


class Deadline:
    """When a run must have come to its end; another thread may move that to now."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self.reason = "the query ran out of time"

    def cancel(self, reason: str = "context canceled") -> None:
        """Let the run end at its next step."""
        self.at, self.reason = 0.0, reason

    def check(self) -> None:
        """Go on.

        Raises:
            FluxError: the time is up.
        """
        if time.monotonic() > self.at:
            raise FluxError(self.reason, "unavailable", placed=True)


class Caller:
    """Calls functions for one run, until its time is up."""

    def __init__(self, deadline: Deadline) -> None:
        self.run: Any = None
        self.deadline = deadline

    def call(
        self, function: Any, arguments: dict[str, Any], node: ast.CallExpression | None = None
    ) -> Any:
        """Call with arguments by name.

        Raises:
            FluxError: with the place of the call.
        """
        self.deadline.check()
        if isinstance(function, Function):
            return self._own(function, arguments)
        if not isinstance(function, Builtin):
            raise FluxError(f"expected a function but found {type_of(function)}")
        try:
            stream = arguments.get(function.pipe or "")
            check_labels(function.name, arguments, stream)
            result = invoke(function, arguments, self.run)
        except FluxError as error:
            if node is not None:
                _put_place(error, function, node)
            raise
        if isinstance(result, Stream):
            result.labels = labels_after(function.name, arguments, stream)
            if node is not None and result.error is not None:
                _put_place(result.error, function, node)
        return result

    def call_piped(
        self, function: Any, value: Any, arguments: dict[str, Any], node: ast.CallExpression
    ) -> Any:
        """Call with a value for the pipe parameter."""
        pipe = getattr(function, "pipe", None)
        if pipe is None:
            raise compile_error("function does not take a pipe argument", node)
        return self.call(function, {pipe: value, **arguments}, node)

    def row_function(self, function: Any) -> Callable[[Row], Any]:
        """`fn` as a Python function of a row.

        Raises:
            FluxError: it takes something else.
        """
        if isinstance(function, Function):
            needed = {name for name, default in function.parameters.items() if default is None}
            if "r" not in function.parameters or needed - {"r"}:
                raise ArgumentError("expected a function of r")
        if isinstance(function, Function) and list(function.parameters) == ["r"]:
            body, scope, check = function.body, function.scope, self.deadline.check

            def of_row(row: Row) -> Any:
                check()
                return body(Scope({"r": row}, scope))

            return of_row
        return lambda row: self.call(function, {"r": row})

    def _own(self, function: Function, arguments: dict[str, Any]) -> Any:
        for name in arguments:
            if name not in function.parameters:
                raise FluxError(f"found unexpected argument {name}")
        scope = Scope(arguments, function.scope)
        for name, default in function.parameters.items():
            if name not in arguments:
                if default is None:
                    raise FluxError(f"missing required argument {name}")
                scope.values[name] = default(function.scope)
        return function.body(scope)


def _put_place(error: FluxError, function: Builtin, node: ast.CallExpression) -> None:
    """Complete a message with the place of the call, in the words of the real server."""
    if error.placed or error.message.startswith("panic"):
        return
    name = function.name
    error.placed = True
    if isinstance(error, ArgumentError):
        properties = node.arguments[0].properties if node.arguments else []
        named = {p.key.name: p for p in properties if isinstance(p.key, ast.Identifier)}
        wrong = named.get(error.argument or "")
        at = node if wrong is None or wrong.value is None else wrong.value
        error.message = f"error {place(at)}: {error.message}"
    elif function.pipe is None:
        error.message = f'error calling function "{name}" {place(node)}: {error.message}'
    elif error.code == "invalid":
        error.message = f"runtime error {place(node)}: {name}: {error.message}"
