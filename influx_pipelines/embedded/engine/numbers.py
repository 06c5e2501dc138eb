"""Floats as Go computes and prints them: what Python raises is an infinity or NaN there."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any


def total(function: Callable[..., Any]) -> Callable[..., float]:
    """The function with NaN where it is not defined and infinity where it is too large."""

    def call(*arguments: float) -> float:
        try:
            return float(function(*arguments))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return call


modulo = total(math.fmod)


def divide(left: float, right: float) -> float:
    """A quotient; by zero it is infinite, zero by zero is NaN."""
    if right:
        return left / right
    sign = math.copysign(1, left) * math.copysign(1, right)
    return math.nan if not left or math.isnan(left) else sign * math.inf


def power(base: float, exponent: float) -> float:
    """A power; a pole or an overflow has the sign of the base when the exponent is odd."""
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):
        if base < 0 and not exponent.is_integer():
            return math.nan
        return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf


def format_float(value: float) -> str:
    """Plain decimal notation, shortest exact form."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def format_short(value: float, smallest: float = 1e-4, largest: float = 1e6) -> str:
    """Shortest exact form, with an exponent where the number is small or large."""
    if not value or not math.isfinite(value) or smallest <= abs(value) < largest:
        return format_float(value)
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    return f"{mantissa}e{int(exponent):+03d}"


def parse_whole(text: str, low: int, high: int) -> int:
    """Decimal digits, with a sign where `low` is negative.

    Raises:
        ValueError: it is none, or does not lie in [low, high).
    """
    if not re.fullmatch(r"[+-]?[0-9]+" if low else "[0-9]+", text):
        raise ValueError(text)
    value = int(text)  # so many digits that Python gives up are a ValueError, too
    if not low <= value < high:
        raise ValueError(text)
    return value


def parse_float(text: str) -> float:
    """A number as Go reads it: underscores, hexadecimal and infinities too.

    Raises:
        ValueError: it is none, or too large.
    """
    low = text.lower().lstrip("+-")
    hexadecimal = low.startswith("0x")
    if not text.isascii() or text != text.strip() or hexadecimal != ("p" in low):
        raise ValueError(text)
    value = float.fromhex(text.replace("_", "")) if hexadecimal else float(text)
    if (math.isinf(value) and not low.startswith("inf")) or (low == "nan" and low != text.lower()):
        raise ValueError(text)
    return value
