"""Entries that stand for one object an application."""

from __future__ import annotations

PLACEHOLDERS = ("{bucket}", "{Bucket}")


def filled(text: str, bucket: str) -> str:
    """A text with the bucket of an application; {Bucket} is it with a capital letter."""
    return text.replace("{bucket}", bucket).replace("{Bucket}", bucket.capitalize())


def is_named(text: str) -> bool:
    """Whether a name differs from application to application."""
    return any(one in text for one in PLACEHOLDERS)
