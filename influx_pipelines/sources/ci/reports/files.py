"""Reports as files: one each for spreadsheets, for programs and for people."""

from __future__ import annotations

from pathlib import Path

from influx_pipelines.sources.ci.reports.report import Report


def write(report: Report, folder: Path) -> list[Path]:
    """The files `<name>.csv`, `.json` and `.html`; who reads one sees it whole, old or new.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"csv": report.as_csv(), "json": report.as_json(), "html": report.as_html()}
    written = []
    for suffix, text in texts.items():
        path = folder / f"{report.name}.{suffix}"
        part = path.with_suffix(f".{suffix}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
        written.append(path)
    return written
