"""Gate: what lies below a threshold is turned down, with hold and a limited range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import StepKind, step
from studiohand.dsp import kernels
from studiohand.dsp.effects.checks import one_of, within
from studiohand.dsp.effects.dynamics import Detector, ReductionCurve, pace


@step
@dataclass(frozen=True, slots=True)
class Gate:
    """Gate, or with a small ratio a downward expander.

    Parameters
    ----------
    threshold_db : float
        -120 to +20, in dBFS of the detector.
    range_db : float
        0 to 120: the most it turns down.
    ratio : float
        1 to 1000: below the threshold the output falls this many dB per dB.
    attack_ms, hold_ms, release_ms : float
        0 to 2000, 0 to 5000, 0 to 10000: opening, staying open, closing.
    detector : str
        ``"peak"`` or ``"rms"`` (10 ms); the loudest channel counts for all.
    key : str or None
        Name of the stem that opens it; None: the signal itself.
    """

    do: ClassVar[str] = "gate"
    kind: ClassVar[StepKind] = "process"
    threshold_db: float
    range_db: float = 40.0
    ratio: float = 10.0
    attack_ms: float = 0.5
    hold_ms: float = 30.0
    release_ms: float = 120.0
    detector: Literal["peak", "rms"] = "peak"
    key: str | None = None

    def __post_init__(self) -> None:
        within("gate", "threshold_db", self.threshold_db, -120.0, 20.0)
        within("gate", "range_db", self.range_db, 0.0, 120.0)
        within("gate", "ratio", self.ratio, 1.0, 1000.0)
        within("gate", "attack_ms", self.attack_ms, 0.0, 2000.0)
        within("gate", "hold_ms", self.hold_ms, 0.0, 5000.0)
        within("gate", "release_ms", self.release_ms, 0.0, 10_000.0)
        one_of("gate", "detector", self.detector, ("peak", "rms"))

    def start(self, rate: int, channels: int) -> GateProcessor:
        """A running gate; `curve` holds its gain reduction."""
        return GateProcessor(self, rate, channels)

    def scaled(self, amount: float) -> Self:
        """Gain reduction in dB scales with the amount."""
        amount = max(amount, 0.0)
        return replace(
            self,
            ratio=min(1.0 + (self.ratio - 1.0) * amount, 1000.0),
            range_db=min(self.range_db * amount, 120.0),
        )


class GateProcessor:
    """A running `Gate`.

    Attributes
    ----------
    curve : ReductionCurve
    """

    def __init__(self, settings: Gate, rate: int, channels: int) -> None:
        self._detector = Detector(settings.detector, rate)
        self._channels = channels
        self._shape = np.array([settings.threshold_db, settings.ratio - 1.0, settings.range_db])
        opening, closing = pace(settings.attack_ms, rate), pace(settings.release_ms, rate)
        self._times = np.array([opening, closing, round(settings.hold_ms * rate / 1000.0)])
        self._state = np.zeros(2)
        self._run = kernels.compiled(kernels.expand)
        self.curve = ReductionCurve(rate)

    def process(self, block: Block, key: Block | None = None) -> Block:
        power = self._detector.process(block if key is None else key)
        gain = np.empty(len(power))
        self._run(power, self._shape, self._times, gain, self._state)
        self.curve.add(gain)
        return np.asarray(block * gain[:, None])

    def flush(self) -> Block:
        return np.zeros((0, self._channels))
