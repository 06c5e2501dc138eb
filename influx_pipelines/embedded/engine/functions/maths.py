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

Real = Callable[[float], float]
_QUANTILE = NormalDist().inv_cdf


def _whole(function: Callable[[float], int]) -> Real:
    """A rounding: infinities, NaN and the sign of zero stay."""
    return lambda x: math.copysign(function(x), x) if math.isfinite(x) else x


def _from_half_up(x: float) -> int:
    whole = math.trunc(x)
    return whole + int(math.copysign(1, x)) if abs(x - whole) >= 0.5 else whole


def _cosh(x: float) -> float:
    return math.cosh(x) if abs(x) < 21 else total(math.exp)(abs(x)) / 2


def _with_pole(function: Real, pole: float, value: float = -math.inf) -> Real:
    inner = total(function)
    return lambda x: value if x == pole else inner(x)


def _gamma(x: float) -> float:
    found = math.inf if x == 0 else total(math.gamma)(x)
    return math.copysign(found, x) if math.isinf(found) else found


def _lgamma(x: float) -> dict[str, Any]:
    if not math.isfinite(x):
        return {"lgamma": x, "sign": 1}
    pole = x <= 0 and x.is_integer()
    negative = x < 0 and not pole and math.floor(x) % 2
    return {"lgamma": math.inf if pole else total(math.lgamma)(x), "sign": -1 if negative else 1}


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


def _logb(x: float) -> float:
    return float(_ilogb(x)) if x and math.isfinite(x) else abs(x) if x else -math.inf


def _larger(x: float, y: float) -> float:
    if math.inf in (x, y):
        return math.inf
    if math.isnan(x) or math.isnan(y):
        return math.nan
    return x + y if x == y == 0 else max(x, y)


def _ldexp(frac: float, exp: int) -> float:
    return math.copysign(total(math.ldexp)(abs(frac), exp), frac)


def _parts(f: float) -> dict[str, float]:
    fraction, whole = math.modf(f)
    return {"int": whole, "frac": math.nan if math.isinf(f) else fraction}


def _is_infinite(f: float, sign: int) -> bool:
    return (sign >= 0 and f == math.inf) or (sign <= 0 and f == -math.inf)


_PLAIN = "acos acosh asin asinh atan cbrt cos erf erfc exp exp2 expm1 sin sqrt tan tanh".split()
_OF_X: dict[str, Real] = {
    **{name: total(getattr(math, name)) for name in _PLAIN},
    "abs": abs,
    "atanh": lambda x: math.copysign(math.inf, x) if abs(x) == 1 else total(math.atanh)(x),
    "ceil": _whole(math.ceil),
    "erfcinv": lambda x: _erfinv(1 - x),
    "erfinv": _erfinv,
    "floor": _whole(math.floor),
    "gamma": _gamma,
    "log": _with_pole(math.log, 0),
    "log10": _with_pole(math.log10, 0),
    "log1p": _with_pole(math.log1p, -1),
    "log2": _with_pole(math.log2, 0),
    "logb": _logb,
    "round": _whole(_from_half_up),
    "roundtoeven": _whole(round),
    "cosh": _cosh,
    "sinh": lambda x: math.sinh(x) if abs(x) < 21 else math.copysign(_cosh(x), x),
    "trunc": _whole(math.trunc),
    "ilogb": _ilogb,
    "signbit": lambda x: math.copysign(1, x) < 0,
}
_OF_TWO: dict[str, Callable[[float, float], float]] = {
    "copysign": math.copysign,
    "dim": lambda x, y: 0.0 if x - y <= 0 else x - y,
    "mMax": _larger,
    "mMin": lambda x, y: -_larger(-x, -y),
    "mod": modulo,
    "nextafter": lambda x, y: x if x == y else math.nextafter(x, y),
    "pow": power,
    "remainder": total(math.remainder),
}
define("math", _OF_X, null="null", x=float)
define("math", _OF_TWO, null="null", x=float, y=float)
define("math", {"atan2": math.atan2}, null="null", y=float, x=float)
define("math", {"hypot": math.hypot}, null="null", p=float, q=float)
define("math", {"isNaN": math.isnan}, null="null", f=float)
define("math", {"isInf": _is_infinite}, null="null", f=float, sign=int)
define("math", {"ldexp": _ldexp}, null="null", frac=float, exp=int)
define("math", {"pow10": lambda n: float(f"1e{n}")}, null="null", n=int)
define("math", {"mInf": lambda sign: math.inf if sign >= 0 else -math.inf}, sign=int)
define("math", {"NaN": lambda: math.nan})
define("math", {"float64bits": lambda f: Uint(*struct.unpack("<Q", struct.pack("<d", f)))}, f=float)
define("math", {"float64frombits": lambda b: struct.unpack("<d", struct.pack("<Q", b))[0]}, b=Uint)
define(
    "math",
    {"frexp": lambda f: dict(zip(("frac", "exp"), math.frexp(f), strict=True)), "modf": _parts},
    f=float,
)
define(
    "math",
    {
        "lgamma": _lgamma,
        "sincos": lambda x: {"sin": total(math.sin)(x), "cos": total(math.cos)(x)},
    },
    x=float,
)
package("math").members.update(
    pi=math.pi,
    e=math.e,
    phi=(1 + math.sqrt(5)) / 2,
    sqrt2=math.sqrt(2),
    sqrte=math.sqrt(math.e),
    sqrtpi=math.sqrt(math.pi),
    sqrtphi=math.sqrt((1 + math.sqrt(5)) / 2),
    ln2=math.log(2),
    log2e=1 / math.log(2),
    ln10=math.log(10),
    log10e=1 / math.log(10),
    maxfloat=1.7976931348623157e308,
    smallestNonzeroFloat=5e-324,
    maxint=2**63 - 1,
    minint=-(2**63),
    maxuint=Uint(2**64 - 1),
)
