"""JSON bodies: what Go's decoder says of broken ones."""

from __future__ import annotations

import gzip

import pytest

from influx_pipelines.embedded.http.gojson import decode


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b" \t\r\n", "EOF"),
        (b"[1,", "unexpected EOF"),
        (gzip.compress(b"{}", mtime=0), r"invalid character '\x1f' looking for beginning of value"),
        (b"{'a': 1}", r"invalid character '\'' looking for beginning of object key string"),
        ("é".encode(), "invalid character 'Ã' looking for beginning of value"),
        (b"\\", r"invalid character '\\' looking for beginning of value"),
        (b'"a\nb"', r"invalid character '\n' in string literal"),
        (rb'"\q"', "invalid character 'q' in string escape code"),
        (b'{"a": nul}', "invalid character '}' in literal null (expecting 'l')"),
    ],
)
def test_the_character_that_does_not_fit_is_shown_as_go_writes_it(
    body: bytes, message: str
) -> None:
    """They were shown raw, those of more than a byte whole; a packed body lost its first byte."""
    with pytest.raises(ValueError) as error:
        decode(body)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"\udc00\n"', "\ufffd\n"),
        (r'"\ud800\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\\ud800"', r"\ud800"),
    ],
)
def test_half_a_character_is_the_sign_for_an_unreadable_one(body: str, expected: str) -> None:
    """Such a text reached the answer, could not be encoded there, and ended as a traceback."""
    assert decode(body.encode()) == expected
