"""What a person can mend is a sentence on the terminal."""

from __future__ import annotations

import pytest

from influx_pipelines.cli.console import errors_explained


def test_a_file_that_cannot_be_written_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A home folder that cannot be made was a traceback."""
    with pytest.raises(SystemExit), errors_explained():
        raise PermissionError(13, "Permission denied", "/srv/home")
    assert "/srv/home: Permission denied" in capsys.readouterr().err
