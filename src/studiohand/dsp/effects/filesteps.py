"""File steps: the same sound under other facts: its rate, its role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from studiohand.core.audio import BLOCK_FRAMES, Block, Source
from studiohand.core.effect import StepKind, step
from studiohand.dsp.filters.resample import ResampledSource


@dataclass(frozen=True, slots=True)
class RelabelledSource:
    """The same samples, said to be at another rate: as long in frames, not in seconds.

    Parameters
    ----------
    source : Source
    rate : int
        Hz.
    """

    source: Source
    rate: int

    @property
    def channels(self) -> int:
        return self.source.channels

    @property
    def frames(self) -> int:
        return self.source.frames

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        return self.source.blocks(size, start_frame, stop_frame)


@step
@dataclass(frozen=True, slots=True)
class Resample:
    """Convert to another rate; the sound and its length in seconds stay.

    Parameters
    ----------
    hz : int
        The rate wanted; 0 leaves it.
    """

    do: ClassVar[str] = "resample"
    kind: ClassVar[StepKind] = "file"
    hz: int

    def apply(self, source: Source) -> Source:
        """The source at the rate wanted."""
        return ResampledSource(source, self.hz) if self.hz else source

    def scaled(self, amount: float) -> Self:
        return type(self)(self.hz if amount > 0.0 else 0)


@step
@dataclass(frozen=True, slots=True)
class DeclareRate:
    """Correct a rate the file's header states wrongly; the samples stay, pitch and speed change.

    Parameters
    ----------
    hz : int
        The rate the samples were made at; 0 leaves it.
    """

    do: ClassVar[str] = "declare_rate"
    kind: ClassVar[StepKind] = "file"
    hz: int

    def apply(self, source: Source) -> Source:
        """The source said to be at its true rate."""
        return RelabelledSource(source, self.hz) if self.hz else source

    def scaled(self, amount: float) -> Self:
        return type(self)(self.hz if amount > 0.0 else 0)


@step
@dataclass(frozen=True, slots=True)
class SetRole:
    """Say what a stem is; its sound stays.

    Parameters
    ----------
    role : str
        A `Role` value, for example ``"bass"``.
    """

    do: ClassVar[str] = "role"
    kind: ClassVar[StepKind] = "file"
    role: str

    def apply(self, source: Source) -> Source:
        """The source itself."""
        return source

    def scaled(self, amount: float) -> Self:
        return type(self)(self.role)
