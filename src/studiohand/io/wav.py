"""WAV, RF64 and BWF written by ourselves: the same samples give the same bytes.

libsndfile stamps the time into float files and scales integers by 2^(n-1) - 1, so a file
converted back and forth would change; and metadata has to stand before the sound.
EBU Tech 3285 (BWF), EBU Tech 3306 (RF64).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.errors import BadSetting, CannotWrite
from studiohand.io.atomic import writing
from studiohand.io.inspect import shown

_BITS = {"PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}
_PCM, _IEEE_FLOAT = 0x0001, 0x0003
_RF64_FROM = 0xFFFFFFFF - 1024
_DS64_BYTES = 28


class Sink(Protocol):
    """Takes blocks until its file is complete."""

    def write(self, block: Block) -> None:
        """Append frames."""


@dataclass(slots=True)
class WavSink:
    """Writes one WAV file front to back; the header is completed by `finish`.

    Parameters
    ----------
    file : binary file, empty
    rate : int
        Hz.
    channels : int
    subtype : str
        ``"FLOAT"``, ``"DOUBLE"``, ``"PCM_16"``, ``"PCM_24"`` or ``"PCM_32"``.
    chunks : sequence of (name, content)
        Chunks written before the sound, in this order.
    bare : bool
        True: no room is kept to become an RF64 file, so 4 GB is the end.
    """

    file: BinaryIO
    rate: int
    channels: int
    subtype: str
    chunks: Sequence[tuple[bytes, bytes]] = ()
    bare: bool = False
    _frames: int = field(default=0, init=False)
    _fact_at: int = field(default=0, init=False)
    _data_at: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.file.write(b"RIFF\0\0\0\0WAVE")
        if not self.bare:
            self._chunk(b"JUNK", bytes(_DS64_BYTES))
        for name, content in (c for c in self.chunks if c[0] == b"bext"):
            self._chunk(name, content)  # EBU Tech 3285: bext comes before fmt
        self._chunk(b"fmt ", self._format())
        if self.subtype in ("FLOAT", "DOUBLE"):
            self._fact_at = self.file.tell() + 8
            self._chunk(b"fact", bytes(4))
        for name, content in (c for c in self.chunks if c[0] != b"bext"):
            self._chunk(name, content)
        self.file.write(b"data\0\0\0\0")
        self._data_at = self.file.tell()

    @property
    def _width(self) -> int:
        return _BITS[self.subtype] // 8

    def write(self, block: Block) -> None:
        """Append float frames; integer formats round to nearest and clip at full scale."""
        if self.subtype in ("FLOAT", "DOUBLE"):
            kind = "<f4" if self.subtype == "FLOAT" else "<f8"
            self._append(np.ascontiguousarray(block, dtype=kind).tobytes(), len(block))
            return
        top = 2.0 ** (_BITS[self.subtype] - 1)
        self.write_integers(np.clip(np.rint(block * top), -top, top - 1).astype(np.int32))

    def write_integers(self, samples: npt.NDArray[np.int32]) -> None:
        """Append frames of whole numbers in the file's own word length."""
        little = np.ascontiguousarray(samples, dtype="<i4")
        used = little.view(np.uint8).reshape(*little.shape, 4)[..., : self._width]
        self._append(np.ascontiguousarray(used).tobytes(), len(samples))

    def finish(self) -> None:
        """Complete the header.

        Raises
        ------
        BadSetting
            A bare file has become longer than 4 GB.
        """
        length = self._frames * self.channels * self._width
        if length % 2:
            self.file.write(b"\0")
        total = self.file.tell() - 8
        if total <= _RF64_FROM:
            self._patch(4, struct.pack("<I", total))
            self._patch(self._data_at - 4, struct.pack("<I", length))
        elif self.bare:
            raise BadSetting(
                "A bare WAV file ends at 4 GB.", todo="Choose FLAC, or a WAV that is not bare."
            )
        else:
            self._become_rf64(total, length)
        if self._fact_at:
            self._patch(self._fact_at, struct.pack("<I", min(self._frames, 0xFFFFFFFF)))

    def _become_rf64(self, total: int, length: int) -> None:
        sizes = struct.pack("<QQQI", total, length, self._frames, 0)
        self._patch(0, b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<I", _DS64_BYTES) + sizes)
        self._patch(self._data_at - 4, b"\xff\xff\xff\xff")

    def _format(self) -> bytes:
        tag = _IEEE_FLOAT if self.subtype in ("FLOAT", "DOUBLE") else _PCM
        frame = self.channels * self._width
        plain = struct.pack(
            "<HHIIHH", tag, self.channels, self.rate, self.rate * frame, frame, self._width * 8
        )
        return plain + (b"\0\0" if tag == _IEEE_FLOAT else b"")

    def _chunk(self, name: bytes, content: bytes) -> None:
        self.file.write(name + struct.pack("<I", len(content)) + content)
        self.file.write(b"\0" * (len(content) % 2))

    def _append(self, raw: bytes, frames: int) -> None:
        self.file.write(raw)
        self._frames += frames

    def _patch(self, at: int, raw: bytes) -> None:
        self.file.seek(at)
        self.file.write(raw)


@contextmanager
def create_audio(
    path: Path,
    rate: int,
    channels: int,
    subtype: str = "FLOAT",
    chunks: Sequence[tuple[bytes, bytes]] = (),
    *,
    bare: bool = False,
) -> Iterator[WavSink]:
    """Write a WAV file, all or nothing.

    Parameters
    ----------
    path : Path
    rate : int
        Hz.
    channels : int
    subtype : str
        ``"FLOAT"``, ``"DOUBLE"``, ``"PCM_32"``, ``"PCM_24"`` or ``"PCM_16"``.
    chunks, bare
        See `WavSink`.

    Raises
    ------
    CannotWrite
    BadSetting
        Unknown subtype, or a bare file that would pass 4 GB.
    """
    if subtype not in _BITS:
        raise BadSetting(
            f"“{subtype}” is not a WAV word length.", todo=f"Use one of: {', '.join(_BITS)}."
        )
    if not 1 <= channels <= 0xFFFF:
        raise CannotWrite(f"{shown(path)} cannot hold {channels} channels.")
    with writing(path) as part, part.open("wb") as file:
        sink = WavSink(file, rate, channels, subtype, chunks, bare)
        yield sink
        sink.finish()
