"""AIFF written by ourselves: exact integers, chunks before the sound (Apple AIFF 1.3)."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from studiohand.core.errors import BadSetting

_COMM_BYTES = 18
_LONGEST = 0x7FFFFFFF


@dataclass(slots=True)
class AiffSink:
    """Writes one AIFF file front to back; the header is completed by `finish`.

    Parameters
    ----------
    file : binary file, empty
    rate : int
        Hz.
    channels : int
    bits : int
        16, 24 or 32.
    chunks : sequence of (name, content)
        Written before the sound.
    """

    file: BinaryIO
    rate: int
    channels: int
    bits: int
    chunks: Sequence[tuple[bytes, bytes]] = ()
    _frames: int = field(default=0, init=False)
    _comm_at: int = field(default=0, init=False)
    _sound_at: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.file.write(b"FORM\0\0\0\0AIFF")
        self._comm_at = self.file.tell() + 8
        self._chunk(b"COMM", bytes(_COMM_BYTES))
        for name, content in self.chunks:
            self._chunk(name, content)
        self.file.write(b"SSND" + bytes(12))
        self._sound_at = self.file.tell()

    def write_integers(self, samples: npt.NDArray[np.int32]) -> None:
        """Append frames of whole numbers in the file's own word length."""
        big = np.ascontiguousarray(samples, dtype=">i4")
        used = big.view(np.uint8).reshape(*big.shape, 4)[..., 4 - self.bits // 8 :]
        self.file.write(np.ascontiguousarray(used).tobytes())
        self._frames += len(samples)

    def finish(self) -> None:
        """Complete the header.

        Raises
        ------
        BadSetting
            The file has become longer than 2 GB.
        """
        length = self.file.tell() - self._sound_at
        if length % 2:
            self.file.write(b"\0")
        total = self.file.tell() - 8
        if total > _LONGEST:
            raise BadSetting("An AIFF file ends at 2 GB.", todo="Choose WAV or FLAC.")
        comm = struct.pack(">hIh", self.channels, self._frames, self.bits) + extended(self.rate)
        self._patch(4, struct.pack(">I", total))
        self._patch(self._comm_at, comm)
        self._patch(self._sound_at - 12, struct.pack(">I", length + 8))

    def _chunk(self, name: bytes, content: bytes) -> None:
        self.file.write(name + struct.pack(">I", len(content)) + content)
        self.file.write(b"\0" * (len(content) % 2))

    def _patch(self, at: int, raw: bytes) -> None:
        self.file.seek(at)
        self.file.write(raw)


def extended(number: int) -> bytes:
    """A positive whole number as an 80-bit extended float, most significant byte first."""
    exponent = int(math.log2(number))
    return struct.pack(">HQ", exponent + 16_383, number << (63 - exponent))
