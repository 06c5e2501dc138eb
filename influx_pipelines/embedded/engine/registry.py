"""The functions that exist: their parameters, what of them is refused, and how they are called.

A function is an ordinary Python function: its annotations are the Flux types that it takes, a first
parameter `tables` is the pipe, a parameter `run` receives the running script. No parameter is
taken that the function does not honour; `refuses` names those of the real function.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from influx_pipelines.embedded.engine.errors import ArgumentError, not_supported, null_error
from influx_pipelines.embedded.engine.plan import note
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import KINDS, type_of

Names = list[str] | None  # what many functions take
Fn = Callable[..., Any]
PIPES = ("tables", "table", "arr", "left", "rows")


@dataclass(slots=True)
class Builtin:
    """A function of ours."""

    name: str
    function: Callable[..., Any]
    kinds: dict[str, frozenset[str]]  # parameter → Flux types; empty for any
    required: frozenset[str]
    refuses: frozenset[str]
    pipe: str | None
    needs_run: bool
    texts: frozenset[str]  # parameters that take an array of texts
    strict: bool = False  # looks at the type of null before anything else


KINDS.update({Builtin: "function", Callable: "function", Stream: "stream"})


@dataclass(slots=True)
class Package:
    """What an import brings in: our members, the names we only know of, and what may be set."""

    path: str
    members: dict[str, Any] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    options: set[str] = field(default_factory=set)


PACKAGES: dict[str, Package] = {"universe": Package("universe")}


def package(path: str) -> Package:
    """The package of this path, made when it is new."""
    return PACKAGES.setdefault(path, Package(path))


Registered = TypeVar("Registered", bound=Callable[..., Any])


def builtin(
    name: str, *, refuses: Iterable[str] = (), strict: bool = False
) -> Callable[[Registered], Registered]:
    """Make a Python function a Flux function: `mean`, or `strings.toUpper` for a package's."""

    def register(function: Registered) -> Registered:
        path, _, short = name.rpartition(".")
        entry = _describe(short, function, frozenset(refuses))
        entry.strict = strict
        package(path or "universe").members[short] = entry
        return function

    return register


def define(
    path: str,
    functions: dict[str, dict[str, Callable[..., Any]]],
    kind: type,
    *,
    null: str = "error",
    **other: type,
) -> None:
    """Plain functions of a package by their parameters, which are theirs by position.

    Parameters are of this kind or the `other` one of their name. `null` says what a null argument
    gives: an `error`, an `invalid` one, a `panic`, or `null`.
    """
    none = frozenset[str]()
    for names, table in functions.items():
        kinds = {name: _kinds_of(other.get(name, kind)) for name in names.split()}
        for name, function in table.items():
            by_name = _by_position(function, list(kinds), null)
            entry = Builtin(name, by_name, kinds, frozenset(kinds), none, None, False, none)
            entry.strict = null in ("null", "panic")
            package(path).members[name] = entry


def _by_position(function: Callable[..., Any], names: list[str], null: str) -> Callable[..., Any]:
    def call(**arguments: Any) -> Any:
        values = [arguments[name] for name in names]
        if not any(value is None for value in values):
            return function(*values)
        if null == "null":
            return None
        raise null_error(null)

    return call


def _describe(name: str, function: Callable[..., Any], refuses: frozenset[str]) -> Builtin:
    hints = typing.get_type_hints(function)
    found = {n.rstrip("_"): (p, hints.get(n, Any)) for n, p in _parameters(function) if n != "run"}
    return Builtin(
        name,
        function,
        {n: _kinds_of(hint) for n, (_, hint) in found.items()},
        frozenset(n for n, (parameter, _) in found.items() if parameter.default is parameter.empty),
        refuses,
        next((n for n in found if n in PIPES), None),
        "run" in hints,
        frozenset(n for n, (_, hint) in found.items() if list[str] in (hint, *_choices(hint))),
    )


def _parameters(function: Callable[..., Any]) -> Iterable[tuple[str, inspect.Parameter]]:
    return inspect.signature(function).parameters.items()


def _choices(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if isinstance(hint, types.UnionType) else ()


def _kinds_of(hint: Any) -> frozenset[str]:
    if hint is Any:
        return frozenset()
    if choices := _choices(hint):
        return frozenset().union(*(_kinds_of(part) for part in choices if part is not type(None)))
    return frozenset({KINDS[typing.get_origin(hint) or hint]})


def function(name: str, of: Callable[..., Any]) -> Builtin:
    """A function of ours that a script gets as a value."""
    return _describe(name, of, frozenset())


def invoke(entry: Builtin, arguments: dict[str, Any], run: Any) -> Any:
    """Call a function of ours with arguments by name.

    Raises:
        FluxError: an argument is missing, unknown, refused or of a wrong type.
    """
    for name, value in arguments.items():
        if name in entry.refuses:
            raise not_supported(f"argument {name} of {entry.name}")
        if name not in entry.kinds:
            raise ArgumentError(f"found unexpected argument {name}{_hint(entry, arguments)}", name)
        kinds = entry.kinds[name]
        if kinds and value is not None and (kind := type_of(value)) not in kinds:
            text = f"expected {' or '.join(sorted(kinds))} but found {kind} (argument {name})"
            raise ArgumentError(text, name)
        if name in entry.texts and value is not None and not all(isinstance(e, str) for e in value):
            raise ArgumentError(f"expected string (argument {name})", name)
    missing = sorted(entry.required - arguments.keys())
    if missing:
        raise ArgumentError(f"missing required argument {missing[0]}")
    renamed = {f"{n}_" if n in _PYTHON_NAMES else n: v for n, v in arguments.items()}
    result = entry.function(**renamed, **({"run": run} if entry.needs_run else {}))
    if isinstance(result, Stream):
        note(result, entry.name, arguments)
    return result


_PYTHON_NAMES = frozenset({"as", "from", "default", "not"})


def _hint(entry: Builtin, arguments: dict[str, Any]) -> str:
    free = [name for name in entry.kinds if name not in arguments]
    return f" (Expected `{free[0]}`)" if len(free) == 1 else ""
