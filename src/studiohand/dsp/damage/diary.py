"""One spectral pass over a recording: what the detectors of noise, codecs and voices share.

Frames of about 43 ms do not overlap; power is the mean of the channels. What is kept grows by
about 170 kB a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]

SEGMENT_FRAMES = 4
_KEPT_SEGMENTS = 24
_FRAME_S = 0.0427
_BANDS = 36
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 20000.0
_SILENT_DB = -105.0
_SECTION_FRAMES = 70


@dataclass(frozen=True, slots=True)
class Segment:
    """About a sixth of a second.

    Parameters
    ----------
    level_db : float
        dBFS of its power over all bins above 100 Hz.
    start_frame : int
        In spectral frames.
    power : ndarray, shape (bins,)
        Mean power of each bin; a sine of amplitude 1 reads 0.5 in its bin.
    """

    level_db: float
    start_frame: int
    power: Floats32


@dataclass(frozen=True, slots=True)
class Diary:
    """What `DiaryMeter` wrote down.

    Parameters
    ----------
    frame_s, bin_hz : float
        Length of a spectral frame; distance of bins.
    bands_hz : ndarray, shape (bands + 1,)
        Band edges.
    band_db : ndarray, shape (spectral frames, bands)
        dBFS.
    level_db : ndarray, shape (spectral frames,)
        dBFS of everything above 100 Hz.
    mean_power : ndarray, shape (bins,)
        Mean over the whole recording.
    quiet : tuple of Segment
        The quietest segments that are not digital silence, quietest first.
    low_power : ndarray, shape (sections, bins)
        Of every three seconds the level of each bin that a tenth of the time lies below.
    """

    frame_s: float
    bin_hz: float
    bands_hz: Floats
    band_db: Floats32
    level_db: Floats32
    mean_power: Floats
    quiet: tuple[Segment, ...]
    low_power: Floats32

    @property
    def band_centres_hz(self) -> Floats:
        """Geometric centre of each band."""
        return np.sqrt(self.bands_hz[:-1] * self.bands_hz[1:])


class DiaryMeter:
    """Writes a `Diary`; blocks must come in the same sizes for the same digits.

    Parameters
    ----------
    rate : int
        Hz.
    channels : int
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._size = 1 << max(round(math.log2(_FRAME_S * rate)), 6)
        self._rate, self._channels = rate, channels
        self._shape = np.hanning(self._size + 1)[:-1].astype(np.float32)
        self._scale = np.float32(8.0 / self._size**2 / channels)
        bin_hz = rate / self._size
        edges_hz = np.geomspace(_LOWEST_HZ, min(_HIGHEST_HZ, 0.46 * rate), _BANDS + 1)
        self._edges = np.unique(np.maximum(np.rint(edges_hz / bin_hz).astype(int), 1))
        self._bin_hz = bin_hz
        self._low_bin = max(int(100.0 / bin_hz), 1)
        self._held = np.zeros((0, channels))
        self._frames = 0
        self._band_db: list[Floats32] = []
        self._level_db: list[Floats32] = []
        self._sum = np.zeros(self._size // 2 + 1)
        self._quiet: list[Segment] = []
        self._section: list[Floats32] = []
        self._low: list[Floats32] = []
        self._carry = np.zeros((0, self._size // 2 + 1), np.float32)

    def update(self, block: Block) -> None:
        """Take in the next block, shape (frames, channels)."""
        joined = np.concatenate([self._held, block]) if len(self._held) else block
        count = len(joined) // self._size
        if count:
            self._write(self._powers(joined[: count * self._size], count))
        self._held = joined[count * self._size :].copy()

    def _powers(self, samples: Block, count: int) -> Floats32:
        """Power of each frame and bin, mean of the channels, shape (count, bins).

        Two channels go through one complex transform: |X|^2 + |Y|^2 at a bin is half the sum of
        |Z|^2 at the bin and at its mirror for z = x + iy.
        """
        half = self._size // 2
        total = np.zeros((count, half + 1), np.float32)
        for first in range(0, self._channels, 2):
            pair = samples[:, first : first + 2].astype(np.float32)
            if pair.shape[1] == 1:
                spectrum = np.fft.rfft(pair.reshape(count, self._size) * self._shape)
                total += np.square(spectrum.real) + np.square(spectrum.imag)
                continue
            both = np.ascontiguousarray(pair).view(np.complex64).reshape(count, self._size)
            spectrum = np.fft.fft(both * self._shape)
            power = np.square(spectrum.real) + np.square(spectrum.imag)
            total[:, 0] += power[:, 0]
            total[:, 1:] += 0.5 * (power[:, 1 : half + 1] + power[:, : half - 1 : -1])
        total *= self._scale
        return total

    def _write(self, power: Floats32) -> None:
        bands = np.add.reduceat(power[:, : self._edges[-1]], self._edges[:-1], axis=1)
        level = power[:, self._low_bin :].sum(axis=1)
        self._band_db.append(_db(bands / 1.5))  # a Hann window spreads power over 1.5 bins
        self._level_db.append(_db(level / 1.5))
        self._sum += power.sum(axis=0, dtype=np.float64)
        joined = np.concatenate([self._carry, power])
        whole = len(joined) // SEGMENT_FRAMES * SEGMENT_FRAMES
        for at in range(0, whole, SEGMENT_FRAMES):
            self._segment(joined[at : at + SEGMENT_FRAMES])
        self._carry = joined[whole:].copy()

    def _segment(self, power: Floats32) -> None:
        start, self._frames = self._frames, self._frames + SEGMENT_FRAMES
        levels = power[:, self._low_bin :].sum(axis=1)
        if float(levels.min()) <= 10.0 ** (_SILENT_DB / 10.0):
            return
        self._section.append(power.mean(axis=0))
        if len(self._section) * SEGMENT_FRAMES >= _SECTION_FRAMES:
            section = np.array(self._section)
            rank = len(section) // 10
            self._low.append(np.partition(section, rank, axis=0)[rank])
            self._section = []
        level_db = float(10.0 * np.log10(levels.mean() / 1.5))
        if len(self._quiet) < _KEPT_SEGMENTS or level_db < self._quiet[-1].level_db:
            self._quiet.append(Segment(level_db, start, power.mean(axis=0)))
            self._quiet.sort(key=lambda segment: segment.level_db)
            del self._quiet[_KEPT_SEGMENTS:]

    def diary(self) -> Diary:
        """What was written down so far."""
        bins = self._size // 2 + 1
        bands = len(self._edges) - 1
        band_db = np.concatenate([np.zeros((0, bands), np.float32), *self._band_db])
        return Diary(
            frame_s=self._size / self._rate,
            bin_hz=self._bin_hz,
            bands_hz=self._edges * self._bin_hz,
            band_db=band_db,
            level_db=np.concatenate([np.zeros(0, np.float32), *self._level_db]),
            mean_power=self._sum / max(len(band_db), 1),
            quiet=tuple(self._quiet),
            low_power=np.array(self._low, np.float32).reshape(-1, bins),
        )


def _db(power: npt.NDArray[np.floating]) -> Floats32:
    db: Floats32 = 10.0 * np.log10(np.maximum(power, 1e-20), dtype=np.float32)
    return db
