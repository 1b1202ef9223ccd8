"""The shelf that lossy codecs cut: sound that ends at a wall, and nothing above it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.dsp.damage.diary import Diary

Floats = npt.NDArray[np.float64]

_LOWEST_HZ = 10500.0
_HIGHEST_SHARE, _HIGHEST_HZ = 0.945, 20900.0  # above: the converter, or another rate
_BELOW_HZ, _ABOVE_HZ = 500.0, 1400.0
_GAP_HZ = 220.0  # the width of the wall itself
_SLOPE_HZ, _SLOPE_DB, _HIGHEST_SLOPE_HZ = (
    1100.0,
    32.0,
    20500.0,
)  # AAC and Vorbis end less steeply, but in nothing at all
_TREND_HZ = 3000.0
_WALL_DB, _HIGH_WALL_DB = 20.0, 26.0  # sampled instruments end at 20 kHz too, less steeply
_HIGH_HZ = 20000.0
_ALWAYS_DB = 14.0  # the wall also stands in the loudest hundredth of the time
_AUDIBLE_DB, _TRACE_DB = -100.0, -112.0  # dBFS per bin, just below the wall and the slope
_NOTHING_DB = -105.0  # dBFS per bin: what is louder above is sound
_USUAL_HZ = {
    11025.0: "a rate of 22.05 kHz, or speech codecs",
    16000.0: "MP3 at 128 kbit/s",
    17000.0: "MP3 or AAC at about 128 kbit/s",
    18500.0: "MP3 at 160 kbit/s",
    19000.0: "MP3 at 192 kbit/s",
    20000.0: "Opus, or MP3 at 256 to 320 kbit/s",
}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A wall in the spectrum.

    Parameters
    ----------
    hz : float
        Where the sound ends.
    drop_db : float
        How far it falls there, beyond the spectrum's own slope.
    """

    hz: float
    drop_db: float


def usual_codec(hz: float) -> str:
    """The codec and rate that usually cut there."""
    return _USUAL_HZ[min(_USUAL_HZ, key=lambda usual: abs(usual - hz))]


def codec_ceiling(diary: Diary) -> Ceiling | None:
    """The wall, or None where the spectrum ends as instruments and filters do."""
    power = diary.mean_power
    nyquist_hz = diary.bin_hz * (len(power) - 1)
    highest_hz = min(_HIGHEST_SHARE * nyquist_hz, _HIGHEST_HZ)
    if highest_hz <= _LOWEST_HZ or not len(diary.level_db):
        return None
    db = _smoothed(10.0 * np.log10(np.maximum(power, 1e-20)))
    hz = diary.bin_hz * np.arange(len(db), dtype=np.float64)
    for gap_hz, least_db, audible_db, top_hz in (
        (_GAP_HZ, _WALL_DB, _AUDIBLE_DB, highest_hz),
        (_SLOPE_HZ, _SLOPE_DB, _TRACE_DB, min(highest_hz, _HIGHEST_SLOPE_HZ)),
    ):
        places = hz[(hz >= _LOWEST_HZ) & (hz <= top_hz)]
        drops = np.array(
            [_wall_db(db, hz, at, nyquist_hz, gap_hz, audible_db, least_db) for at in places]
        )
        at, drop_db = float(places[np.argmax(drops)]), float(drops.max())
        high = _HIGH_WALL_DB if at > _HIGH_HZ else 0.0
        if drop_db >= max(least_db, high) and _always_there(diary, at, gap_hz):
            return Ceiling(hz=_edge_hz(db, hz, at), drop_db=drop_db)
    return None


def _edge_hz(db: Floats, hz: Floats, at: float) -> float:
    """Where the spectrum is half-way down the wall."""
    near = np.flatnonzero((hz >= at - _BELOW_HZ) & (hz <= at + _BELOW_HZ))
    halfway = 0.5 * (db[near[:5]].mean() + db[near[-5:]].mean())
    return float(hz[near[np.argmax(db[near] < halfway)]])


def _always_there(diary: Diary, at: float, gap_hz: float) -> bool:
    """Whether the bands above the wall stay far below those under it, loud frames included."""
    loud_db = np.percentile(diary.band_db, 99, axis=0)
    under = loud_db[(diary.bands_hz[1:] <= at) & (diary.bands_hz[:-1] >= 0.7 * at)]
    over = loud_db[diary.bands_hz[:-1] >= at + gap_hz / 2]
    return not len(under) or not len(over) or float(under[-1] - over.max()) >= _ALWAYS_DB


def _smoothed(db: Floats) -> Floats:
    from scipy.ndimage import median_filter

    smooth: Floats = median_filter(db, size=5, mode="nearest")
    return smooth


def _wall_db(
    db: Floats,
    hz: Floats,
    at: float,
    nyquist_hz: float,
    gap_hz: float,
    audible_db: float,
    least_db: float,
) -> float:
    """Fall at a frequency beyond the trend below it; 0 where there is sound again above.

    0 also where it falls by less than `least_db`: the cheap questions come first.
    """
    top = min(at + gap_hz / 2 + _ABOVE_HZ, 0.99 * nyquist_hz)
    below = db[_between(hz, at - _BELOW_HZ - gap_hz / 2, at - gap_hz / 2)]
    above = db[_between(hz, at + gap_hz / 2, top)]
    if len(above) < 3 or below.max() - above.min() < least_db:
        return 0.0
    left = float(np.percentile(above, 75))
    fall = float(np.median(below)) - left
    if fall < least_db or np.median(below) < audible_db or left > _NOTHING_DB:
        return 0.0
    rest = db[np.searchsorted(hz, top, "right") : np.searchsorted(hz, 0.99 * nyquist_hz, "right")]
    if len(rest) and np.median(rest) > np.median(above) + 6.0:
        return 0.0
    trend = db[_between(hz, at - _TREND_HZ, at - gap_hz / 2)]
    slope = np.polyfit(np.arange(len(trend)), trend, 1)[0]
    between = len(below) + len(above) + 2.0 * (gap_hz - _GAP_HZ) / (hz[1] - hz[0])
    return fall - max(float(-slope * between / 2.0), 0.0)


def _between(hz: Floats, lowest: float, highest: float) -> slice:
    """Places of the frequencies from one to another, both included."""
    return slice(np.searchsorted(hz, lowest, "left"), np.searchsorted(hz, highest, "right"))
