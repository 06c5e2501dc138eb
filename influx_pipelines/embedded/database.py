"""One SQLite file: documents, series and points. One writer at a time, readers never wait."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS doc (
    kind TEXT NOT NULL, id TEXT NOT NULL, org TEXT NOT NULL, name TEXT NOT NULL,
    made INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE INDEX IF NOT EXISTS doc_by_name ON doc (kind, org, name);
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, measurement TEXT NOT NULL,
    field TEXT NOT NULL, kind TEXT NOT NULL, tags TEXT NOT NULL,
    UNIQUE (bucket, measurement, field, kind, tags));
CREATE TABLE IF NOT EXISTS field (
    bucket TEXT NOT NULL, measurement TEXT NOT NULL, field TEXT NOT NULL, shard INTEGER NOT NULL,
    kind TEXT NOT NULL, PRIMARY KEY (bucket, measurement, field, shard)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS point (
    series INTEGER NOT NULL, time INTEGER NOT NULL, value,
    PRIMARY KEY (series, time)) WITHOUT ROWID;
"""
Document = dict[str, Any]


class Database:
    """The file, with a connection a thread and a lock for writers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.undone: list[Callable[[], None]] = []  # called when a transaction did not stay
        self._local = threading.local()
        path.touch(mode=0o600)
        with self.lock:
            self.connection.executescript(_SCHEMA)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of the calling thread."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            found.execute("PRAGMA journal_mode = WAL")
            found.execute("PRAGMA synchronous = NORMAL")
            found.execute("PRAGMA cache_size = -4000")
            self._local.connection = found
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction; nothing of it stays when it fails."""
        with self.lock:
            connection = self.connection
            if connection.in_transaction:  # an outer one is under way in this thread
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                for forget in self.undone:
                    forget()
                raise

    def put(self, kind: str, body: Document, *, org: str = "", name: str = "") -> None:
        """Store a document under its `id`, in the order of making."""
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO doc VALUES (?, ?, ?, ?, (SELECT COALESCE(MAX(made), 0) + 1 FROM doc),"
                " ?) ON CONFLICT (kind, id) DO UPDATE SET name = excluded.name,"
                " body = excluded.body",
                (kind, body["id"], org, name, json.dumps(body)),
            )

    def rewrite(self, kind: str, body: Document) -> None:
        """Store a document again, under the name that it has."""
        with self.writing() as connection:
            sql = "UPDATE doc SET body = ? WHERE kind = ? AND id = ?"
            connection.execute(sql, (json.dumps(body), kind, body["id"]))

    def get(self, kind: str, document_id: str) -> Document | None:
        """A document by its ID."""
        sql = "SELECT body FROM doc WHERE kind = ? AND id = ?"
        row = self.connection.execute(sql, (kind, document_id)).fetchone()
        return json.loads(row[0]) if row else None

    def find(self, kind: str, *, org: str | None = None, name: str | None = None) -> list[Document]:
        """Documents of a kind in the order of making."""
        sql, values = "SELECT body FROM doc WHERE kind = ?", [kind]
        if org is not None:
            sql, values = f"{sql} AND org = ?", [*values, org]
        if name is not None:
            sql, values = f"{sql} AND name = ?", [*values, name]
        rows = self.connection.execute(f"{sql} ORDER BY made", values)
        return [json.loads(row[0]) for row in rows]

    def names(self, kind: str, org: str) -> list[str]:
        """The names of a kind's documents in an organisation, sorted by their bytes."""
        sql = "SELECT name FROM doc WHERE kind = ? AND org = ? ORDER BY name"
        return [row[0] for row in self.connection.execute(sql, (kind, org))]

    def page(self, kind: str, org: str, descending: bool) -> list[Document]:
        """Documents of a kind and organisation by the bytes of their names."""
        order = "DESC" if descending else "ASC"
        sql = f"SELECT body FROM doc WHERE kind = ? AND org = ? ORDER BY name {order}"
        return [json.loads(row[0]) for row in self.connection.execute(sql, (kind, org))]

    def remove(self, kind: str, document_id: str) -> bool:
        """Delete a document; whether there was one."""
        with self.writing() as connection:
            sql = "DELETE FROM doc WHERE kind = ? AND id = ?"
            return connection.execute(sql, (kind, document_id)).rowcount > 0
