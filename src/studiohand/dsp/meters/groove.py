"""What a record's groove would have to follow: sideways and vertical bass, and fast treble.

A lacquer is cut at constant velocity with the RIAA curve (IEC 60098: 3180, 318 and 75 us), so the
treble is lifted on the way in. The sum of the channels moves the stylus sideways, their difference
up and down: bass in the difference can lift it out of the groove, and treble that is much faster
than the rest of the record can neither be cut nor be traced near the label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source
from studiohand.core.job import Arrays
from studiohand.dsp.blocks.regroup import Regroup

Curve = npt.NDArray[np.float64]

LOW_HZ = 150.0
"""Below it the difference of the channels is height that a groove does not have."""
TREBLE_HZ = (5000.0, 16000.0)
STEP_S = 0.02
_STEPS = 64
_RIAA_S = (3180e-6, 318e-6, 75e-6)


def riaa_db(hz: Curve) -> Curve:
    """The recording curve of IEC 60098, 0 dB at 1 kHz."""
    return _riaa_lift_db(hz) - _riaa_lift_db(np.array([1000.0]))


def groove(source: Source) -> Arrays:
    """Powers of what a groove must follow, every 20 ms; an analysis to keep.

    Returns
    -------
    dict
        Each float64, shape (steps,). ``"sideways"`` and ``"vertical"``: mean square of mid and side
        below `LOW_HZ`; ``"treble"``: of the louder channel inside `TREBLE_HZ`, lifted as it is cut;
        ``"whole"``: of the louder channel, as it is.
    """
    step = max(round(STEP_S * source.rate), 1)
    window = np.hanning(2 * step + 1)[:-1]
    bins = _Bins.of(source.rate, 2 * step, float(np.sum(window**2)))
    regroup = Regroup(_STEPS * step, source.channels)
    kept = np.zeros((source.channels, step))
    rows = [np.zeros((0, 4))]
    for block in source.blocks():
        for piece in regroup.feed(block):
            rows.append(bins.powers(_spectra(np.concatenate([kept, piece], axis=1), window)))
            kept = piece[:, -step:]
    rest = regroup.rest()
    last = np.pad(rest, ((0, 0), (0, -rest.shape[1] % step)))
    rows.append(bins.powers(_spectra(np.concatenate([kept, last], axis=1), window)))
    powers = np.concatenate(rows)
    names = ("sideways", "vertical", "treble", "whole")
    return {name: powers[:, column] for column, name in enumerate(names)}


def _spectra(planes: Block, window: Curve) -> npt.NDArray[np.complexfloating]:
    """Spectra of all half-overlapping windows, shape (windows, channels, bins)."""
    if planes.shape[1] < len(window):
        return np.zeros((0, len(planes), len(window) // 2 + 1), np.complex128)
    views = np.lib.stride_tricks.sliding_window_view(planes, len(window), axis=1)
    spectra = np.fft.rfft(views[:, :: len(window) // 2] * window, axis=-1)
    return np.asarray(spectra.transpose(1, 0, 2))


@dataclass(frozen=True, slots=True)
class _Bins:
    """Which bins of a spectrum count for what, and how much."""

    low: Curve
    treble: Curve
    scale: float

    @staticmethod
    def of(rate: int, window_frames: int, window_power: float) -> _Bins:
        hz = np.fft.rfftfreq(window_frames, 1.0 / rate)
        treble = (hz >= TREBLE_HZ[0]) & (hz <= TREBLE_HZ[1])
        lift = np.power(10.0, riaa_db(np.maximum(hz, 1.0)) / 10.0)
        scale = 2.0 / (window_frames * window_power)
        return _Bins((hz < LOW_HZ).astype(float), np.where(treble, lift, 0.0), scale)

    def powers(self, spectra: npt.NDArray[np.complexfloating]) -> Block:
        """Rows of sideways, vertical, treble, whole from (steps, channels, bins)."""
        left, right = spectra[:, 0], spectra[:, min(1, spectra.shape[1] - 1)]
        power = np.square(np.abs(spectra)) * self.scale
        sideways = np.square(np.abs(0.5 * (left + right))) @ self.low * self.scale
        vertical = np.square(np.abs(0.5 * (left - right))) @ self.low * self.scale
        treble = (power @ self.treble).max(axis=1)
        return np.stack([sideways, vertical, treble, power.sum(axis=-1).max(axis=1)], axis=1)


def _riaa_lift_db(hz: Curve) -> Curve:
    slow, middle, fast = (np.square(2.0 * np.pi * hz * tau_s) for tau_s in _RIAA_S)
    return np.asarray(10.0 * np.log10((1.0 + slow) * (1.0 + fast) / (1.0 + middle)))
