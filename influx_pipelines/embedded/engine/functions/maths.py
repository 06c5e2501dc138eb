"""`math`: everything but the Bessel functions."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

from influx_pipelines.embedded.engine.numbers import modulo, power, total
from influx_pipelines.embedded.engine.registry import define, package
from influx_pipelines.embedded.engine.values import Uint

_QUANTILE = NormalDist().inv_cdf
_GOLDEN = (1 + math.sqrt(5)) / 2
_PLAIN = "acos acosh asin asinh atan cbrt cos erf erfc exp exp2 expm1 sin sqrt tan tanh"


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    """A rounding: infinities, NaN and the sign of zero stay."""
    return lambda x: math.copysign(function(x), x) if math.isfinite(x) else x


def _half_away(x: float) -> int:
    whole = math.trunc(x)
    return whole + int(math.copysign(1, x)) if abs(x - whole) >= 0.5 else whole


def _with_pole(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    return lambda x: -math.inf if x == pole else total(function)(x)


def _cosh(x: float) -> float:
    return math.cosh(x) if abs(x) < 21 else total(math.exp)(abs(x)) / 2


def _gamma(x: float) -> float:
    found = math.inf if x == 0 else total(math.gamma)(x)
    return math.copysign(found, x) if math.isinf(found) else found


def _lgamma(x: float) -> dict[str, Any]:
    pole = x <= 0 and x.is_integer()
    negative = math.isfinite(x) and x < 0 and not pole and math.floor(x) % 2
    found = math.inf if pole else total(math.lgamma)(x) if math.isfinite(x) else x
    return {"lgamma": found, "sign": -1 if negative else 1}


def _erfinv(x: float) -> float:
    if abs(x) >= 1 or not x:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan if x else x
    if abs(x) > 0.5:
        return math.copysign(_QUANTILE((1 - abs(x)) / 2) / math.sqrt(2), x)
    near = _QUANTILE((1 + x) / 2) / math.sqrt(2)
    return near - (math.erf(near) - x) * math.sqrt(math.pi) / 2 * math.exp(near * near)


def _ilogb(x: float) -> int:
    if not x:
        return -(2**31)
    return math.frexp(x)[1] - 1 if math.isfinite(x) else 2**31 - 1


def _larger(x: float, y: float) -> float:
    if math.inf in (x, y):
        return math.inf
    if math.isnan(x) or math.isnan(y):
        return math.nan
    return x + y if x == y == 0 else max(x, y)


def _parts(f: float) -> dict[str, float]:
    fraction, whole = math.modf(f)
    return {"int": whole, "frac": math.nan if math.isinf(f) else fraction}


_FUNCTIONS: dict[str, dict[str, Callable[..., Any]]] = {
    "x": {
        **{name: total(getattr(math, name)) for name in _PLAIN.split()},
        "abs": abs,
        "atanh": lambda x: math.copysign(math.inf, x) if abs(x) == 1 else total(math.atanh)(x),
        "ceil": _whole(math.ceil),
        "cosh": _cosh,
        "erfcinv": lambda x: _erfinv(1 - x),
        "erfinv": _erfinv,
        "floor": _whole(math.floor),
        "gamma": _gamma,
        "ilogb": _ilogb,
        "log": _with_pole(math.log, 0),
        "log10": _with_pole(math.log10, 0),
        "log1p": _with_pole(math.log1p, -1),
        "log2": _with_pole(math.log2, 0),
        "logb": _with_pole(lambda x: _ilogb(x) if math.isfinite(x) else abs(x), 0),
        "round": _whole(_half_away),
        "roundtoeven": _whole(round),
        "signbit": lambda x: math.copysign(1, x) < 0,
        "sinh": lambda x: math.sinh(x) if abs(x) < 21 else math.copysign(_cosh(x), x),
        "trunc": _whole(math.trunc),
    },
    "x y": {
        "copysign": math.copysign,
        "dim": lambda x, y: 0.0 if x - y <= 0 else x - y,
        "mMax": _larger,
        "mMin": lambda x, y: -_larger(-x, -y),
        "mod": modulo,
        "nextafter": lambda x, y: x if x == y else math.nextafter(x, y),
        "pow": power,
        "remainder": total(math.remainder),
    },
    "y x": {"atan2": math.atan2},
    "p q": {"hypot": math.hypot},
    "": {"NaN": lambda: math.nan},
    "n": {"pow10": lambda n: float(f"1e{n}")},
    "sign": {"mInf": lambda sign: math.inf if sign >= 0 else -math.inf},
    "frac exp": {"ldexp": lambda f, exp: math.copysign(total(math.ldexp)(abs(f), exp), f)},
    "b": {"float64frombits": lambda b: struct.unpack("<d", struct.pack("<Q", b))[0]},
    "f": {
        "float64bits": lambda f: Uint(*struct.unpack("<Q", struct.pack("<d", f))),
        "isNaN": math.isnan,
    },
    "f sign": {
        "isInf": lambda f, sign: (f == math.inf and sign >= 0) or (f == -math.inf and sign <= 0)
    },
}
_RECORDS: dict[str, dict[str, Callable[..., Any]]] = {
    "f": {
        "frexp": lambda f: dict(zip(("frac", "exp"), math.frexp(f), strict=True)),
        "modf": _parts,
    },
    "x": {
        "lgamma": _lgamma,
        "sincos": lambda x: {"sin": total(math.sin)(x), "cos": total(math.cos)(x)},
    },
}
_CONSTANTS = {
    "pi": math.pi,
    "e": math.e,
    "phi": _GOLDEN,
    "sqrt2": math.sqrt(2),
    "sqrte": math.sqrt(math.e),
    "sqrtpi": math.sqrt(math.pi),
    "sqrtphi": math.sqrt(_GOLDEN),
    "ln2": math.log(2),
    "ln10": math.log(10),
    "log2e": 1 / math.log(2),
    "log10e": 1 / math.log(10),
    "maxfloat": 1.7976931348623157e308,
    "smallestNonzeroFloat": 5e-324,
    "maxint": 2**63 - 1,
    "minint": -(2**63),
    "maxuint": Uint(2**64 - 1),
}
define("math", _FUNCTIONS, float, null="null", sign=int, exp=int, n=int, b=Uint)
define("math", _RECORDS, float)
package("math").members.update(_CONSTANTS)
