"""Late reverberation turned down: what of a moment is the decay of the moments before it.

K. Lebart, J. M. Boucher, P. N. Denbigh 2001, and E. A. P. Habets, S. Gannot, I. Cohen 2009: the
power of the late room is that of the sound a few hops ago, decayed by what the room decays in that
time; less of it where the direct sound is strong (Habets' ratio, fixed). A Wiener gain takes it
down, smoothed over time; the direct sound and the early reflections stay. For voices and drums: a
note that rings by itself decays like a room, so pianos and pads are not for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.dsp.blocks.hops import Delay, Hopped
from studiohand.dsp.blocks.overlap import HOPS, Overlap
from studiohand.dsp.cleaning.subtract import Nothing
from studiohand.dsp.effects.checks import within

Floats = npt.NDArray[np.float64]

_FRAME_S = 0.0853
_HOPS_AT_ONCE = 8
_EARLY_S = 0.045
_REVERBERANT = 0.25  # of the power feeds the room; the rest is direct sound
_SMOOTH = 0.6
_MEMORY = 0.8  # of the decision-directed ratio
_TINY = 1e-20


@step
@dataclass(frozen=True, slots=True)
class Dereverb:
    """Take late reverberation down.

    Parameters
    ----------
    decay_s : float
        0.1 to 10: time the room takes for 60 dB.
    most_db : float
        0 to 40: how far it is taken down at most.
    strength_percent : float
        0 to 150: scales the reduction in dB.
    """

    do: ClassVar[str] = "dereverb"
    kind: ClassVar[StepKind] = "process"
    decay_s: float
    most_db: float = 12.0
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "decay_s", self.decay_s, 0.1, 10.0)
        within(self.do, "most_db", self.most_db, 0.0, 40.0)
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0:
            return Nothing(channels)
        running = _Room(self, rate, channels)
        return Hopped(running.work, channels, running.hop_frames, running.latency)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))


class _Room:
    """Follows the room hop by hop."""

    def __init__(self, settings: Dereverb, rate: int, channels: int) -> None:
        frame = 1 << round(math.log2(_FRAME_S * rate))
        hop = frame // HOPS
        self.hop_frames = _HOPS_AT_ONCE * hop
        self._overlap = Overlap(frame, channels)
        self.latency = self._overlap.latency
        self._dry = Delay(self.latency, channels)
        early = max(round(_EARLY_S * rate / hop), 1)
        self._decay = 10.0 ** (-6.0 * early * hop / rate / settings.decay_s)
        bins = frame // 2 + 1
        self._past = [np.zeros(bins)] * early
        self._late = [np.zeros(bins)] * early
        self._smooth, self._before = np.zeros(bins), np.zeros(bins)
        self._floor = 10.0 ** (-settings.most_db / 20.0)
        self._strength = settings.strength_percent / 100.0

    def work(self, hop: Block, key: Block | None) -> Block:
        spectra = self._overlap.take(hop)
        power = (np.square(spectra.real) + np.square(spectra.imag)).mean(axis=1)
        gains = np.array([self._gain(now) for now in power])
        taken = spectra * (1.0 - np.power(gains, self._strength))[:, None, :]
        return self._dry.process(hop) - self._overlap.give(taken)

    def _gain(self, power: Floats) -> Floats:
        """Gain of each bin of the next window from its power."""
        self._smooth = _SMOOTH * self._smooth + (1.0 - _SMOOTH) * power
        feeding = (1.0 - _REVERBERANT) * self._late[0] + _REVERBERANT * self._past[0]
        late = self._decay * feeding
        self._past = [*self._past[1:], self._smooth]
        self._late = [*self._late[1:], late]
        over = power / (late + _TINY)
        prior = _MEMORY * self._before + (1.0 - _MEMORY) * np.maximum(over - 1.0, 0.0)
        gain = prior / (1.0 + prior)
        self._before = np.square(gain) * over
        out: Floats = np.maximum(gain, self._floor)
        return out
