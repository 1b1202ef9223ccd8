"""What people and scripts see: tables, bars, JSON. The only file that prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.core.outcome import Finding


def json_document(document: JsonValue) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    sys.stdout.flush()


def line(text: str) -> None:
    """Print a line on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str, hint: str = "") -> None:
    """Print a sentence on stderr."""
    sys.stderr.write(" ".join(part for part in (text, hint) if part) + "\n")
    sys.stderr.flush()


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table; plain tab-free columns where there is no terminal."""
    from rich.console import Console
    from rich.table import Table

    printed = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        printed.add_column(column, overflow="fold")
    for row in rows:
        printed.add_row(*(cell.replace("[", r"\[") for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(printed)


def findings(found: Sequence[Mapping[str, JsonValue]]) -> None:
    """Print findings, ranked as given."""
    if not found:
        line("Nothing to fix was found.")
        return
    rows = [[f["severity"], _span(f), f["kind"], ", ".join(f["stems"]), f["text"]] for f in found]
    table(["weight", "where", "kind", "stems", "what"], rows)


def moves(listed: Sequence[Mapping[str, JsonValue]]) -> None:
    """Print moves with their state."""
    if not listed:
        line("No moves.")
        return
    rows = [
        [m["id"], m["state"], f"{m['amount_percent']:g} %", ", ".join(m["targets"]), m["text"]]
        for m in listed
    ]
    table(["move", "state", "amount", "on", "what"], rows)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Job]:
    """Give a job that uses all cores and shows how far it is on a terminal.

    Parameters
    ----------
    quiet : bool
        True: no bar and no early findings (``--json``).
    """
    from studiohand.run.jobs.workers import all_cores

    with all_cores() as workers:
        if quiet or not sys.stderr.isatty():
            yield Job(workers=workers)
            return
        with _Bar() as bar:
            yield Job(on_progress=bar.update, on_found=bar.found, workers=workers)


class _Bar:
    """A progress bar with ETA on stderr; findings scroll above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("", total=1.0)
        self._what = ""

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, what: str, share: float) -> None:
        if what != self._what:
            self._what = what
            self._progress.reset(self._task, description=what)
        self._progress.update(self._task, completed=share)

    def found(self, finding: Finding) -> None:
        self._progress.console.print(f"{finding.severity.value}: {finding.text}", markup=False)


def _span(finding: Mapping[str, JsonValue]) -> str:
    return f"{clock(finding['start_s'])}-{clock(finding['end_s'])}"


def clock(seconds: float) -> str:
    """Time as minutes and seconds."""
    minutes, rest = divmod(max(seconds, 0.0), 60.0)
    return f"{int(minutes)}:{rest:04.1f}"
