"""MP3, AAC, ALAC, Opus and FLAC through FFmpeg's encoders; Vorbis through libsndfile's."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.errors import MissingPart
from studiohand.io.formats import Target
from studiohand.io.metadata import Marker
from studiohand.io.ogg import retag
from studiohand.io.pictures import kind_of, size_of

_STEP = 65_536
"""Frames given to an encoder at once; one-shot writes of long Ogg files crash libsndfile."""
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_FLAC_LAYOUTS = {4: "quad"}
_ENCODERS = {
    "mp3": ("libmp3lame", "fltp"),
    "aac": ("aac", "fltp"),
    "opus": ("libopus", "flt"),
    "flac": ("flac", "s32"),
    "alac": ("alac", "s32p"),
}
_MUXERS = {"mp3": "mp3", "m4a": "ipod", "opus": "opus", "flac": "flac"}
_VORBIS_KBPS = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500)
"""Nominal rate of Vorbis at qualities 0 to 10, stereo at 44.1 kHz."""


class FfmpegSink:
    """Encodes into an open file; `finish` completes it.

    Parameters
    ----------
    file : binary file, empty, seekable
    target : Target
    rate : int
        Hz.
    channels : int
    bits : int
        16 or 24 for lossless codecs.
    tags : mapping
        Under the container's own names.
    markers : sequence of Marker
        Written as chapters, to the millisecond.
    pictures : sequence of bytes
        Cover pictures, for MP3 and FLAC.
    frames : int
        Length to come, where it is known; the last chapter ends there.
    """

    def __init__(
        self,
        file: BinaryIO,
        target: Target,
        rate: int,
        channels: int,
        bits: int,
        tags: Mapping[str, str],
        markers: tuple[Marker, ...] = (),
        pictures: Sequence[bytes] = (),
        frames: int = 0,
    ) -> None:
        self._av = av_library()
        codec, kind = _ENCODERS[target.codec]
        self._kind = kind.replace("s32", "s16") if bits == 16 else kind
        self._shift = 0 if bits == 16 else 32 - bits
        self._rate, self._at = rate, 0
        layouts = _LAYOUTS | (_FLAC_LAYOUTS if target.codec in ("flac", "opus") else {})
        self._layout = layouts[channels]
        # bitexact: no random serial numbers, so the same samples give the same bytes
        self._container = self._av.open(
            file,
            "w",
            format=_MUXERS[target.container],
            options={"fflags": "+bitexact", "movie_timescale": str(rate)}
            if target.container == "m4a"
            else {"fflags": "+bitexact"},
        )
        self._stream = self._container.add_stream(codec, rate=rate, layout=self._layout)
        self._stream.codec_context.format = self._kind
        if target.kbps:
            self._stream.bit_rate = target.kbps * 1000
        self._container.metadata.update(tags)
        self._container.set_chapters(_chapters(markers, rate, frames))
        covers = [(self._cover_stream(picture), picture) for picture in pictures]
        for cover, picture in covers:
            self._attach(cover, picture)

    def write(self, block: Block) -> None:
        """Append float frames (lossy codecs)."""
        for at in range(0, len(block), _STEP):
            self._encode(block[at : at + _STEP].astype(np.float32))

    def write_integers(self, samples: npt.NDArray[np.int32]) -> None:
        """Append frames of whole numbers in the file's own word length (lossless codecs)."""
        kind = np.int16 if self._kind.startswith("s16") else np.int32
        for at in range(0, len(samples), _STEP):
            self._encode((samples[at : at + _STEP] << self._shift).astype(kind))

    def finish(self) -> None:
        """Give out what the encoder still holds and complete the file."""
        self._mux(self._stream.encode(None))
        self._container.close()

    def abandon(self) -> None:
        """Let go of the file without completing it."""
        del self._stream, self._container

    def _cover_stream(self, picture: bytes) -> Any:
        width, height = size_of(picture)
        codec = "mjpeg" if kind_of(picture) == "jpeg" else "png"
        stream = self._container.add_mux_stream(codec, width=width, height=height)
        stream.disposition = self._av.stream.Disposition.attached_pic
        return stream

    def _attach(self, stream: Any, picture: bytes) -> None:
        packet = self._av.Packet(picture)
        packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, 0, 0, True
        self._container.mux(packet)

    def _encode(self, samples: npt.NDArray[Any]) -> None:
        if not len(samples):
            return
        planar = self._kind.endswith("p")
        raw = np.ascontiguousarray(samples.T) if planar else samples.reshape(1, -1)
        frame = self._av.AudioFrame.from_ndarray(raw, format=self._kind, layout=self._layout)
        frame.sample_rate, frame.pts = self._rate, self._at
        frame.time_base = Fraction(1, self._rate)
        self._at += len(samples)
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: Any) -> None:
        for packet in packets:
            self._container.mux(packet)


class VorbisSink:
    """Encodes Vorbis by libsndfile into a file aside, then copies it with its comments."""

    def __init__(
        self, file: BinaryIO, target: Target, rate: int, channels: int, comments: Mapping[str, str]
    ) -> None:
        import soundfile

        self._file, self._comments = file, comments
        self._folder = tempfile.TemporaryDirectory(prefix="studiohand-")
        self._aside = Path(self._folder.name) / "a.ogg"
        quality = float(np.interp(target.kbps, _VORBIS_KBPS, np.linspace(0.0, 1.0, 11)))
        self._sound = soundfile.SoundFile(
            self._aside, "w", rate, channels, format="OGG", subtype="VORBIS",
            compression_level=1.0 - quality,
        )  # fmt: skip

    def write(self, block: Block) -> None:
        """Append float frames."""
        for at in range(0, len(block), _STEP):
            self._sound.write(np.ascontiguousarray(block[at : at + _STEP]))

    def finish(self) -> None:
        """Complete the file."""
        self._sound.close()
        with self._aside.open("rb") as aside:
            retag(aside, self._file, self._comments)
        self._folder.cleanup()

    def abandon(self) -> None:
        """Let go of the file without completing it."""
        with suppress(Exception):  # the error that led here is the one to tell
            self._sound.close()
        self._folder.cleanup()


def _chapters(markers: tuple[Marker, ...], rate: int, frames: int) -> list[dict[str, Any]]:
    """Chapters for FFmpeg: each ends where the next begins."""
    if not markers:
        return []
    ends = [marker.frame for marker in markers[1:]] + [frames]
    return [
        {
            "id": number,
            "start": marker.frame,
            "end": max(end, marker.frame + 1),
            "time_base": Fraction(1, rate),
            "metadata": {"title": marker.name},
        }
        for number, (marker, end) in enumerate(zip(markers, ends, strict=True))
    ]


def av_library() -> Any:
    """PyAV.

    Raises
    ------
    MissingPart
    """
    try:
        import av
    except ImportError as error:
        raise MissingPart(
            "MP3, M4A, Opus and FLAC are written by PyAV, which is not installed.",
            todo="Install it with: pip install av",
        ) from error
    return av
