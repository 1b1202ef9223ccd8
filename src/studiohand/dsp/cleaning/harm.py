"""The harm meter: how much of what a cleaning removes was music.

What is removed by a gain holds music and noise in the shares in which the sound holds them. So the
meter makes its own estimate of the noise from the whole sound, in each band what the quietest of
its bins and moments tell, and asks of every bin of what was removed how much of the sound there
stands above that noise. Held against the true share on eight recordings and profiles up to 20 dB
too high, it correlates at 0.85, with a mean error of 0.13 (`python -m bench.harm`); where the noise
is never heard alone it reads too low.

A hum stands above the noise by itself; of it only what swells with the music was music.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block

Floats = npt.NDArray[np.float64]

_FRAME = 2048
_BINS = 16  # in a band
_CALM_PERCENTILE, _SWELL = 40.0, 1.6  # noise in 16 bins stays below this times its median
_NOISE_BINS = 64
_QUIET_PERCENTILE = 2.0
_AROUND = (3, 9)  # frames by bins
_SILENT = 1e-14


class HarmMeter:
    """Compares what was removed with what was left, block by block; keeps band powers only."""

    def __init__(self) -> None:
        self._held: Block | None = None
        self._removed: list[Floats] = []
        self._left: list[Floats] = []
        self._whole: list[Floats] = []

    def update(self, removed: Block, left: Block) -> None:
        """Take what was removed and what was left, the same frames, shape (frames, channels)."""
        pair = np.stack([_mono(removed), _mono(left)], axis=1)
        joined = pair if self._held is None else np.concatenate([self._held, pair])
        count = len(joined) // _FRAME
        if count:
            cut = joined[: count * _FRAME].reshape(count, _FRAME, 2).transpose(2, 0, 1)
            spectra = np.fft.rfft(cut * np.hanning(_FRAME))[:, :, 1:]
            self._removed.append(np.square(np.abs(spectra[0])))
            self._left.append(np.square(np.abs(spectra[1])))
            self._whole.append(np.square(np.abs(spectra[0] + spectra[1])))
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
        if steady_lines:
            return min(_in_time(_bands(removed), _bands(left)) / whole, 1.0)
        return float((removed * _share_of_music(np.concatenate(self._whole))).sum()) / whole


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


def _share_of_music(sound: Floats) -> Floats:
    """How much of each bin stands above the noise, 0 to 1, shape of `sound`."""
    from scipy.ndimage import uniform_filter

    around = uniform_filter(sound, _AROUND)
    share: Floats = np.maximum(1.0 - _noise(sound) / (around + _SILENT), 0.0)
    return share


def _noise(sound: Floats) -> Floats:
    """Mean power of the noise in each bin, shape (bins,).

    The power of noise in a bin is distributed exponentially, so its low percentile tells its mean;
    music leaves enough bins and moments of a band alone for that.
    """
    count = sound.shape[1] // _NOISE_BINS
    bands = sound.reshape(len(sound), count, _NOISE_BINS).transpose(1, 0, 2).reshape(count, -1)
    low = np.percentile(bands, _QUIET_PERCENTILE, axis=1)
    mean = low / -np.log1p(-_QUIET_PERCENTILE / 100.0)
    beside = np.pad(mean, 1, mode="edge")
    even = np.median(np.stack([beside[:-2], mean, beside[2:]]), axis=0)
    noise: Floats = np.repeat(even, _NOISE_BINS)
    return noise
