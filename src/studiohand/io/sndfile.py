"""The first decoder: libsndfile, for WAV, AIFF, FLAC, MP3, Ogg Vorbis, Opus and many more."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import soundfile

from studiohand.core.audio import Block, FileFacts
from studiohand.io.inspect import broken, check_shape, no_sound

_BITS = {
    "PCM_S8": 8,
    "PCM_U8": 8,
    "DPCM_8": 8,
    "PCM_16": 16,
    "DPCM_16": 16,
    "ALAC_16": 16,
    "ALAC_20": 20,
    "PCM_24": 24,
    "ALAC_24": 24,
    "PCM_32": 32,
    "ALAC_32": 32,
    "FLOAT": 32,
    "DOUBLE": 64,
}
_LOSSY = ("MPEG", "VORBIS", "OPUS", "ALAW", "ULAW", "ADPCM", "GSM", "NMS", "G72")
_READ_FORWARD = ("VORBIS", "OPUS")
"""libsndfile 1.2.2 lands on other samples when it seeks in many Ogg files; these are read from
the start."""
_XING_WITHIN = 4096
"""Bytes behind an MP3's first frame header in which its frame count stands, if there is one."""
_COUNT_STEP = 4096
"""Frames; a damaged file is counted to within one step."""


class Refused(Exception):
    """Said by a decoder that does not know the file; another one may."""


def probe(path: Path) -> tuple[int, int, int, FileFacts]:
    """Rate in Hz, channels, frames and facts of a file.

    Raises
    ------
    Refused
    CannotRead
        It holds no sound, or its header is damaged.
    """
    try:
        with _quiet(), _opened(path) as file:
            check_shape(path, file.samplerate, file.channels)
            frames = int(file.frames)
            if file.subtype.startswith("MPEG") and not _tells_length(path):
                frames = _count(file)
            if frames <= 0:
                raise no_sound(path)
            if file.format == "FLAC":
                _check_tail(path, file, frames)
            facts = FileFacts(
                file=path.name,
                format=file.format,
                codec=file.subtype,
                bits=_BITS.get(file.subtype),
                lossy=any(name in file.subtype for name in _LOSSY),
            )
            return int(file.samplerate), int(file.channels), frames, facts
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        raise Refused from error


def read(path: Path, codec: str, size: int, start_frame: int) -> Iterator[Block]:
    """Blocks from a frame to the end.

    Raises
    ------
    Refused
        The file broke or went away.
    """
    muted = _quiet if codec.startswith("MPEG") else nullcontext
    try:
        with muted():
            file = _opened(path)
            skip = _move(file, codec, start_frame)
        with file:
            while True:
                with muted():
                    block: Block = file.read(size, dtype="float64", always_2d=True)
                if not len(block):
                    return
                dropped, skip = min(skip, len(block)), max(skip - len(block), 0)
                if dropped < len(block):
                    yield block[dropped:]
    except (soundfile.SoundFileError, OSError, RuntimeError) as error:
        raise Refused from error


def _opened(path: Path) -> Any:
    return soundfile.SoundFile(os.fsencode(path) if os.name == "posix" else str(path))


def _move(file: Any, codec: str, start_frame: int) -> int:
    """Go to a frame; returns how many frames are still to be read and dropped."""
    if codec in _READ_FORWARD:
        return start_frame
    file.seek(start_frame)
    return 0


def _check_tail(path: Path, file: Any, frames: int) -> None:
    """A FLAC header promises a length; see that its last frame is there."""
    with suppress(soundfile.SoundFileError, RuntimeError):
        file.seek(frames - 1)
        if len(file.read(1)):
            return
    with _opened(path) as again:
        held = _count(again)
    if held < frames:
        raise broken(path, frames / file.samplerate, held / file.samplerate)


def _count(file: Any) -> int:
    """Frames that really come out."""
    total = 0
    try:
        while got := len(file.read(_COUNT_STEP, dtype="float32", always_2d=True)):
            total += got
    except (soundfile.SoundFileError, RuntimeError):
        return total
    return total


def _tells_length(path: Path) -> bool:
    """Whether an MP3 holds its own frame count; without one its length is only an estimate."""
    with path.open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":
            size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7
            file.seek(10 + size + (head[9] & 127))
        else:
            file.seek(0)
        start = file.read(_XING_WITHIN)
    return any(name in start for name in (b"Xing", b"Info", b"VBRI"))


_quiet_lock = threading.Lock()
_quiet_state = {"depth": 0, "kept": -1}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep mpg123, inside libsndfile, from writing its remarks on damaged MP3s to the terminal.

    It has no setting for that. Nested and concurrent uses share one redirection.
    """
    with _quiet_lock:
        _quiet_state["depth"] += 1
        if _quiet_state["depth"] == 1:
            _quiet_state["kept"] = _mute()
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_state["depth"] -= 1
            if _quiet_state["depth"] == 0 and _quiet_state["kept"] >= 0:
                os.dup2(_quiet_state["kept"], 2)
                os.close(_quiet_state["kept"])
                _quiet_state["kept"] = -1


def _mute() -> int:
    """Point the error channel at nothing; returns a copy of where it pointed, -1 for nowhere."""
    try:
        kept = os.dup(2)
    except OSError:
        return -1
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)
    return kept
