"""Measure many files on all cores; one that cannot be read stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from studiohand.core.audio import Track
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, StudiohandError
from studiohand.core.job import Job
from studiohand.io.audiofile import open_audio
from studiohand.mir.recording.measuring import measure_track
from studiohand.run.jobs.allocator import keep_freed_memory

FIELDS = (
    "file", "format", "rate", "bits", "channels", "frames", "seconds", "integrated_lufs", "lra_lu",
    "max_momentary_lufs", "max_short_term_lufs", "true_peak_dbtp", "sample_peak_dbfs", "plr_db",
    "correlation", "width", "dc", "clipped_runs", "tempo_bpm", "tempo_confidence", "key",
    "key_confidence", "tuning_cents",
)  # fmt: skip
"""What every measurement has, in this order."""


def measure_files(job: Job, paths: Sequence[Path]) -> list[dict[str, JsonValue]]:
    """One object a file, folders opened; a file that failed has only nulls and its ``error``.

    Raises
    ------
    BadSetting
        The folders hold no audio file.
    """
    files = [file for path in paths for file in _files(path)]
    if not files:
        raise BadSetting("There is no audio file to measure.", todo="Name files or folders.")
    keep_freed_memory()
    if len(files) == 1:
        return [_measured(files[0], job)]
    return job.map(partial(_measured, job=None), files, "measure")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    from studiohand.run.songs.collect import (
        audio_files,  # knows songs, which one file does not need
    )

    return audio_files(path)


def _measured(path: Path, job: Job | None) -> dict[str, JsonValue]:
    try:
        source = open_audio(path)
        track = Track(path.stem, source, facts=source.facts)
        return measure_track(job or Job(), track) | {"file": str(path)}
    except StudiohandError as error:
        return dict.fromkeys(FIELDS) | {"file": str(path), "error": str(error)}
