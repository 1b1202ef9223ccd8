"""Mains hum: is it there, at which frequency, how does it drift, which harmonics.

A hum is a comb of lines at whole multiples of the mains frequency (50 or 60 Hz within 1 %) that
never vanishes while the recording runs and does not change its level with the music. Music can
own single lines of that comb (a bass note, a loop that repeats exactly), but not steadily, and
not standing out from the lines beside it.

Two looks at the same sound: windows of 2 s follow a drifting mains and need pauses in the low
end; windows of 12 s see lines a tenth of a hertz wide between the notes of a bass that never rests.
What they see is held against combs at frequencies of no mains, which music and loops have too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.dsp.filters.lowband import Decimator, mono_of

Floats = npt.NDArray[np.float64]

MAINS_HZ = (50.0, 60.0)
CONTROLS_HZ = (45.2, 47.5, 52.7, 54.3, 56.6, 57.5, 62.6, 63.7)
TOLERANCE = 0.01  # grids stay within 0.4 %; tape and wrong clocks add the rest
HARMONICS = 16
_LOW_RATE_HZ = 3000
_SILENT_POWER = 1e-12  # -120 dBFS: nothing is being recorded
_QUIET_SHARE = 0.25  # of the windows, each harmonic's own
_STEADY_DB = 3.0
_NEVER_BELOW_DB = 5.0
_TOP_DB = 25.0
_NEAR_HZ, _SAME_HZ = 0.3, 0.1
_LEAST_SCORE_DB, _LEAST_LINES = 24.0, 2
_OVER_CONTROLS, _OVER_CONTROLS_DB = 2.0, 18.0


@dataclass(frozen=True, slots=True)
class _Look:
    """How finely to look.

    Parameters
    ----------
    window_s, hop_s : float
    step_hz : float
        Grid of the mains frequency.
    line_hz : float
        Half the width of a Hann-windowed line.
    neighbour_hz : float
        How far around a line the lines beside it are looked for.
    drift_steps : int
        Of the grid, the most from one window to the next.
    least_windows : int
    stands_out_db : float
        Of the lines beside it, for a line to count.
    controls_hz : tuple of float
        Frequencies of no mains and of no note: what the music itself shows there, a hum must
        exceed by far. Without them a comb of clear lines is enough.
    """

    window_s: float
    hop_s: float
    step_hz: float
    line_hz: float
    neighbour_hz: float
    drift_steps: int
    least_windows: int
    stands_out_db: float
    controls_hz: tuple[float, ...] = ()


_LOOKS = (
    _Look(2.0, 0.5, 0.02, 1.1, 14.0, 2, 5, 9.0),
    _Look(12.0, 3.0, 0.01, 0.18, 4.0, 6, 4, 5.0, controls_hz=CONTROLS_HZ),
)


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
    """Collects how far each harmonic stands out of the lines beside it.

    Memory: 1.5 MB a minute of sound.

    Parameters
    ----------
    rate : int
        Hz.
    """

    def __init__(self, rate: int) -> None:
        self._decimator = Decimator(rate, _LOW_RATE_HZ)
        self._views = [_View(look, self._decimator.rate) for look in _LOOKS]

    def update(self, block: Block) -> None:
        """Take in the next block, shape (frames, channels)."""
        low = self._decimator.process(mono_of(block))
        for view in self._views:
            view.update(low)

    def hum(self) -> Hum | None:
        """The hum, or None. Less than four seconds of sound give None."""
        quick, fine = self._views
        followed = quick.hum()
        exact = fine.hum(None if followed is None else followed.mains_hz)
        if followed is None or exact is None:
            return followed or exact
        if abs(followed.mains_hz - exact.mains_hz) > _SAME_HZ:
            return exact
        return followed if followed.drift_hz > _SAME_HZ else replace(
            followed, mains_hz=exact.mains_hz
        )  # fmt: skip


class _View:
    """One look at the low end."""

    def __init__(self, look: _Look, rate: float) -> None:
        self._look = look
        self._window = round(look.window_s * rate)
        self._hop = round(look.hop_s * rate)
        self._held = np.zeros(0, np.float32)
        self._shape = np.hanning(self._window + 1)[:-1].astype(np.float32)
        self._grids = [
            _Grid(hz, rate, rate / (2 * self._window), look)
            for hz in (*MAINS_HZ, *look.controls_hz)
        ]
        self._lines: list[tuple[npt.NDArray[np.float32], ...]] = []
        self._beside: list[tuple[npt.NDArray[np.float32], ...]] = []

    def update(self, low: npt.NDArray[np.float32]) -> None:
        self._held = np.concatenate([self._held, low])
        while len(self._held) >= self._window:
            self._measure(self._held[: self._window])
            self._held = self._held[self._hop :]

    def _measure(self, window: npt.NDArray[np.float32]) -> None:
        if float(np.dot(window, window)) / len(window) < _SILENT_POWER:
            return
        spectrum = np.fft.rfft(window * self._shape, 2 * self._window)
        power = np.square(np.abs(spectrum)) * np.float32(8.0 / self._window**2)
        db = 10.0 * np.log10(np.maximum(power, 1e-20), dtype=np.float32)
        measured = [grid.measure(db) for grid in self._grids]
        self._lines.append(tuple(line for line, _ in measured))
        self._beside.append(tuple(beside for _, beside in measured))

    def hum(self, near_hz: float | None = None) -> Hum | None:
        """The hum this look is sure of; near one that is known already, any that it sees."""
        if len(self._lines) < self._look.least_windows:
            return None
        combs = [
            _Comb(
                grid,
                np.array([line[i] for line in self._lines], float),
                np.array([beside[i] for beside in self._beside], float),
            )
            for i, grid in enumerate(self._grids)
        ]
        hums = [
            hum
            for comb in combs[: len(MAINS_HZ)]
            if comb.present.any() and (hum := comb.hum()) is not None
            if self._is_sure(comb, combs)
            or (near_hz is not None and abs(hum.mains_hz - near_hz) <= _NEAR_HZ)
        ]
        return max(hums, key=lambda hum: hum.level_dbfs, default=None)

    def _is_sure(self, comb: _Comb, combs: list[_Comb]) -> bool:
        if not self._look.controls_hz:
            return _is_comb(comb.present, comb.clear_db)
        music_db = max(other.score_db for other in combs if other is not comb)
        return bool(
            comb.present.sum() >= _LEAST_LINES
            and comb.score_db >= _LEAST_SCORE_DB
            and comb.score_db >= music_db + _OVER_CONTROLS_DB
            and comb.score_db >= music_db * _OVER_CONTROLS
        )


class _Grid:
    """Where the harmonics of one mains frequency lie in the spectrum."""

    def __init__(self, mains_hz: float, rate: float, bin_hz: float, look: _Look) -> None:
        half = round(TOLERANCE * mains_hz / look.step_hz)
        self.mains_hz, self.look = mains_hz, look
        self.candidates_hz = mains_hz + look.step_hz * np.arange(-half, half + 1)
        self.harmonics = np.arange(1, min(HARMONICS, int(0.36 * rate / mains_hz)) + 1)
        self._bins = np.rint(np.outer(self.harmonics, self.candidates_hz) / bin_hz).astype(int)
        far = round(look.neighbour_hz / bin_hz)
        reach = np.arange(-far, far + 1)
        self._near = reach[np.abs(reach * bin_hz) > look.line_hz * 1.6]
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


class _Comb:
    """The best comb of one grid, from shape (windows, harmonics, candidates)."""

    def __init__(self, grid: _Grid, lines: Floats, beside: Floats) -> None:
        self._grid, self._lines = grid, lines
        out = np.clip(lines - beside[:, :, None], 0.0, _TOP_DB)
        self._path = _steadiest_path(out.sum(axis=1), grid.look.drift_steps)
        level = lines[np.arange(len(self._path)), :, self._path]
        self._stands_out = level - beside
        count = max(round(_QUIET_SHARE * len(level)), 4)
        quiet = np.argsort(beside, axis=0, kind="stable")[:count]
        quiet_level = np.take_along_axis(level, quiet, axis=0)
        self._typical = np.median(quiet_level, axis=0)
        spread = np.percentile(quiet_level, 85, axis=0) - np.percentile(quiet_level, 15, axis=0)
        never_below = np.percentile(level, 10, axis=0) - self._typical
        steady = (spread <= _STEADY_DB) & (never_below >= -_NEVER_BELOW_DB)
        self.clear_db = np.median(np.take_along_axis(self._stands_out, quiet, axis=0), axis=0)
        self.present = steady & (self.clear_db >= grid.look.stands_out_db)
        self.score_db = float(np.clip(np.where(steady, self.clear_db, 0.0), 0.0, 20.0).sum())

    def hum(self) -> Hum | None:
        """The comb as a hum; None at the edge of what mains do."""
        weights = np.clip(np.where(self.present, self._stands_out, 0.0), 0.0, _TOP_DB)
        track = _refined(self._grid, self._lines, self._path, weights)
        strength = weights.sum(axis=1)
        trusted = strength >= 0.5 * np.percentile(strength, 75)
        edge = TOLERANCE * self._grid.mains_hz - 1.5 * self._grid.look.step_hz
        mean_hz = float(np.average(track[trusted], weights=strength[trusted]))
        if abs(mean_hz - self._grid.mains_hz) > edge:
            return None
        return Hum(
            mains_hz=mean_hz,
            track_hz=track[trusted],
            harmonics_dbfs=np.where(self.present, self._typical, -200.0),
            confidence=float(min(0.99, 0.6 + 0.1 * self.present.sum())),
        )


def _is_comb(present: npt.NDArray[np.bool_], stands_out_db: Floats) -> bool:
    """Whether the lines that are there make a hum: three, or two of the first three."""
    low = int(present[:3].sum())
    return bool(
        present.sum() >= 3 or low >= 2 or (present[0] and stands_out_db[0] >= _TOP_DB)
    ) and bool(present[:4].any())


def _steadiest_path(score: Floats, drift_steps: int) -> npt.NDArray[np.intp]:
    """Best way through (windows, candidates) that never moves faster than a grid drifts."""
    total = score[0].copy()
    steps = np.arange(-drift_steps, drift_steps + 1)
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
