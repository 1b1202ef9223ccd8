"""Audio as everybody here passes it: blocks of float64, shape (frames, channels)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.float64]
"""Samples, shape (frames, channels), frames >= 1, full scale = 1.0."""

BLOCK_FRAMES = 65536


class Source(Protocol):
    """Audio that can be read again from any frame and never holds the whole file in memory."""

    @property
    def rate(self) -> int:
        """Sample rate in Hz."""

    @property
    def channels(self) -> int:
        """Number of channels, >= 1."""

    @property
    def frames(self) -> int:
        """Length in frames."""

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Consecutive blocks of at most `size` frames from `start_frame` to `stop_frame`."""


@dataclass(frozen=True, slots=True)
class MemorySource:
    """A `Source` over samples already in memory; short material and tests only.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
    rate : int
        Sample rate in Hz.
    """

    samples: Block
    rate: int

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])

    @property
    def frames(self) -> int:
        return int(self.samples.shape[0])

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        for at in range(start_frame, stop, size):
            yield self.samples[at : min(at + size, stop)]


@dataclass(frozen=True, slots=True)
class SourceOf:
    """Base of a source made from another: its rate, channels and length unless it says otherwise.

    Parameters
    ----------
    source : Source
    """

    source: Source

    @property
    def rate(self) -> int:
        """Sample rate in Hz."""
        return self.source.rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.source.channels

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.source.frames


@dataclass(frozen=True, slots=True)
class Span(SourceOf):
    """A part of a source, itself a source that begins at its frame 0.

    Parameters
    ----------
    start_frame, stop_frame : int
        Of the source; what lies beyond its end is left out.
    """

    start_frame: int
    stop_frame: int

    @property
    def frames(self) -> int:
        return max(min(self.stop_frame, self.source.frames) - self.start_frame, 0)

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Consecutive blocks of the part."""
        stop = self.frames if stop_frame is None else min(stop_frame, self.frames)
        begin = self.start_frame + start_frame
        yield from self.source.blocks(size, begin, self.start_frame + stop)


def read_all(source: Source, start_frame: int = 0, stop_frame: int | None = None) -> Block:
    """All samples of a span, shape (frames, channels); for spans known to be short."""
    blocks = list(source.blocks(BLOCK_FRAMES, start_frame, stop_frame))
    return np.concatenate(blocks) if blocks else np.zeros((0, source.channels))


class Role(StrEnum):
    """What a stem is in the song."""

    VOCALS = "vocals"
    BACKING_VOCALS = "backing_vocals"
    DRUMS = "drums"
    KICK = "kick"
    SNARE = "snare"
    HATS = "hats"
    PERCUSSION = "percussion"
    BASS = "bass"
    GUITAR = "guitar"
    KEYS = "keys"
    STRINGS = "strings"
    BRASS = "brass"
    SYNTH = "synth"
    PAD = "pad"
    FX = "fx"
    GUIDE = "guide"
    OTHER = "other"


VOICES = (Role.VOCALS, Role.BACKING_VOCALS)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the container says, without a look at the samples.

    Parameters
    ----------
    file : str
        File name with extension.
    format : str
        Container, for example ``"WAV"``.
    bits : int or None
        Word length of integer PCM, 32/64 for float, None for lossy codecs.
    codec : str
        For example ``"PCM_24"``, ``"VORBIS"``.
    lossy : bool
    """

    file: str
    format: str
    codec: str
    bits: int | None
    lossy: bool


@dataclass(frozen=True, slots=True)
class Track:
    """A source with a name and a role; how tools meet files.

    Parameters
    ----------
    name : str
        The stem's name in the song, without extension.
    source : Source
    role : Role
        What it is, from its name until a person says otherwise.
    sha256 : str
        Hash of the original file; the key under which analyses are cached. Empty: not cached.
    facts : FileFacts or None
        What the container says about the file, where there is one.
    """

    name: str
    source: Source
    role: Role = Role.OTHER
    sha256: str = ""
    facts: FileFacts | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """The producer's own words for a span of the song.

    Parameters
    ----------
    words : str
    start_s, end_s : float
        Seconds from the song's start; `end_s` may be infinite.
    stems : tuple of str
        Empty: all of them.
    blend : bool
        True: hiding one another is wanted here (a wall of sound).
    locked : bool
        True: moves that touch these stems in this span are blocked.
    """

    words: str
    start_s: float = 0.0
    end_s: float = float("inf")
    stems: tuple[str, ...] = ()
    blend: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What a tool works on: one file, or a song's stems, mix and references.

    A tool that asks for one file finds it as `file`; its references, if it asked for them, in
    `references`. A song tool finds `stems`, perhaps a `mix`, `references` and `intents`.
    `rate` is the song's rate (or the file's).
    """

    rate: int
    file: Track | None = None
    stems: tuple[Track, ...] = ()
    mix: Track | None = None
    references: tuple[Track, ...] = ()
    intents: tuple[Intent, ...] = ()
