"""The SQLite file of a backup: notebooks, annotations, remotes, replications."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from urllib.parse import quote

from influx_pipelines.backups.errors import NoSpace
from influx_pipelines.backups.verify.damages import Broken, Finds

HEADER = b"SQLite format 3\0"
MOST = 20  # of what the library finds


def check_sqlite(pieces: Iterable[bytes], finds: Finds) -> None:
    """Let SQLite look at a private copy of it, which it cannot change.

    Raises:
        Broken: it is no SQLite file, or is cut.
        NoSpace: there is none for the copy.
    """
    with tempfile.NamedTemporaryFile(suffix=".sqlite") as copy:
        for piece in pieces:
            try:
                copy.write(piece)
            except OSError as error:
                raise NoSpace(f"{tempfile.gettempdir()}: {error.strerror}.") from None
        copy.flush()
        copy.seek(0)
        _check_header(copy.read(100), copy.seek(0, 2))
        address = f"file:{quote(copy.name)}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as database:
                _check_content(database, finds)
        except (sqlite3.Error, UnicodeError) as error:
            raise Broken(f"SQLite cannot read it: {error}") from None


def _check_header(header: bytes, size: int) -> None:
    if len(header) < 100 or not header.startswith(HEADER):
        raise Broken("is no SQLite file: it does not begin as one")
    page_size = int.from_bytes(header[16:18])
    pages = int.from_bytes(header[28:32])
    is_told = header[24:28] == header[92:96]  # by a writer that keeps the count of pages
    if is_told and size != pages * (65536 if page_size == 1 else page_size):
        raise Broken(f"has {size:,} bytes, where {pages} pages of {page_size} bytes should be")


def _check_content(database: sqlite3.Connection, finds: Finds) -> None:
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    for (found,) in database.execute(f"PRAGMA integrity_check({MOST})"):
        if found != "ok":
            finds.add(f"SQLite finds: {found}")
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if "migrations" not in tables:
        finds.add("the table `migrations` is missing, which every server has")
