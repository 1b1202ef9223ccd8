"""Sibilants turned down while they last, in their own band only.

A sibilant is a moment in which the band from 5 to 11 kHz is louder than everything from 0.2 to
4 kHz and than the threshold; it is turned down to the threshold by the ratio. Everything else
passes bit for bit. All channels share one gain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from studiohand.core.effect import Processor, StepKind, step
from studiohand.dsp.cleaning.bandbursts import BandBursts, Limit
from studiohand.dsp.cleaning.subtract import Nothing, subtracting
from studiohand.dsp.effects.checks import within

_FRAME_S = 0.0107


@step
@dataclass(frozen=True, slots=True)
class Deess:
    """Turn sibilants down.

    Parameters
    ----------
    threshold_db : float
        -80 to 0 dBFS (RMS in the band): sibilants below stay.
    ratio : float
        1 to 20.
    low_hz, high_hz : float
        The band of the sibilants.
    most_db : float
        0 to 24: no sibilant is turned down further.
    strength_percent : float
        0 to 150: scales the reduction in dB.
    """

    do: ClassVar[str] = "deess"
    kind: ClassVar[StepKind] = "process"
    threshold_db: float
    ratio: float = 3.0
    low_hz: float = 5000.0
    high_hz: float = 11000.0
    most_db: float = 10.0
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "threshold_db", self.threshold_db, -80.0, 0.0)
        within(self.do, "ratio", self.ratio, 1.0, 20.0)
        within(self.do, "low_hz", self.low_hz, 1000.0, self.high_hz)
        within(self.do, "high_hz", self.high_hz, 1000.0, 40000.0)
        within(self.do, "most_db", self.most_db, 0.0, 24.0)
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0 or self.low_hz >= 0.45 * rate:
            return Nothing(channels)
        limit = Limit(
            self.low_hz, self.high_hz, _FRAME_S, self.threshold_db, self.ratio, self.most_db,
            self.strength_percent / 100.0,
        )  # fmt: skip
        return subtracting(BandBursts(limit, rate), channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))
