"""Derive steps: a finished mix (or any one file) taken apart, and put together otherwise.

They are words only. The runner (`studiohand.run.songs.deriving`) separates the original once with
the named model and follows these steps: each sets how much of every stem, and of what is left, is
in the result. Their order does not matter, and what no step touches stays the original, bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, Self

from studiohand.core.effect import Step, StepKind, step
from studiohand.core.units import db_to_gain

REST = "residual"
"""Name of what is left when a model's stems are taken out."""


class DeriveStep(Step, Protocol):
    """A step on the stems of a file that a model takes apart."""

    model: str
    fingerprint: str

    def factor(self, part: str) -> float:
        """How much of a stem, or of the residual, stays: 1 leaves it as it is."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level change of one stem, in dB."""

    stem: str
    db: float


@step
@dataclass(frozen=True, slots=True)
class Separate:
    """Take a file apart: its stems and the residual stand in its place, each to be moved alone.

    Parameters
    ----------
    model : str
        Name of the separation model.
    fingerprint : str
        Of its weights and consent; other weights of that name do not run.
    """

    do: ClassVar[str] = "separate"
    kind: ClassVar[StepKind] = "derive"
    model: str
    fingerprint: str

    def factor(self, part: str) -> float:
        return 1.0

    def scaled(self, amount: float) -> Self:
        return self


@step
@dataclass(frozen=True, slots=True)
class Rebalance:
    """Change the level of stems inside a finished mix.

    Parameters
    ----------
    model, fingerprint : str
        See `Separate`.
    levels : tuple of Level
        0 dB everywhere is the mix itself.
    """

    do: ClassVar[str] = "rebalance"
    kind: ClassVar[StepKind] = "derive"
    model: str
    fingerprint: str
    levels: tuple[Level, ...]

    def factor(self, part: str) -> float:
        return db_to_gain(sum(level.db for level in self.levels if level.stem == part))

    def scaled(self, amount: float) -> Self:
        return replace(self, levels=tuple(Level(e.stem, e.db * amount) for e in self.levels))


@step
@dataclass(frozen=True, slots=True)
class Extract:
    """Only some stems (a cappella), or all but them (instrumental).

    Parameters
    ----------
    model, fingerprint : str
        See `Separate`.
    stems : tuple of str
    without : bool
        True: the mix without these stems, the residual included.
    share : float
        0 to 1: how much of what is to go goes.
    """

    do: ClassVar[str] = "extract"
    kind: ClassVar[StepKind] = "derive"
    model: str
    fingerprint: str
    stems: tuple[str, ...]
    without: bool = False
    share: float = 1.0

    def factor(self, part: str) -> float:
        goes = (part in self.stems) == self.without
        return 1.0 - self.share if goes else 1.0

    def scaled(self, amount: float) -> Self:
        return replace(self, share=min(1.0, self.share * amount))


def factors(steps: Sequence[DeriveStep], parts: Sequence[str]) -> dict[str, float]:
    """How much of each part is in the result of all steps together."""
    out = dict.fromkeys(parts, 1.0)
    for item in steps:
        for part in parts:
            out[part] *= item.factor(part)
    return out
