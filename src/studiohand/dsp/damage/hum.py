"""Mains hum: is it there, at which frequency, how does it drift, which harmonics.

A hum is a comb of lines at whole multiples of the mains frequency (50 or 60 Hz within 1 %) that
never vanishes while the recording runs and does not change its level with the music. Music can
own single lines of that comb (a bass note, a loop that repeats exactly), but not steadily, and
not standing out from the lines beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.dsp.filters.lowband import Decimator, mono_of

Floats = npt.NDArray[np.float64]

MAINS_HZ = (50.0, 60.0)
TOLERANCE = 0.01  # grids stay within 0.4 %; tape and wrong clocks add the rest
HARMONICS = 16
_LOW_RATE_HZ = 3000
_WINDOW_S, _HOP_S = 2.0, 0.5
_STEP_HZ = 0.02  # grid of the mains frequency
_LINE_HZ = 1.1  # half the width of a Hann-windowed line of 2 s
_NEIGHBOUR_HZ = 14.0
_MAX_DRIFT_STEPS = 2  # 0.08 Hz a second
_SILENT_POWER = 1e-12  # -120 dBFS: nothing is being recorded
_STANDS_OUT_DB = 9.0
_QUIET_SHARE = 0.25  # of the windows, each harmonic's own
_STEADY_DB = 3.0
_NEVER_BELOW_DB = 5.0
_TOP_DB = 25.0


@dataclass(frozen=True, slots=True)
class Hum:
    """A hum that was found.

    Parameters
    ----------
    mains_hz : float
        Mean mains frequency.
    track_hz : ndarray, shape (windows,)
        Mains frequency about once a second.
    harmonics_dbfs : ndarray, shape (harmonics,)
        Level (RMS of a sine, dB full scale) of each harmonic from the first; -200 where absent.
    confidence : float
        0 to 1.
    """

    mains_hz: float
    track_hz: Floats
    harmonics_dbfs: Floats
    confidence: float

    @property
    def level_dbfs(self) -> float:
        """RMS level of all harmonics together."""
        return float(10.0 * np.log10(np.sum(10.0 ** (self.harmonics_dbfs / 10.0))))

    @property
    def drift_hz(self) -> float:
        """Width of the mains frequency's walk."""
        return float(np.ptp(self.track_hz))


class HumMeter:
    """Collects, once a second, how far each harmonic stands out of the lines beside it.

    Memory: 26 kB a minute of sound.

    Parameters
    ----------
    rate : int
        Hz.
    """

    def __init__(self, rate: int) -> None:
        self._decimator = Decimator(rate, _LOW_RATE_HZ)
        self._rate = self._decimator.rate
        self._window = round(_WINDOW_S * self._rate)
        self._hop = round(_HOP_S * self._rate)
        self._held = np.zeros(0, np.float32)
        self._shape = np.hanning(self._window + 1)[:-1].astype(np.float32)
        self._bin_hz = self._rate / (2 * self._window)
        self._grids = [_Grid(mains, self._rate, self._bin_hz) for mains in MAINS_HZ]
        self._lines: list[tuple[npt.NDArray[np.float32], ...]] = []
        self._beside: list[tuple[npt.NDArray[np.float32], ...]] = []

    def update(self, block: Block) -> None:
        """Take in the next block, shape (frames, channels)."""
        low = self._decimator.process(mono_of(block))
        self._held = np.concatenate([self._held, low])
        while len(self._held) >= self._window:
            self._measure(self._held[: self._window])
            self._held = self._held[self._hop :]

    def _measure(self, window: npt.NDArray[np.float32]) -> None:
        if float(np.dot(window, window)) / len(window) < _SILENT_POWER:
            return
        spectrum = np.fft.rfft(window * self._shape, 2 * self._window)
        power = np.square(np.abs(spectrum)) * np.float32(8.0 / self._window**2)
        db = 10.0 * np.log10(np.maximum(power, 1e-20))
        measured = [grid.measure(db) for grid in self._grids]
        self._lines.append(tuple(line for line, _ in measured))
        self._beside.append(tuple(beside for _, beside in measured))

    def hum(self) -> Hum | None:
        """The hum, or None. Less than four seconds of sound give None."""
        if len(self._lines) < 5:
            return None
        found = [
            _decide(
                grid,
                np.array([line[i] for line in self._lines], float),
                np.array([beside[i] for beside in self._beside], float),
            )
            for i, grid in enumerate(self._grids)
        ]
        hums = [hum for hum in found if hum is not None]
        return max(hums, key=lambda hum: hum.level_dbfs, default=None)


class _Grid:
    """Where the harmonics of one mains frequency lie in the spectrum."""

    def __init__(self, mains_hz: float, rate: float, bin_hz: float) -> None:
        half = round(TOLERANCE * mains_hz / _STEP_HZ)
        self.mains_hz = mains_hz
        self.candidates_hz = mains_hz + _STEP_HZ * np.arange(-half, half + 1)
        self.harmonics = np.arange(1, min(HARMONICS, int(0.36 * rate / mains_hz)) + 1)
        self._bins = np.rint(np.outer(self.harmonics, self.candidates_hz) / bin_hz).astype(int)
        reach = np.arange(-round(_NEIGHBOUR_HZ / bin_hz), round(_NEIGHBOUR_HZ / bin_hz) + 1)
        self._near = reach[np.abs(reach * bin_hz) > _LINE_HZ * 1.6]
        self._rank = round(0.93 * (len(self._near) - 1))

    def measure(
        self, db: npt.NDArray[np.floating]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Level at each (harmonic, candidate), and of the strongest lines beside each harmonic."""
        lines = db[self._bins]
        peaks = self._bins[np.arange(len(lines)), np.argmax(lines, axis=1)]
        around = db[np.clip(peaks[:, None] + self._near, 0, len(db) - 1)]
        beside = np.partition(around, self._rank, axis=1)[:, self._rank]
        return lines, beside


def _decide(grid: _Grid, lines: Floats, beside: Floats) -> Hum | None:
    """Hum of one mains frequency from shape (windows, harmonics, candidates)."""
    out = np.clip(lines - beside[:, :, None], 0.0, _TOP_DB)
    path = _steadiest_path(out.sum(axis=1))
    windows = np.arange(len(path))
    level = lines[windows, :, path]
    stands_out = level - beside
    quiet = np.argsort(beside, axis=0, kind="stable")[: max(round(_QUIET_SHARE * len(path)), 4)]
    quiet_level = np.take_along_axis(level, quiet, axis=0)
    typical = np.median(quiet_level, axis=0)
    spread = np.percentile(quiet_level, 85, axis=0) - np.percentile(quiet_level, 15, axis=0)
    clear = np.median(np.take_along_axis(stands_out, quiet, axis=0), axis=0)
    present = (
        (clear >= _STANDS_OUT_DB)
        & (spread <= _STEADY_DB)
        & (np.percentile(level, 10, axis=0) >= typical - _NEVER_BELOW_DB)
    )
    if not _is_comb(present, clear):
        return None
    weights = np.clip(np.where(present, stands_out, 0.0), 0.0, _TOP_DB)
    track = _refined(grid, lines, path, weights)
    trusted = weights.sum(axis=1) >= 0.5 * np.percentile(weights.sum(axis=1), 75)
    edge = TOLERANCE * grid.mains_hz - 1.5 * _STEP_HZ
    mean_hz = float(np.average(track[trusted], weights=weights.sum(axis=1)[trusted]))
    if abs(mean_hz - grid.mains_hz) > edge:
        return None
    return Hum(
        mains_hz=mean_hz,
        track_hz=track[trusted],
        harmonics_dbfs=np.where(present, typical, -200.0),
        confidence=float(min(0.99, 0.6 + 0.1 * present.sum())),
    )


def _is_comb(present: npt.NDArray[np.bool_], stands_out_db: Floats) -> bool:
    """Whether the lines that are there make a hum: three, or two of the first three."""
    low = int(present[:3].sum())
    return bool(
        present.sum() >= 3 or low >= 2 or (present[0] and stands_out_db[0] >= _TOP_DB)
    ) and bool(present[:4].any())


def _steadiest_path(score: Floats) -> npt.NDArray[np.intp]:
    """Best way through (windows, candidates) that never moves faster than a grid drifts."""
    total = score[0].copy()
    steps = np.arange(-_MAX_DRIFT_STEPS, _MAX_DRIFT_STEPS + 1)
    candidates = np.arange(score.shape[1])
    source = np.clip(candidates[:, None] + steps, 0, len(candidates) - 1)
    penalty = 0.5 * np.abs(steps)
    came_from = []
    for row in score[1:]:
        options = total[source] - penalty
        best = np.argmax(options, axis=1)
        came_from.append(source[candidates, best])
        total = options[candidates, best] + row
    path = [int(np.argmax(total))]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return np.array(path[::-1])


def _refined(grid: _Grid, lines: Floats, path: npt.NDArray[np.intp], weights: Floats) -> Floats:
    """Mains frequency of each window between the grid's points, harmonics weighted h^2."""
    track = np.empty(len(path))
    offsets = np.arange(-3, 4)
    for i, at in enumerate(path):
        near = np.clip(at + offsets, 0, len(grid.candidates_hz) - 1)
        hz = grid.candidates_hz[near]
        curve = np.sum(
            10.0 ** (lines[i][:, near] / 10.0)
            * weights[i][:, None]
            / 10.0 ** (lines[i][:, [at]] / 10.0),
            axis=0,
        )
        strength = np.maximum(curve - 0.98 * curve.min(), 0.0)
        track[i] = (
            grid.candidates_hz[at] if not strength.any() else np.average(hz, weights=strength)
        )
    return track
