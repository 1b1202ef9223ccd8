"""The second decoder: FFmpeg's libraries through PyAV, for AAC and ALAC in M4A and what is rare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from studiohand.core.audio import Block, FileFacts
from studiohand.core.errors import MissingPart
from studiohand.io.inspect import check_shape, no_sound
from studiohand.io.sndfile import Refused

_LOSSLESS = ("pcm_", "alac", "flac", "wavpack", "ape", "tta", "truehd", "mlp", "shorten")
_INTEGER_SCALE = {"u8": 2.0**-7, "s16": 2.0**-15, "s32": 2.0**-31, "s64": 2.0**-63}
_ALAC_BITS_AT = 17
"""Place of the word length in the ALACSpecificConfig atom."""
_FAULTS = (OSError, ValueError, IndexError, TypeError, AttributeError, RuntimeError, MemoryError)
"""What PyAV raises on damaged files besides its own errors."""
_CRASHING_PLANES = 8
_PCM_BITS = re.compile(r"pcm_[suf](\d+)")
_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"


def probe(path: Path) -> tuple[int, int, int, FileFacts]:
    """Rate in Hz, channels, frames and facts of a file.

    Raises
    ------
    Refused
    CannotRead
        It holds no sound, or its header is damaged.
    MissingPart
    """
    av = _av()
    try:
        with av.open(str(path), "r", metadata_errors="replace") as container:
            if not container.streams.audio:
                raise Refused
            stream = container.streams.audio[0]
            context = stream.codec_context
            if context is None:
                raise Refused
            check_shape(path, int(context.sample_rate or 0), int(context.channels or 0))
            codec, name = str(context.name), str(container.format.name)
            lossy = not codec.startswith(_LOSSLESS)
            facts = FileFacts(
                file=path.name,
                format="MP4" if name == _MP4 else name.split(",")[0].upper(),
                codec=codec.upper(),
                bits=None if lossy else _bits(stream),
                lossy=lossy,
            )
            rate, channels = int(context.sample_rate), int(context.channels)
            frames = _told_frames(container, stream, name)
    except (av.FFmpegError, *_FAULTS) as error:
        raise Refused from error
    frames = frames or sum(len(block) for block in read(path, codec, 65536, 0))
    if frames <= 0:
        raise no_sound(path)
    return rate, channels, frames, facts


def read(path: Path, codec: str, size: int, start_frame: int) -> Iterator[Block]:
    """Blocks of at most `size` frames from a frame to the end.

    Lossless codecs seek; lossy ones are decoded from the start, because their decoders carry
    state (noise substitution, overlap) that a seek would lose.

    Raises
    ------
    Refused
        The file broke or went away.
    MissingPart
    """
    av = _av()
    try:
        with av.open(str(path), "r", metadata_errors="replace") as container:
            stream = container.streams.audio[0]
            stream.thread_type = "NONE"
            skip = start_frame
            seeks = codec.lower() == "alac" and start_frame > 0
            if seeks:
                container.seek(int(start_frame / stream.rate / stream.time_base), stream=stream)
            for frame in _readable(container.decode(stream)):
                if seeks:  # the first frame says where the seek has landed
                    skip = start_frame - round(float(frame.pts * frame.time_base) * stream.rate)
                    seeks = False
                block = _samples(frame)
                dropped, skip = min(skip, len(block)), max(skip - len(block), 0)
                for at in range(dropped, len(block), size):
                    yield block[at : at + size]
    except (av.FFmpegError, *_FAULTS) as error:
        raise Refused from error


def _readable(frames: Iterator[Any]) -> Iterator[Any]:
    """Frames whose planes PyAV can be asked for: it crashes on eight planes or more."""
    packer = None
    for frame in frames:
        if not frame.format.is_planar or frame.layout.nb_channels < _CRASHING_PLANES:
            yield frame
            continue
        packer = packer or _av().AudioResampler(format=frame.format.name.removesuffix("p"))
        yield from packer.resample(frame)


def _samples(frame: Any) -> Block:
    """A decoded frame as float64, shape (frames, channels)."""
    raw = frame.to_ndarray()
    samples = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    name = frame.format.name.removesuffix("p")
    if name == "u8":
        return np.ascontiguousarray((samples.astype(np.float64) - 128.0) * _INTEGER_SCALE[name])
    return np.ascontiguousarray(samples.astype(np.float64) * _INTEGER_SCALE.get(name, 1.0))


def _told_frames(container: Any, stream: Any, container_name: str) -> int:
    """Length where it can be known without decoding, else 0."""
    if container_name == _MP4:
        return _mp4_frames(container, stream)
    head = bytes(stream.codec_context.extradata or b"")
    if stream.codec_context.name in ("opus", "libopus") and head[:8] == b"OpusHead":
        skip = int.from_bytes(head[10:12], "little")
        begins_at_zero = not stream.start_time and stream.time_base * stream.rate == 1
        return int(stream.duration or 0) - skip if begins_at_zero and stream.duration else 0
    return 0


def _mp4_frames(container: Any, stream: Any) -> int:
    """Length of an MP4's sound without encoder delay and padding, 0 where it does not say.

    Packets end where the last one ends; the edit list says where the music ends. The edit list
    may be rounded to milliseconds, then the packets are right; iTunes writes its own note.
    """
    note = str(container.metadata.get("iTunSMPB", "")).split()
    if len(note) > 3 and int(note[3], 16) > 0:
        return int(note[3], 16)
    end = max(
        ((p.pts or 0) + (p.duration or 0) for p in container.demux(stream) if p.size), default=0
    )
    per_tick = float(stream.time_base) * int(stream.rate)
    packets, edited = round(end * per_tick), round((stream.duration or 0) * per_tick)
    rounding = int(stream.rate) // 1000 + 1
    return packets if not edited or abs(packets - edited) <= rounding else min(packets, edited)


def _bits(stream: Any) -> int:
    """Word length of a lossless stream."""
    context = stream.codec_context
    cookie = bytes(context.extradata or b"")
    if context.name == "alac" and len(cookie) > _ALAC_BITS_AT:
        return cookie[_ALAC_BITS_AT]
    named = _PCM_BITS.match(str(context.name))
    if named:
        return int(named[1])
    by_format = {"u8": 8, "s16": 16, "s32": 32, "flt": 32, "dbl": 64}
    return by_format.get(str(context.format.name).removesuffix("p"), 32)


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise MissingPart(
            "M4A (AAC, ALAC) needs PyAV, which is not installed.",
            todo="Install it with: pip install av",
        ) from error
    return av
