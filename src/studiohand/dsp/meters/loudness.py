"""Loudness after ITU-R BS.1770-5 (EBU R 128, Tech 3341, Tech 3342)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.dsp.blocks.regroup import Regroup
from studiohand.dsp.filters.recursive import RecursiveFilter

Curve = npt.NDArray[np.float64]

HOPS_PER_SECOND = 100
"""Grid of the momentary maximum: 10 ms (Tech 3341 case 13 fails at 100 ms)."""
MOMENTARY_HOPS = 40
SHORT_TERM_HOPS = 300
GATE_STEP_HOPS = 10
"""Gating blocks overlap by 75 % (BS.1770-5 Annex 1), short-term values for the range come every
100 ms (Tech 3342 clause 2.2: at least 2.9 s of overlap)."""
ABSOLUTE_GATE_LUFS = -70.0
INTEGRATED_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
RANGE_LOW, RANGE_HIGH = 10.0, 95.0
OFFSET_LUFS = -0.691
"""BS.1770-5 Annex 1, eq. 2: makes 997 Hz at 0 dBFS in one channel read -3.01."""
SURROUND = 1.41
_HOPS_PER_PIECE = 32

_WEIGHTS = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),
    4: (1.0, 1.0, SURROUND, SURROUND),
    5: (1.0, 1.0, 1.0, SURROUND, SURROUND),
    6: (1.0, 1.0, 1.0, 0.0, SURROUND, SURROUND),
    7: (1.0, 1.0, 1.0, 0.0, 1.0, SURROUND, SURROUND),
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, SURROUND, SURROUND),
}


def channel_weights(channels: int) -> tuple[float, ...]:
    """Weight of each channel, in the order of WAVE files (BS.1770-5 Annex 1 table 3, Annex 3).

    5.1 is L R C LFE Ls Rs; 7.1 is L R C LFE Lb Rb Ls Rs, where only the side pair lies between 60
    and 120 degrees. Other counts than 1 to 8 are taken as so many front channels.
    """
    return _WEIGHTS.get(channels, (1.0,) * channels)


def k_weighting(rate: int) -> npt.NDArray[np.float64]:
    """Sections of the K filter at any rate, shape (2, 6).

    BS.1770-5 Annex 1 gives coefficients at 48 kHz only; these are the analogue prototypes behind
    them, mapped by the bilinear transform, and reproduce that table to 14 digits.
    """
    f0, gain_db, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = math.tan(math.pi * f0 / rate)
    high = math.pow(10.0, gain_db / 20.0)
    band = math.pow(high, 0.4996667741545416)
    a0 = 1.0 + k / q + k * k
    shelf = [
        (high + band * k / q + k * k) / a0, 2.0 * (k * k - high) / a0,
        (high - band * k / q + k * k) / a0, 1.0, 2.0 * (k * k - 1.0) / a0,
        (1.0 - k / q + k * k) / a0,
    ]  # fmt: skip
    f0, q = 38.13547087602444, 0.5003270373238773
    k = math.tan(math.pi * f0 / rate)
    a0 = 1.0 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0]
    return np.array([shelf, high_pass])


class LoudnessMeter:
    """Loudness of a stream of blocks.

    Parameters
    ----------
    rate : int
        Hz. Windows are exact where 10 ms is a whole number of frames, else within 0.5 %.
    channels : int
    weights : tuple of float or None
        Weight of each channel; None: `channel_weights`.
    """

    def __init__(self, rate: int, channels: int, weights: tuple[float, ...] | None = None) -> None:
        self._hop = max(round(rate / HOPS_PER_SECOND), 1)
        self._weights = np.array(weights or channel_weights(channels))
        self._filter = RecursiveFilter(k_weighting(rate), channels)
        self._regroup = Regroup(self._hop * _HOPS_PER_PIECE, channels)
        self._powers: list[Curve] = []

    def update(self, block: Block) -> None:
        """Take the next frames, shape (frames, channels)."""
        for piece in self._regroup.feed(block):
            self._powers.append(self._hop_powers(self._filter.process(piece)))

    def momentary_lufs(self) -> Curve:
        """Loudness of 400 ms windows every 10 ms; empty when shorter; -inf in silence."""
        return _lufs(_windows(self._hops(), MOMENTARY_HOPS))

    def short_term_lufs(self) -> Curve:
        """Loudness of 3 s windows every 10 ms; empty when shorter; -inf in silence."""
        return _lufs(_windows(self._hops(), SHORT_TERM_HOPS))

    def max_momentary_lufs(self) -> float | None:
        """Highest momentary loudness; None for silence and for less than 400 ms."""
        return _highest(self.momentary_lufs())

    def max_short_term_lufs(self) -> float | None:
        """Highest short-term loudness; None for silence and for less than 3 s."""
        return _highest(self.short_term_lufs())

    def integrated_lufs(self) -> float | None:
        """Gated loudness; None when nothing is above -70 LUFS or for less than 400 ms."""
        blocks = _windows(self._hops(), MOMENTARY_HOPS)[::GATE_STEP_HOPS]
        return gated_lufs(blocks)

    def lra_lu(self) -> float | None:
        """Loudness range (Tech 3342); None when nothing is above -70 LUFS or for less than 3 s."""
        blocks = _windows(self._hops(), SHORT_TERM_HOPS)[::GATE_STEP_HOPS]
        gated = _lufs(_gate(blocks, RANGE_GATE_LU))
        if not len(gated):
            return None
        rank = np.linspace(0.0, 100.0, len(gated))
        low, high = np.interp([RANGE_LOW, RANGE_HIGH], rank, np.sort(gated))
        return float(high - low)

    def _hops(self) -> Curve:
        """Weighted power of each 10 ms, those not yet in a whole piece included."""
        rest = self._regroup.rest()
        hops = rest.shape[1] // self._hop
        padded = np.zeros((len(rest), self._hop * _HOPS_PER_PIECE))
        padded[:, : rest.shape[1]] = rest
        tail = self._hop_powers(self._filter.peek(padded))[:hops] if hops else np.zeros(0)
        self._powers = [np.concatenate([*self._powers, np.zeros(0)])]
        return np.concatenate([self._powers[0], tail])

    def _hop_powers(self, planes: Block) -> Curve:
        hops = planes.reshape(len(planes), -1, self._hop)
        power: Curve = self._weights @ np.einsum("chf,chf->ch", hops, hops) / self._hop
        return power


def gated_lufs(powers: Curve) -> float | None:
    """Integrated loudness of 400 ms blocks that overlap by 75 %, as weighted mean powers."""
    gated = _gate(powers, INTEGRATED_GATE_LU)
    return float(_lufs(gated.mean())) if len(gated) else None


def album_lufs(momentary: Sequence[Curve]) -> float | None:
    """Integrated loudness of several sounds as one programme, from their momentary curves."""
    blocks = [curve[::GATE_STEP_HOPS] for curve in momentary]
    joined = np.concatenate([*blocks, np.zeros(0)])
    return gated_lufs(np.power(10.0, (joined - OFFSET_LUFS) / 10.0))


def _windows(hops: Curve, width: int) -> Curve:
    """Mean power of every `width` neighbours; `width` is a multiple of `GATE_STEP_HOPS`.

    Sums of sums, not differences of a running sum: those would leave a residue in silence.
    """
    count = len(hops) - width + 1
    if count < 1:
        return np.zeros(0)
    short = len(hops) - GATE_STEP_HOPS + 1
    tenths = sum((hops[i : i + short] for i in range(GATE_STEP_HOPS)), np.zeros(short))
    starts = range(0, width, GATE_STEP_HOPS)
    return sum((tenths[i : i + count] for i in starts), np.zeros(count)) / width


def _lufs(power: npt.ArrayLike) -> Curve:
    with np.errstate(divide="ignore"):
        return np.asarray(OFFSET_LUFS + 10.0 * np.log10(power))


def _gate(powers: Curve, relative_lu: float) -> Curve:
    """Powers above the absolute gate, then above the gate relative to their mean."""
    loud = powers[_lufs(powers) > ABSOLUTE_GATE_LUFS]
    if not len(loud):
        return loud
    return loud[_lufs(loud) > _lufs(loud.mean()) + relative_lu]


def _highest(curve: Curve) -> float | None:
    highest = float(curve.max()) if len(curve) else -math.inf
    return highest if math.isfinite(highest) else None
