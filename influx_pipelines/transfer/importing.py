"""An import: the files of a folder into a bucket, each remembered when the server has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from influx_pipelines.influx.errors import PartialWrite
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.transfer import manifest as manifests
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.folder import existing_bucket, locked
from influx_pipelines.transfer.foreign import ForeignFiles
from influx_pipelines.transfer.formats.forms import form_of
from influx_pipelines.transfer.manifest import ExportedFile, Manifest, damage
from influx_pipelines.transfer.state import State

if TYPE_CHECKING:
    from influx_pipelines.influx.client import Influx

SHOWN = 5  # damaged files in a message


@dataclass(frozen=True)
class Work:
    """A file to import: its path below the folder and a mark of its contents.

    `damage` tells what is wrong with it, `write` sends it to a bucket.
    """

    path: str
    mark: str
    write: Callable[[Influx, str], WriteResult]
    damage: Callable[[], str] = lambda: ""


@dataclass(frozen=True)
class Imported:
    """A file that was sent, and how many files lie behind."""

    path: str
    result: WriteResult
    number: int
    total: int


class Import:
    """An import from a folder; `steps` does the work.

    Making one reads the manifest, or looks for files of other origin, and asks for the bucket.

    Args:
        client: of the server to write to.
        folder: an export of ours, or a file or folder of other origin.
        bucket: its name; it must be there.
        foreign: what is what in files of other origin; None where they say it themselves.
        again: import files too that are in this bucket according to the folder's state.

    Raises:
        TransferError: there is no such bucket, a file is damaged, or nothing says what is what.
        InfluxError: the server did not answer.
    """

    def __init__(
        self,
        client: Influx,
        folder: Path,
        bucket: str,
        foreign: ForeignFiles | None = None,
        *,
        again: bool = False,
    ) -> None:
        found = existing_bucket(client, bucket)
        self.client, self.bucket = client, bucket
        self.folder = folder if folder.is_dir() else folder.parent
        self.works = _works(folder, foreign)
        self.state = State(
            self.folder, url=client.url, org=client.org, bucket=bucket, bucket_id=found.id
        )
        self.left = [w for w in self.works if again or not self.state.has(w.path, w.mark)]
        _refuse_damaged(self.folder, self.left)

    def steps(self) -> Iterator[Imported]:
        """Import the files that are left.

        A file of which the server drops points is not remembered: a further run sends it again.

        Raises:
            TransferError: a file cannot be read, or another process works in the folder.
            InfluxError: the server failed; a further run goes on where this one ended.
        """
        with locked(self.folder):
            try:
                for number, work in enumerate(self.left, len(self.works) - len(self.left) + 1):
                    yield Imported(work.path, self._send(work), number, len(self.works))
            finally:
                self.state.save()

    def run(self) -> WriteResult:
        """All steps at once; the counts together."""
        total = WriteResult()
        for step in self.steps():
            total.add(step.result)
        return total

    def _send(self, work: Work) -> WriteResult:
        try:
            result = work.write(self.client, self.bucket)
        except PartialWrite as error:
            return error.result or WriteResult(dropped=error.dropped, reasons=error.reasons)
        self.state.add(work.path, work.mark)
        return result


def _works(folder: Path, foreign: ForeignFiles | None) -> list[Work]:
    manifest = manifests.load(folder) if folder.is_dir() else None
    if manifest is None:
        said = foreign or ForeignFiles()
        return [_foreign_work(path, folder, said) for path in said.files(folder)]
    if foreign is not None:
        raise TransferError(
            f"{folder / manifests.NAME} says what is what: leave the other options out"
        )
    return _of_manifest(folder, manifest)


def _foreign_work(path: Path, folder: Path, foreign: ForeignFiles) -> Work:
    name = str(path.relative_to(folder)) if folder.is_dir() else path.name
    mark = f"{manifests.digest(path)} {foreign.mark}"
    return Work(name, mark, lambda client, bucket: foreign.write(path, client, bucket))


def _of_manifest(folder: Path, manifest: Manifest) -> list[Work]:
    form = form_of(manifest)

    def work(file: ExportedFile) -> Work:
        def write(client: Influx, bucket: str) -> WriteResult:
            lines = form.lines(folder / file.path, manifest.schema_of(file))
            return client.write_lines(lines, bucket=bucket)

        return Work(file.path, file.sha256, write, lambda: damage(folder, file))

    return [work(file) for window in manifest.windows for file in window.files]


def _refuse_damaged(folder: Path, works: Sequence[Work]) -> None:
    damaged = [f"{folder / work.path} {text}" for work in works if (text := work.damage())]
    if damaged:
        more = f" and {len(damaged) - SHOWN} more" if len(damaged) > SHOWN else ""
        raise TransferError(
            f"Nothing was imported: {'; '.join(damaged[:SHOWN])}{more}. Export into a new folder."
        )
