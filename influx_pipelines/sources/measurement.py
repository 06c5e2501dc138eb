"""What a measurement consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement with its tags and the type of each field.

    The declared type holds for every point: a field's type is fixed by its first write, and a
    whole number in a float field would be refused for ever after.
    """

    name: str
    tags: tuple[str, ...]
    fields: Mapping[str, type]
