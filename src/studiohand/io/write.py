"""The door to every kind of file we write: all or nothing, streamed, tags included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.errors import CannotWrite
from studiohand.io.aiff import AiffSink
from studiohand.io.atomic import writing
from studiohand.io.chunks import aiff_chunks, wav_chunks
from studiohand.io.encode import FfmpegSink, VorbisSink, av_library
from studiohand.io.formats import Target, check_holds
from studiohand.io.inspect import shown
from studiohand.io.metadata import Metadata
from studiohand.io.tags import add_freeform, id3_names, mp4_names, ogg_names, vorbis_names
from studiohand.io.wav import WavSink

_WAV_SUBTYPES = {
    ("pcm", 16): "PCM_16",
    ("pcm", 24): "PCM_24",
    ("pcm", 32): "PCM_32",
    ("float", 32): "FLOAT",
    ("float", 64): "DOUBLE",
}


class TargetSink(Protocol):
    """Takes blocks until its file is complete."""

    def write(self, block: Block) -> None:
        """Append float frames; for floating-point and lossy targets."""

    def write_integers(self, samples: npt.NDArray[np.int32]) -> None:
        """Append whole numbers in the target's word length; for the other targets."""


class _Finishing(TargetSink, Protocol):
    def finish(self) -> None: ...


@contextmanager
def create_target(
    path: Path,
    target: Target,
    rate: int,
    channels: int,
    bits: int,
    metadata: Metadata,
    frames: int = 0,
) -> Iterator[TargetSink]:
    """Write a file of any kind, all or nothing.

    Parameters
    ----------
    path : Path
    target : Target
    rate : int
        Hz.
    channels, bits : int
        Bits as `formats.word_length` says.
    metadata : Metadata
        Written as far as the container takes it; a bare target takes none.
    frames : int
        Length to come, where it is known: the end of the last chapter.

    Raises
    ------
    BadSetting
        The target cannot hold the rate, the channels or the length.
    CannotWrite, MissingPart
    """
    check_holds(target, rate, channels)
    if target.bare:
        metadata = Metadata()
    with writing(path) as part, part.open("w+b") as file:
        sink = _sink(file, target, rate, channels, bits, metadata, frames)
        try:
            yield sink  # type: ignore[misc]
            sink.finish()
        except BaseException as error:
            if isinstance(sink, FfmpegSink | VorbisSink):
                sink.abandon()
                _tell_encoder_fault(path, error)
            raise
        if target.container == "m4a":
            add_freeform(file, metadata)


def _sink(
    file: BinaryIO,
    target: Target,
    rate: int,
    channels: int,
    bits: int,
    metadata: Metadata,
    frames: int,
) -> WavSink | AiffSink | FfmpegSink | VorbisSink:
    if target.container == "wav":
        subtype = _WAV_SUBTYPES[target.codec, bits]
        return WavSink(file, rate, channels, subtype, wav_chunks(metadata), target.bare)
    if target.container == "aiff":
        return AiffSink(file, rate, channels, bits, aiff_chunks(metadata))
    if target.codec == "vorbis":
        return VorbisSink(file, target, rate, channels, ogg_names(metadata, rate))
    if target.container == "opus":
        return FfmpegSink(file, target, rate, channels, bits, ogg_names(metadata, rate))
    if target.container == "flac":
        comments = vorbis_names(metadata, rate)
        return FfmpegSink(file, target, rate, channels, bits, comments, (), metadata.pictures)
    mp3 = target.container == "mp3"
    names = id3_names(metadata) if mp3 else mp4_names(metadata)
    pictures = metadata.pictures if mp3 else ()  # MP4 gets them with its freeform tags
    return FfmpegSink(file, target, rate, channels, bits, names, metadata.markers, pictures, frames)


def _tell_encoder_fault(path: Path, error: BaseException) -> None:
    """Turn an encoder's own errors into a sentence; those of the disk are told as all others."""
    import soundfile

    if isinstance(error, (av_library().FFmpegError, soundfile.SoundFileError)):
        raise CannotWrite(
            f"{shown(path)} could not be written: {error}.",
            untouched="No file was changed and nothing half-written is left.",
            todo="Free some space or choose another kind of file, then try again.",
        ) from error
