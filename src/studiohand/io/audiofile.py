"""Audio files as sources, and a writer that leaves a whole file or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import soundfile

from studiohand.core.audio import BLOCK_FRAMES, Block, FileFacts
from studiohand.core.errors import CannotRead, CannotWrite
from studiohand.io.atomic import writing

_BITS = {
    "PCM_S8": 8,
    "PCM_U8": 8,
    "PCM_16": 16,
    "PCM_24": 24,
    "PCM_32": 32,
    "FLOAT": 32,
    "DOUBLE": 64,
}
_LOSSY = ("MPEG", "VORBIS", "OPUS", "ALAW", "ULAW", "ADPCM", "GSM")


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on disk, read in blocks; open it with `open_audio`."""

    path: Path
    rate: int
    channels: int
    frames: int
    facts: FileFacts

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        try:
            with soundfile.SoundFile(self.path) as file:
                file.seek(start_frame)
                at = start_frame
                while at < stop:
                    block = file.read(min(size, stop - at), dtype="float64", always_2d=True)
                    if not len(block):
                        return
                    at += len(block)
                    yield block
        except (soundfile.LibsndfileError, OSError) as error:
            raise _cannot_read(self.path) from error


def open_audio(path: Path) -> FileSource:
    """Open an audio file.

    Raises
    ------
    CannotRead
        It is missing, empty, damaged or not audio.
    """
    try:
        info = soundfile.info(str(path))
    except (soundfile.LibsndfileError, OSError) as error:
        raise _cannot_read(path) from error
    if not info.frames:
        raise CannotRead(f"“{path.name}” holds no sound.", todo="Export it again, or leave it out.")
    facts = FileFacts(
        file=path.name,
        format=info.format,
        codec=info.subtype,
        bits=_BITS.get(info.subtype),
        lossy=any(name in info.subtype for name in _LOSSY),
    )
    return FileSource(path, info.samplerate, info.channels, info.frames, facts)


class Sink(Protocol):
    """Takes blocks until its file is complete."""

    def write(self, block: Block) -> None:
        """Append frames."""


@contextmanager
def create_audio(path: Path, rate: int, channels: int, subtype: str = "FLOAT") -> Iterator[Sink]:
    """Write a WAV file, all or nothing.

    Parameters
    ----------
    path : Path
    rate : int
        Hz.
    channels : int
    subtype : str
        ``"FLOAT"``, ``"PCM_24"`` or ``"PCM_16"``.

    Raises
    ------
    CannotWrite
    """
    with writing(path) as part:
        try:
            with soundfile.SoundFile(
                part, "w", rate, channels, subtype=subtype, format="WAV"
            ) as file:
                _omit_peak_chunk(file)
                yield file
        except soundfile.LibsndfileError as error:
            raise CannotWrite(
                f"“{path.name}” could not be written: {error.error_string}",
                untouched="No file was changed and nothing half-written is left.",
                todo="Free some space or choose another folder, then try again.",
            ) from error


def _omit_peak_chunk(file: soundfile.SoundFile) -> None:
    """Leave out libsndfile's PEAK chunk: it holds the time of writing, so bytes would differ."""
    set_add_peak_chunk = 0x1050
    soundfile._snd.sf_command(file._file, set_add_peak_chunk, soundfile._ffi.NULL, 0)


def _cannot_read(path: Path) -> CannotRead:
    if not path.exists():
        return CannotRead(f"“{path.name}” is not there.", todo="Check the name and the folder.")
    return CannotRead(
        f"“{path.name}” cannot be read as audio.",
        todo="Export it again as WAV or FLAC, or leave it out.",
    )
