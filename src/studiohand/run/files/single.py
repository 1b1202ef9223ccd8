"""A tool on one file: run it, and write the file through the moves it proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from studiohand.core.audio import Material, Source
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.io.audiofile import create_audio
from studiohand.rights.marks import mark_chunks, marks_in
from studiohand.run.files.folders import make_folder, spare
from studiohand.run.songs.rendering import through

FILE = "file"
"""Target name of the one file of a single-file tool."""


def processed_file(material: Material, moves: Sequence[Move], amount_percent: float) -> Source:
    """The file through the moves at an amount; at 0 % it is the file itself.

    Parameters
    ----------
    amount_percent : float
        0 to 150; multiplies each move's own amount.
    """
    source = _file(material)
    scaled = [_at_amount(move, amount_percent) for move in moves]
    return through(source, FILE, scaled, {})


def write_file(source: Source, original: Path, out: Path, job: Job) -> None:
    """Write what was made of a file as 32-bit float WAV, all or nothing, with the file's marks.

    Raises
    ------
    BadSetting
        It would replace the original.
    CannotWrite
    """
    spare([original], [out])
    make_folder(out.parent)
    chunks = mark_chunks(marks_in(original))
    with create_audio(out, source.rate, source.channels, chunks=chunks) as sink:
        for block in job.read(source, "write"):
            sink.write(block)


def _file(material: Material) -> Source:
    if material.file is None:
        raise TypeError("a file tool needs a file")
    return material.file.source


def _at_amount(move: Move, amount_percent: float) -> Move:
    return replace(move, amount_percent=move.amount_percent * amount_percent / 100.0)
