"""A delete names exactly what goes, or is refused: the server takes much and deletes nothing."""

from __future__ import annotations

import pytest

from influx_pipelines.influx.deleting import predicate


def test_names_and_values_are_quoted() -> None:
    found = predicate('m "x"', {"a\\b": "c\nd"})
    assert found == '_measurement="m \\"x\\"" AND "a\\\\b"="c\\nd"'


@pytest.mark.parametrize("tags", [{"a": ""}, {"_field": "f"}, {"_value": "1"}])
def test_what_would_delete_nothing_is_refused(tags: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(tags))):
        predicate("m", tags)
