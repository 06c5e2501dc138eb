"""Where a page ends: a time, and a number within it."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

# Within 64 bits, for every database.
Cursor = Annotated[
    str, StringConstraints(pattern=r"^((-?[0-9]{1,18}|[1-8][0-9]{18})\.[0-9]{1,18})?$")
]
