"""Arithmetic, comparison and logic: no mixing of types, null in gives null out."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.numbers import divide, modulo, power
from influx_pipelines.embedded.engine.values import Uint, check_size, type_of, wrap_int

NUMERIC = ("int", "uint", "float")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def binary(sign: str, left: Any, right: Any) -> Any:
    """`left sign right`.

    Raises:
        FluxError: the types do not go together, or a whole number is divided by zero.
    """
    if left is None or right is None:
        return None
    if sign in COMPARE:
        return _compare(sign, left, right)
    if sign in ("=~", "!~"):
        return _matches(left, right) == (sign == "=~")
    return _arithmetic(sign, left, right)


def _mismatch(sign: str, left: Any, right: Any) -> FluxError:
    return FluxError(f"unsupported binary expression {type_of(left)} {sign} {type_of(right)}")


def _compare(sign: str, left: Any, right: Any) -> bool:
    one, other = type_of(left), type_of(right)
    if one == other:
        allowed = one in (*NUMERIC, "string", "time") or (one == "bool" and sign in ("==", "!="))
    else:
        allowed = one in NUMERIC and other in NUMERIC
    if not allowed:
        raise _mismatch(sign, left, right)
    if one == "string":
        left, right = left.encode(), right.encode()
    elif one != other and "float" in (one, other):
        left, right = float(left), float(right)
    return COMPARE[sign](left, right)


def _matches(text: Any, pattern: Any) -> bool:
    if not isinstance(text, str) or not isinstance(pattern, re.Pattern):
        raise _mismatch("=~", text, pattern)
    return pattern.search(text) is not None


def _arithmetic(sign: str, left: Any, right: Any) -> Any:
    kind = type_of(left)
    if kind != type_of(right):
        raise _mismatch(sign, left, right)
    if kind == "string" and sign == "+":
        return joined([left, right])
    if kind not in NUMERIC:
        raise _mismatch(sign, left, right)
    if sign == "^":
        return power(float(left), float(right))
    if kind == "float":
        return _FLOATS[sign](left, right)
    value = _integers(sign, int(left), int(right))
    return Uint(value % 2**64) if kind == "uint" else wrap_int(value)


_FLOATS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "%": modulo,
}


def joined(texts: list[str]) -> str:
    """One text of several.

    Raises:
        FluxError: it is too long.
    """
    check_size(sum(map(len, texts)))
    return "".join(texts)


def _integers(sign: str, left: int, right: int) -> int:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if right == 0:
        raise FluxError("runtime error: cannot divide by zero", placed=True)
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return quotient if sign == "/" else left - quotient * right


def negate(value: Any) -> Any:
    """Unary minus.

    Raises:
        FluxError: neither a number nor a duration.
    """
    if value is None:
        return None
    if type_of(value) not in ("int", "float", "duration"):
        raise FluxError(f"unsupported unary expression -{type_of(value)}")
    return wrap_int(-value) if type_of(value) == "int" else -value


def truth(value: Any) -> bool | None:
    """A boolean or null.

    Raises:
        FluxError: something else.
    """
    if value is None or isinstance(value, bool):
        return value
    raise FluxError(f"expected bool but found {type_of(value)}")


def all_of(left: bool | None, right: Callable[[], Any], *, three: bool) -> bool | None:
    """`and`; null is false on the left, unless logic has three values."""
    if left is False or (left is None and not three):
        return False
    other = truth(right())
    return other if left or other is False else None


def any_of(left: bool | None, right: Callable[[], Any], *, three: bool) -> bool | None:
    """`or`; null is false on the left, unless logic has three values."""
    if left:
        return True
    other = truth(right())
    return other if left is False or other or not three else None
