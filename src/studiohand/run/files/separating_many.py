"""Separation of many files, one after the other: a queue that goes on where it was stopped.

Each file gets a folder of its own with ``separation.json``, written last: what was read and with
which weights. A file whose record still fits is not separated again, so the same command after a
crash or a cancel does only what is left. A half-done file starts again; nothing half-written stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from studiohand.core.effect import JsonValue
from studiohand.core.errors import CannotRead
from studiohand.core.job import Job
from studiohand.io.atomic import write_bytes
from studiohand.io.audiofile import open_audio
from studiohand.models.store import card, digest, fingerprint
from studiohand.run.files.separating import separate
from studiohand.song.folder import unique_name

RECORD = "separation.json"


def separate_many(
    files: Sequence[Path],
    out: Path,
    model_name: str,
    stems: Sequence[str],
    job: Job,
    remix_db: Mapping[str, float] | None = None,
) -> list[dict[str, JsonValue]]:
    """Separate files into ``OUT/NAME/``; what is there already is kept.

    Returns
    -------
    list of dict
        One report a file, as of `separate`, with ``file`` and ``kept`` (True: done earlier); a
        file that cannot be read has ``file`` and ``error`` and stops no other.

    Raises
    ------
    BadSetting, NotAllowed, MissingPart, Corrupt, CannotWrite, Cancelled
    """
    done: list[dict[str, JsonValue]] = []
    names: list[str] = []
    for number, file in enumerate(files):
        names.append(unique_name(file.stem, names))
        part = replace(job, on_progress=_share(job, number, len(files), file.name))
        try:
            done.append(_one(file, out / names[-1], model_name, stems, part, remix_db or {}))
        except CannotRead as error:
            done.append({"file": str(file), "error": str(error)})
    return done


def _one(
    file: Path,
    folder: Path,
    model_name: str,
    stems: Sequence[str],
    job: Job,
    remix_db: Mapping[str, float],
) -> dict[str, JsonValue]:
    """The report of one file, separated now or by an earlier run."""
    source = open_audio(file)
    asked = _asked(file, model_name, stems, remix_db)
    kept = _kept(folder, asked)
    if kept is not None:
        return {**kept, "kept": True}
    report = {"file": str(file), **separate(source, folder, model_name, stems, job, remix_db)}
    write_bytes(folder / RECORD, json.dumps({"asked": asked, "report": report}).encode())
    return {**report, "kept": False}


def _asked(
    file: Path, model_name: str, stems: Sequence[str], remix_db: Mapping[str, float]
) -> dict[str, JsonValue]:
    """All that the result depends on."""
    return {
        "sha256": digest(file),
        "model": fingerprint(card(model_name)),
        "stems": sorted(stems),
        "remix_db": dict(remix_db),
    }


def _kept(folder: Path, asked: Mapping[str, JsonValue]) -> dict[str, JsonValue] | None:
    """The report of an earlier run that did just this and whose files are still there."""
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
        report: dict[str, JsonValue] = record["report"]
        files = [row["file"] for row in report["stems"]] + [report["residual"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    there = all((folder / Path(name).name).is_file() for name in files)
    return report if record["asked"] == asked and there else None


def _share(job: Job, number: int, count: int, name: str) -> Callable[[str, float], None]:
    """Progress of one file inside the whole queue."""

    def told(what: str, share: float) -> None:
        job.on_progress(f"{number + 1} of {count}: {name}, {what}", (number + share) / count)

    return told
