"""The harm meter: how much of what a cleaning removes was music.

A fault is indifferent to the music. Noise and hum go on as they are; clicks come when they like.
What is removed in time with the music (a band of it swells when the same band of the music does)
or in harmony with it (lines stand out of it where the music has lines) was music.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block

Floats = npt.NDArray[np.float64]

_FRAME = 2048
_BINS = 16  # in a band
_LONG_FRAMES = 24  # over which lines are looked for, about a second
_CALM_PERCENTILE, _SWELL = 40.0, 1.6  # noise in 16 bins stays below this times its median
_LINE = 3.5  # times the band's median: a line
_SEEN = 0.75  # of the music that was removed stands out like that (`python -m bench.harm`)
_SILENT = 1e-14


class HarmMeter:
    """Compares what was removed with what was left, block by block; keeps band powers only."""

    def __init__(self) -> None:
        self._held: Block | None = None
        self._removed: list[Floats] = []
        self._left: list[Floats] = []

    def update(self, removed: Block, left: Block) -> None:
        """Take what was removed and what was left, the same frames, shape (frames, channels)."""
        pair = np.stack([_mono(removed), _mono(left)], axis=1)
        joined = pair if self._held is None else np.concatenate([self._held, pair])
        count = len(joined) // _FRAME
        if count:
            cut = joined[: count * _FRAME].reshape(count, _FRAME, 2).transpose(2, 0, 1)
            power = np.square(np.abs(np.fft.rfft(cut * np.hanning(_FRAME))))[:, :, 1:]
            self._removed.append(power[0])
            self._left.append(power[1])
        self._held = joined[count * _FRAME :].copy()

    def share(self, steady_lines: bool = False) -> float:
        """Share of the removed energy that was music, 0 to 1; 0 where nothing was removed.

        Parameters
        ----------
        steady_lines : bool
            True for hum: lines are what is to be removed, only swelling counts.
        """
        if not self._removed:
            return 0.0
        removed, left = np.concatenate(self._removed), np.concatenate(self._left)
        whole = float(removed.sum())
        if whole <= _SILENT:
            return 0.0
        swelling = _in_time(_bands(removed), _bands(left))
        lines = 0.0 if steady_lines else _in_harmony(removed, left)
        return min((swelling + lines) / whole / _SEEN, 1.0)


def _mono(block: Block) -> Floats:
    mono: Floats = block.mean(axis=1)
    return mono


def _bands(power: Floats) -> Floats:
    """Power of bands of 16 bins, shape (frames, bands)."""
    bands: Floats = power.reshape(len(power), -1, _BINS).sum(axis=2)
    return bands


def _in_time(removed: Floats, left: Floats) -> float:
    """Removed energy over its calm level, while the same band of the music is up."""
    calm = _SWELL * np.percentile(removed, _CALM_PERCENTILE, axis=0)
    up = left > np.median(left, axis=0)
    return float((np.maximum(removed - calm, 0.0) * up).sum())


def _in_harmony(removed: Floats, left: Floats) -> float:
    """Removed energy in lines that stand where the music's lines stand."""
    total = 0.0
    for at in range(0, len(removed), _LONG_FRAMES):
        mine = removed[at : at + _LONG_FRAMES].mean(axis=0).reshape(-1, _BINS)
        music = left[at : at + _LONG_FRAMES].mean(axis=0).reshape(-1, _BINS)
        typical = np.median(mine, axis=1, keepdims=True)
        lines = music > _LINE * np.median(music, axis=1, keepdims=True)
        over = np.maximum(mine - _LINE * typical, 0.0) * lines
        total += float(over.sum()) * len(removed[at : at + _LONG_FRAMES])
    return total
