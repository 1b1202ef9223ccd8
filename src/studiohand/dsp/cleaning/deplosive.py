"""Plosives turned down while they last, below the voice only.

A plosive is a moment in which the breath of a p or b drives the microphone: the band from 25 to
140 Hz is louder than everything from 0.2 to 4 kHz and than the threshold. It is turned down to
the threshold by the ratio; everything else, breaths too, passes bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from studiohand.core.effect import Processor, StepKind, step
from studiohand.dsp.cleaning.bandbursts import BandBursts, Limit
from studiohand.dsp.cleaning.subtract import Nothing, subtracting
from studiohand.dsp.effects.checks import within

_FRAME_S = 0.0427
_LOW_HZ = 25.0


@step
@dataclass(frozen=True, slots=True)
class Deplosive:
    """Turn plosives down.

    Parameters
    ----------
    threshold_db : float
        -80 to 0 dBFS (RMS in the band): moments below stay.
    ratio : float
        1 to 20.
    high_hz : float
        60 to 300: where the band ends.
    most_db : float
        0 to 40: no plosive is turned down further.
    strength_percent : float
        0 to 150: scales the reduction in dB.
    """

    do: ClassVar[str] = "deplosive"
    kind: ClassVar[StepKind] = "process"
    threshold_db: float
    ratio: float = 8.0
    high_hz: float = 140.0
    most_db: float = 24.0
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "threshold_db", self.threshold_db, -80.0, 0.0)
        within(self.do, "ratio", self.ratio, 1.0, 20.0)
        within(self.do, "high_hz", self.high_hz, 60.0, 300.0)
        within(self.do, "most_db", self.most_db, 0.0, 40.0)
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0:
            return Nothing(channels)
        limit = Limit(
            _LOW_HZ, self.high_hz, _FRAME_S, self.threshold_db, self.ratio, self.most_db,
            self.strength_percent / 100.0,
        )  # fmt: skip
        return subtracting(BandBursts(limit, rate), channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))
