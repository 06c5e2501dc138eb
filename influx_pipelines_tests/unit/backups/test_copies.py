"""Copies elsewhere: whole or not there, secret to whoever has no key, kept by the same policy."""

from __future__ import annotations

import io
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest
from pyrage import x25519

from influx_pipelines.backups.copies import remote as remotes
from influx_pipelines.backups.copies.encryption import encrypt, load_identities, parse_recipients
from influx_pipelines.backups.copies.fetch import fetch
from influx_pipelines.backups.copies.found import check_copy, find_copies, find_copy
from influx_pipelines.backups.copies.keeping import Kept, keep_copies
from influx_pipelines.backups.copies.remote import Remote
from influx_pipelines.backups.copies.send import make_unfinished, send
from influx_pipelines.backups.copies.streams import Digesting, local_file
from influx_pipelines.backups.errors import (
    BackupBusy,
    BrokenDownload,
    CopyFailed,
    CopyRefused,
    NoSpace,
)
from influx_pipelines.backups.progress import Step
from influx_pipelines.backups.retention import Policy
from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.backups.verify import verify
from influx_pipelines_tests.backups import sample
from influx_pipelines_tests.madebackups import NIGHT, made_backup, report_on

POLICY = Policy(7, 4, 12)
NOW = NIGHT + timedelta(days=400)
KEY = x25519.Identity.generate()
PUBLIC = str(KEY.to_public())


@pytest.fixture
def url() -> str:
    address = f"memory://{uuid4().hex}/copies"
    fsspec.filesystem("memory").makedirs(address)
    return address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def real(folder: Path) -> BackupSet:
    """A set of a real server, as the official tool wrote it, that was verified."""
    path = sample("2.9.1", folder)
    verify(path).save(path)
    return open_set(path)


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    file = tmp_path / "key.txt"
    file.write_text(f"# created: 2026\n# public key: {PUBLIC}\n{KEY}\n")
    return file


def keep(folder: Path, url: str, recipients: str = "", policy: Policy = POLICY) -> Kept:
    return keep_copies(folder, url, recipients, policy, NOW)


def stored(url: str) -> dict[str, bytes]:
    fs, root = fsspec.core.url_to_fs(url)
    return {path[len(root) + 1 :]: fs.cat_file(path) for path in fs.find(root)}


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    found.pop("verification.json", None)
    return found


@pytest.mark.parametrize("recipients", ["", PUBLIC], ids=["plain", "encrypted"])
def test_a_copy_comes_back_byte_for_byte_and_verifies(
    real: BackupSet, url: str, tmp_path: Path, identity: Path, recipients: str
) -> None:
    assert keep(real.path.parent, url, recipients).sent == (real.name,)
    assert keep(real.path.parent, url, recipients).sent == ()
    there = find_copy(Remote(url), real.name)
    assert there is not None
    assert check_copy(Remote(url), there) == ()
    back = fetch(Remote(url), real.name, tmp_path / "back", load_identities(identity))
    assert content(back.path) == content(real.path)
    assert verify(back.path).good
    assert {path.stat().st_mode & 0o777 for path in back.path.iterdir()} == {0o600}


def test_without_a_key_a_copy_tells_names_and_sizes_only(
    folder: Path, url: str, tmp_path: Path
) -> None:
    backup = made_backup(folder, content=b"a token that nobody may see " * 100)
    keep(folder, url, PUBLIC)
    files = stored(url)
    assert set(files) == {
        f"{backup.name}/{n}" for n in ("data.age", "backup.json.age", "copy.json")
    }
    digest = backup.record.files[0].sha256 if backup.record else ""
    for name, kept in files.items():
        assert kept.startswith(b"age-encryption.org/v1") or name.endswith("copy.json")
        for secret in (b"nobody may see", b"telemetry", b"acme", digest.encode()):
            assert secret not in kept
    with pytest.raises(CopyRefused, match="--identity"):
        fetch(Remote(url), backup.name, tmp_path / "back")
    with pytest.raises(CopyRefused, match="for other keys"):
        fetch(Remote(url), backup.name, tmp_path / "back", [x25519.Identity.generate()])
    assert not list((tmp_path / "back").glob("backup*"))


@pytest.mark.parametrize(
    "wrong",
    ["age1nonsense", f"{PUBLIC}, age1x", str(KEY), ",", "ssh-rsa AA"],
    ids=["nonsense", "the second", "a private key", "nothing", "of ssh"],
)
def test_a_wrong_key_is_refused_before_anything_is_sent_and_not_repeated(
    folder: Path, url: str, wrong: str
) -> None:
    made_backup(folder)
    with pytest.raises(CopyRefused, match="INFLUX_PIPELINES_BACKUP_RECIPIENTS") as refused:
        keep(folder, url, wrong)
    assert stored(url) == {}
    assert str(KEY) not in str(refused.value)


@pytest.mark.parametrize("good", [False, None])
def test_only_verified_good_backups_are_copied(folder: Path, url: str, good: bool | None) -> None:
    backup = made_backup(folder, good=good)
    assert keep(folder, url).sent == ()
    with pytest.raises(CopyRefused, match="only verified backups"):
        send(backup, Remote(url), ())
    assert stored(url) == {}


def test_a_file_that_changed_since_it_was_verified_makes_no_copy(folder: Path, url: str) -> None:
    backup = made_backup(folder)
    (backup.path / "data").write_bytes(b"pointz")
    with pytest.raises(CopyRefused, match="data changed since it was verified"):
        keep(folder, url)
    assert set(stored(url)) == {f"{backup.name}/copy.partial"}


def test_one_that_cannot_be_sent_keeps_back_only_itself_and_nothing_is_removed(
    folder: Path, url: str
) -> None:
    old, middle, new = (made_backup(folder, NIGHT + timedelta(days=day)) for day in range(3))
    send(old, Remote(url), ())
    (middle.path / "data").write_bytes(b"pointz")
    with pytest.raises(CopyRefused, match=middle.name):
        keep(folder, url, policy=Policy(2, 0, 0))
    assert [copy.name for copy in find_copies(Remote(url))] == [new.name, old.name]


@pytest.mark.parametrize("recipients", ["", PUBLIC], ids=["plain", "encrypted"])
def test_a_copy_that_broke_off_goes_on_and_sends_no_file_again(
    real: BackupSet, url: str, recipients: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lost(Exception):
        """The connection."""

    def until_the_third(step: Step) -> None:
        if step.done == 3:
            raise Lost

    with pytest.raises(Lost):
        send(real, Remote(url), parse_recipients(recipients), until_the_third)
    assert find_copies(Remote(url)) == []
    before = stored(url)
    begun = before.pop(f"{real.name}/copy.partial")
    assert (len(before), begun) == (3, b"")

    made = []
    create = Remote.create

    @contextmanager
    def counted(self: Remote, name: str) -> Iterator[Digesting]:
        made.append(name)
        with create(self, name) as file:
            yield file

    monkeypatch.setattr(remotes.Remote, "create", counted)
    keep(real.path.parent, url, recipients)
    assert len(made) == 5
    assert [Path(name).name.removesuffix(".age") for name in made[-2:]] == [
        "20261122T040219Z.manifest",
        "copy.json",
    ]
    assert before.items() <= stored(url).items()
    assert f"{real.name}/copy.partial" not in stored(url)


SEND = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from influx_pipelines.backups.copies.keeping import keep_copies
from influx_pipelines.backups.retention import Policy
def show(step):
    print(step.what, flush=True)
    time.sleep(60)
keep_copies(Path(sys.argv[1]), sys.argv[2], "", Policy(7, 4, 12), datetime.now(UTC), progress=show)
"""


def test_a_process_that_is_killed_while_it_copies_leaves_no_copy_and_no_lease(
    real: BackupSet, tmp_path: Path
) -> None:
    (tmp_path / "nas").mkdir()
    url = f"file://{tmp_path / 'nas'}"
    command = [sys.executable, "-c", SEND, str(real.path.parent), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(BackupBusy, match="copying, process"):
            keep(real.path.parent, url)
        process.send_signal(signal.SIGKILL)
    assert find_copies(Remote(url)) == []
    assert keep(real.path.parent, url).sent == (real.name,)
    assert (tmp_path / "nas" / real.name).stat().st_mode & 0o777 == 0o700
    assert content(real.path).items() <= content(tmp_path / "nas" / real.name).items()


def test_a_file_that_goes_bad_there_is_named(folder: Path, url: str, tmp_path: Path) -> None:
    backup = made_backup(folder)
    keep(folder, url, PUBLIC)
    fs, root = fsspec.core.url_to_fs(url)
    path = f"{root}/{backup.name}/data.age"
    old = fs.cat_file(path)
    fs.pipe_file(path, old[:-1] + bytes([old[-1] ^ 1]))
    copy = find_copy(Remote(url), backup.name)
    assert copy is not None
    assert [str(damage) for damage in check_copy(Remote(url), copy)] == [
        f"{backup.name}/data.age: its SHA-256 is another one"
    ]
    with pytest.raises(BrokenDownload, match="damaged"):
        fetch(Remote(url), backup.name, tmp_path / "back", [KEY])
    assert not list((tmp_path / "back").glob("backup*"))


def test_a_copy_that_misses_a_file_is_bad_and_made_again(folder: Path, url: str) -> None:
    backup = made_backup(folder)
    keep(folder, url)
    Remote(url).delete(f"{backup.name}/data")
    copy = find_copy(Remote(url), backup.name)
    assert copy is not None
    assert [damage.what for damage in copy.damages] == ["it is missing"]
    assert keep(folder, url).sent == (backup.name,)
    assert find_copies(Remote(url))[0].good


def test_the_copies_follow_the_policy_and_never_lose_the_last_good_one(
    folder: Path, url: str
) -> None:
    nights = [made_backup(folder, NIGHT + timedelta(days=day)) for day in range(5)]
    policy = Policy(2, 0, 0)
    kept = keep(folder, url, policy=policy)
    assert kept.sent == (nights[4].name, nights[3].name)
    for night in nights[3:]:
        report_on(night, good=False).save(night.path)
    later = made_backup(folder, NIGHT + timedelta(days=5))
    assert keep(folder, url, policy=Policy(1, 0, 0)).sent == (later.name,)
    names = [copy.name for copy in find_copies(Remote(url))]
    assert names == [later.name, nights[4].name]  # two, each with files of its own
    for path in folder.iterdir():
        path.rename(folder.parent / path.name)
    Remote(url).delete(f"{later.name}/data")
    after = keep(folder, url, policy=Policy(1, 0, 0))
    assert after.decision.keep[nights[4].name][0] == "last good"


def test_a_dry_run_changes_nothing(folder: Path, url: str) -> None:
    backup = made_backup(folder)
    planned = keep_copies(folder, url, "", POLICY, NOW, dry_run=True)
    assert (planned.sent, planned.done) == ((backup.name,), False)
    assert stored(url) == {}


def test_what_is_half_removed_is_no_copy_and_goes_with_its_backup(folder: Path, url: str) -> None:
    """Whatever else stands there, such as backups that somebody copied by hand, is left alone."""
    old = made_backup(folder)
    keep(folder, url)
    by_hand = made_backup(folder, NIGHT + timedelta(days=1), good=None)
    Remote(url).write(f"{by_hand.name}/data", b"by hand")
    make_unfinished(Remote(url), old.name)
    for one in (old, by_hand):
        one.path.rename(folder.parent / one.name)
    assert find_copies(Remote(url)) == []
    assert keep(folder, url).unfinished == (old.name,)
    assert stored(url) == {f"{by_hand.name}/data": b"by hand"}


def test_a_folder_that_is_no_copy_of_ours_is_not_written_into(folder: Path, url: str) -> None:
    backup = made_backup(folder)
    Remote(url).write(f"{backup.name}/data", b"by hand")
    with pytest.raises(CopyRefused, match="no copy of ours"):
        keep(folder, url)
    assert stored(url) == {f"{backup.name}/data": b"by hand"}


def test_keys_that_come_later_encrypt_the_copies_that_are_there(folder: Path, url: str) -> None:
    """And when they are lost from the settings, no copy is made again without."""
    backup = made_backup(folder)
    keep(folder, url)
    assert keep(folder, url, PUBLIC).sent == (backup.name,)
    assert f"{backup.name}/data" not in stored(url)
    assert keep(folder, url).sent == ()
    assert f"{backup.name}/data.age" in stored(url)


def test_another_backup_of_the_same_name_is_not_overwritten(folder: Path, url: str) -> None:
    made_backup(folder)
    keep(folder, url)
    other = made_backup(folder.parent / "other", url="http://another:8086")
    with pytest.raises(CopyRefused, match="Give each server a folder"):
        send(other, Remote(url), ())


def test_a_name_that_leads_out_of_the_folder_is_not_fetched(
    folder: Path, url: str, tmp_path: Path
) -> None:
    """Whoever can write there must not write here."""
    backup = made_backup(folder)
    keep(folder, url)
    record = stored(url)[f"{backup.name}/copy.json"]
    Remote(url).write(f"{backup.name}/copy.json", record.replace(b'"data"', b'"../../evil"'))
    with pytest.raises(CopyRefused, match="is damaged"):
        fetch(Remote(url), backup.name, tmp_path / "back")
    for name in ("..", "../x", "a/b", ""):
        with pytest.raises(CopyRefused):
            fetch(Remote(url), name, tmp_path / "back")
    assert not (tmp_path / "evil").exists()


def test_a_backup_that_is_here_is_not_overwritten(folder: Path, url: str) -> None:
    backup = made_backup(folder)
    keep(folder, url)
    before = content(backup.path)
    with pytest.raises(CopyRefused, match="is here already"):
        fetch(Remote(url), backup.name, folder)
    assert content(backup.path) == before


@pytest.mark.parametrize("place", ["", "/copies"])
def test_the_folder_of_the_backups_is_no_place_for_copies(folder: Path, place: str) -> None:
    """An unfinished copy there would have been cleared away, and it was the backup."""
    backup = made_backup(folder)
    with pytest.raises(CopyRefused, match="elsewhere"):
        keep(folder, f"file://{folder}{place}")
    assert (backup.path / "data").exists()


def test_a_folder_that_is_not_there_is_not_made(folder: Path, tmp_path: Path) -> None:
    """The disk is perhaps not mounted, and the one below it would fill."""
    made_backup(folder)
    with pytest.raises(CopyRefused, match="mount it, first"):
        keep(folder, f"file://{tmp_path}/nas/copies")
    assert not (tmp_path / "nas").exists()


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("ftp://bob:hunter2@127.0.0.1:1/copies", ["bob", "hunter2"]),
        ("ftp://bob:hun/ter@2@127.0.0.1:1/copies", ["hun", "ter@2"]),
        ("nowhere://bob:hunt%65r2@host/copies?sig=s3cr3t#t0k3n", ["hunt", "s3cr3t", "t0k3n"]),
        ("https://t0k3n@host/copies", ["t0k3n"]),
    ],
)
def test_no_message_shows_what_an_address_hides(
    folder: Path, address: str, secrets: list[str]
) -> None:
    made_backup(folder)
    with pytest.raises((CopyRefused, CopyFailed)) as told:
        keep(folder, address)
    for secret in secrets:
        assert secret not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_an_address_without_secrets_is_shown_as_it_is() -> None:
    for address in ("s3://bucket/a@b", "file:///mnt/nas", "/mnt/nas", "sftp://host:22/x"):
        assert remotes.without_secrets(address) == address


def test_an_error_at_the_end_of_an_encrypted_file_is_not_passed_over() -> None:
    """The library writes the last bytes as it forgets its buffer, and then no error is told."""

    class Full(io.BytesIO):
        def write(self, chunk: object) -> int:
            raise OSError(28, "No space left on device")

    target = Digesting(Full(), lambda error: NoSpace(str(error)))
    source = Digesting(io.BytesIO(b"short"), CopyFailed)
    with pytest.raises(NoSpace):
        encrypt(source, target, parse_recipients(PUBLIC))


def test_a_store_that_keeps_something_else_has_no_copy(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = made_backup(folder)
    opened = Remote.open

    @contextmanager
    def cut(self: Remote, name: str) -> Iterator[Digesting]:
        with opened(self, name) as file:
            file.read(1)
            yield Digesting(file, CopyFailed)  # type: ignore[arg-type]

    monkeypatch.setattr(remotes.Remote, "open", cut)
    with pytest.raises(CopyFailed, match="data is not what was sent"):
        keep(folder, url)
    monkeypatch.undo()
    assert find_copies(Remote(url)) == []
    assert keep(folder, url).sent == (backup.name,)


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_a_full_disk_is_told_as_such(size: int) -> None:
    with pytest.raises(NoSpace, match="/dev/full"), local_file(Path("/dev/full"), "wb") as file:
        file.write(bytes(size))


def test_a_copy_that_does_not_fit_is_not_begun(
    folder: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = made_backup(folder)
    keep(folder, url)
    used = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: used._replace(free=5))
    with pytest.raises(NoSpace, match="has 5 bytes left"):
        fetch(Remote(url), backup.name, tmp_path / "back")


def test_a_file_of_keys_is_explained_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_text("# key\nAGE-SECRET-KEY-1NOTREALLY\n")
    with pytest.raises(CopyRefused, match=r"key\.txt, line 2") as told:
        load_identities(file)
    assert "NOTREALLY" not in str(told.value)
