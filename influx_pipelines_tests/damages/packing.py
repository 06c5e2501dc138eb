"""Damages of the gzips and of the archives in them."""

from __future__ import annotations

import copy
import tarfile
from collections.abc import Iterator
from functools import partial
from typing import Any

from influx_pipelines_tests.damages.damage import (
    Change,
    Damage,
    edit_content,
    edit_file,
    edit_members,
    flips,
)

FILES = (".1.tar.gz", ".2.tar.gz", ".3.tar.gz", ".bolt.gz", ".sqlite.gz")
Members = list[tuple[tarfile.TarInfo, bytes]]


def gzip_damages() -> Iterator[Damage]:
    for suffix in FILES:
        for number, change in enumerate(flips(suffix, 5)):
            yield Damage(f"gzip {suffix}: flip {number}", _in_file(suffix, change))
        for part in (0.3, 0.9):
            cut: Change = lambda raw, part=part: raw[: int(len(raw) * part)]  # noqa: E731
            yield Damage(f"gzip {suffix}: cut at {part}", _in_file(suffix, cut))
        changes: dict[str, Change] = {
            "cut by its last byte": lambda raw: raw[:-1],
            "a byte more": lambda raw: raw + b"\0",
            "twice": lambda raw: raw * 2,
            "empty": lambda raw: b"",
        }
        for what, change in changes.items():
            yield Damage(f"gzip {suffix}: {what}", _in_file(suffix, change))


def tar_damages() -> Iterator[Damage]:
    for number, change in enumerate(flips("header", 5, 0, 0.12)):
        yield Damage(f"tar: flip {number} in a header", _in_content(".1.tar.gz", change))
    contents: dict[str, Change] = {
        "cut in a file": lambda tar: tar[:1000],
        "cut before its end": lambda tar: tar[:-1024],
        "one block at its end": lambda tar: tar[:-512],
        "something after its end": lambda tar: tar + b"x",
        "zeros after its end": lambda tar: tar + bytes(512),
        "an archive after its end": lambda tar: tar * 2,
        "filling that is not zero": lambda tar: tar[:-1030] + b"x" + tar[-1029:],
        "nothing at all": lambda tar: b"",
        "rubbish": lambda tar: b"rubbish" * 500,
    }
    for what, change in contents.items():
        yield Damage(f"tar: {what}", _in_content(".1.tar.gz", change))
    renamed = {
        "leads out": "../../../etc/000000001-000000001.tsm",
        "leads out below": "7d14e314233d2bdf/autogen/1/../../000000001-000000001.tsm",
        "is absolute": "/tmp/000000001-000000001.tsm",
        "is of another bucket": "0000000000000001/autogen/1/000000001-000000001.tsm",
        "is bare": "000000001-000000001.tsm",
    }
    for what, name in renamed.items():
        yield _members(f"a name {what}", partial(_rename, name))
    yield _members("a name of another shard", lambda found: _replace(found, "/1/", "/2/"))
    yield _members("another kind of file", lambda found: _replace(found, ".tsm", ".tsi"))
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
        yield _members(f"type {kind!r}", partial(_retype, kind))
    yield _members("a file twice", lambda found: found.append(found[0]))
    yield _members("a name by an extra header", _extra)
    yield Damage("tar: a file of huge size", _in_content(".1.tar.gz", _huge))
    yield _members("emptied", lambda found: found.clear(), hidden=True)
    yield _members("no tombstone", lambda found: found.pop(0), ".3.tar.gz", hidden=True)
    yield _members("a tombstone alone", lambda found: found.pop(1), ".3.tar.gz")


def _in_file(suffix: str, change: Change) -> Any:
    return lambda folder: edit_file(folder, suffix, change)


def _in_content(suffix: str, change: Change) -> Any:
    return lambda folder: edit_content(folder, suffix, change)


def _members(what: str, change: Any, suffix: str = ".1.tar.gz", *, hidden: bool = False) -> Damage:
    return Damage(f"tar: {what}", lambda folder: edit_members(folder, suffix, change), hidden)


def _rename(name: str, members: Members) -> None:
    members[0][0].name = name


def _replace(members: Members, old: str, new: str) -> None:
    members[0][0].name = members[0][0].name.replace(old, new)


def _retype(kind: bytes, members: Members) -> None:
    members[0][0].type = kind
    members[0][0].linkname = "/etc/passwd"


def _extra(members: Members) -> None:
    header = copy.copy(members[0][0])
    header.type, text = tarfile.XHDTYPE, b"19 path=../../evil\n"
    header.size = len(text)
    members.insert(0, (header, text))


def _huge(tar: bytes) -> bytes:
    header = tarfile.TarInfo.frombuf(tar[:512], "utf-8", "strict")
    header.size = 6 << 30
    return header.tobuf(tarfile.USTAR_FORMAT) + tar[512:]
