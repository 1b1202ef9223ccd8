"""Audio files as sources, and a writer that leaves a whole file or none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from studiohand.core.audio import BLOCK_FRAMES, Block, FileFacts
from studiohand.core.errors import CannotRead, MissingPart, StudiohandError
from studiohand.io import ffmpeg, sndfile
from studiohand.io.formats import is_float
from studiohand.io.inspect import broken, cannot_open, check_complete, check_file, not_audio, shown
from studiohand.io.wav import Sink, create_audio

__all__ = ["FileSource", "Sink", "check_samples", "create_audio", "open_audio"]


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on disk, read in blocks; open it with `open_audio`.

    Nothing is replaced silently: a sample that is not a finite number, or a file that ends
    before its header says, stops the reading with a `CannotRead`.
    """

    path: Path
    rate: int
    channels: int
    frames: int
    facts: FileFacts
    decoder: str = "sndfile"

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Consecutive blocks, the same samples however they are cut.

        Raises
        ------
        CannotRead
        """
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        at = start_frame
        if at >= stop:
            return
        step = min(size, stop - at)
        try:
            for block in _module(self.decoder).read(self.path, self.facts.codec, step, at):
                self._check_finite(block, at)
                yield block[: stop - at]
                at += len(block)
                if at >= stop:
                    return
        except sndfile.Refused as error:
            raise self._broken(at) from error
        raise self._broken(at)

    def _check_finite(self, block: Block, at: int) -> None:
        # one sum is enough to see a NaN or an infinity, and four times as fast as isfinite
        if math.isfinite(float(block.sum())):
            return
        bad = np.flatnonzero(~np.isfinite(block).all(axis=1))
        if len(bad):
            raise CannotRead(
                f"{shown(self.path)} holds samples that are not numbers (NaN or infinite), "
                f"the first at {(at + int(bad[0])) / self.rate:.3f} s.",
                todo="A plug-in has failed while it was exported: find it there, export again.",
            )

    def _broken(self, at: int) -> CannotRead:
        try:
            check_file(self.path)
        except CannotRead as error:
            return error
        return broken(self.path, self.frames / self.rate, at / self.rate)


def open_audio(path: Path) -> FileSource:
    """Open an audio file with the first decoder that understands it.

    Raises
    ------
    CannotRead
        It is missing, empty, cut off, damaged or not audio.
    MissingPart
        Only PyAV could read it, and PyAV is not installed.
    """
    check_complete(path, check_file(path))
    told: StudiohandError | None = None
    for name in _order(path):
        try:
            rate, channels, frames, facts = _module(name).probe(path)
        except sndfile.Refused:
            continue
        except MissingPart as error:
            told = told or (error if name == _order(path)[0] else None)
            continue
        except CannotRead as error:
            told = told or error
            continue
        return FileSource(path, rate, channels, frames, facts, name)
    raise told or not_audio(path)


def check_samples(source: FileSource) -> None:
    """Read a floating-point file to its end, so that a sample that is no number is found now.

    Files of whole numbers cannot hold one and are not read.

    Raises
    ------
    CannotRead
    """
    if is_float(source.facts):
        for _ in source.blocks():
            pass


def _order(path: Path) -> tuple[str, str]:
    """Decoders to try, the better one for this file first.

    FFmpeg alone reads MP4, and libsndfile 1.2.2 gets the last frames of Opus wrong.
    """
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise cannot_open(path, error) from error
    if head[4:8] == b"ftyp" or (head[:4] == b"OggS" and b"OpusHead" in head):
        return "ffmpeg", "sndfile"
    return "sndfile", "ffmpeg"


def _module(name: str) -> ModuleType:
    return ffmpeg if name == "ffmpeg" else sndfile
