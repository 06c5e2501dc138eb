"""Members of records and packages, elements of arrays."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError, compile_error, not_supported
from influx_pipelines.embedded.engine.registry import Package
from influx_pipelines.embedded.engine.syntax import label
from influx_pipelines.embedded.engine.values import Row, type_of
from influx_pipelines.flux import ast


def member(value: Any, name: str, node: ast.MemberExpression) -> Any:
    """What a record or a package holds under a name.

    Raises:
        FluxError: nothing, or it is neither.
    """
    if isinstance(value, Row):
        return value.get(name)
    if isinstance(value, dict):
        if name not in value:
            raise compile_error(f"record is missing label {name}", node.object)
        return value[name]
    if isinstance(value, Package):
        return _package_member(value, name, node)
    if value is None:
        return None
    raise compile_error(f"expected a record but found {type_of(value)}", node)


def _package_member(package: Package, name: str, node: ast.MemberExpression) -> Any:
    if name in package.members:
        return package.members[name]
    short = package.path.rpartition("/")[2]
    if name in package.known:
        raise not_supported(f"function {short}.{name}")
    raise compile_error(f"record is missing label {name}", node)


def element(array: Any, index: Any) -> Any:
    """One element of an array.

    Raises:
        FluxError: there is none at this place.
    """
    if not isinstance(array, list) or type_of(index) != "int":
        raise FluxError(f"cannot index {type_of(array)} with {type_of(index)}")
    if not 0 <= index < len(array):
        raise FluxError(f"cannot access element {index} of array of length {len(array)}")
    return array[index]


def from_library(node: Any, library: dict[str, Any], own: list[set[str]]) -> Any:
    """What a name stands for in the library, None where the script has its own of this name."""
    match node:
        case ast.Identifier() if not any(node.name in names for names in own):
            return library.get(node.name)
        case ast.MemberExpression(object=ast.Identifier() as name):
            package = from_library(name, library, own)
            return package.members.get(label(node)) if isinstance(package, Package) else None
    return None
