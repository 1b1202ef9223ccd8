"""The steady broadband noise floor of a recording, and its profile.

Two roads. In the pauses: the quietest sixth-of-a-second segments agree in level, do not move
inside, are broadband and smooth. Without pauses: the levels that the high bands fall back to stay
the same from section to section for the whole recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.dsp.diary import SEGMENT_FRAMES, Diary

Floats = npt.NDArray[np.float64]

_NOISE_FROM_HZ, _NOISE_TO_HZ = 400.0, 14000.0
_STEADY_DB = 1.0  # over time, a whole segment
_STEADY_BAND_DB = 2.2
_SMOOTH_DB = 7.0  # strongest bin of a band over its median
_AGREE_DB = 2.5  # between the quietest segments
_BELOW_MUSIC_DB = 12.0
_MANY_BANDS = 0.6
_LEAST_SEGMENTS = 4
_LEAST_SECTIONS = 6
_FAR_BELOW_MUSIC_DB = 15.0  # where it is never heard alone
_LEAST_BANDS = 7
_SECTIONS_AGREE_DB = 0.8
_LOW_TENTH = 0.5  # mean of the low tenth of 4-frame means against their mean, 8 to 16 degrees
PROFILE_POINTS = 96
_PROFILE_FROM_HZ = 30.0


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """A steady noise that was found.

    Parameters
    ----------
    level_dbfs : float
        RMS of the noise above 100 Hz, dBFS.
    below_music_db : float
        How far under the music's loud parts it lies.
    start_s, end_s : float
        Where it is heard alone; the whole recording where it never is.
    alone : bool
        Whether it is heard alone anywhere.
    profile_hz, profile_db : ndarray, shape (points,)
        Its spectrum: dBFS in a band of 1 Hz, all channels together.
    confidence : float
    """

    level_dbfs: float
    below_music_db: float
    start_s: float
    end_s: float
    alone: bool
    profile_hz: Floats
    profile_db: Floats
    confidence: float


def noise_floor(diary: Diary) -> NoiseFloor | None:
    """The noise floor of a recording, or None where there is no steady noise."""
    if not len(diary.level_db):
        return None
    loud_db = float(np.percentile(diary.level_db, 90))
    return _in_pauses(diary, loud_db) or _under_music(diary, loud_db)


def profile_points_hz(nyquist_hz: float) -> Floats:
    """Frequencies at which a noise profile is written down."""
    return np.geomspace(_PROFILE_FROM_HZ, nyquist_hz, PROFILE_POINTS)


def _in_pauses(diary: Diary, loud_db: float) -> NoiseFloor | None:
    segments = [s for s in diary.quiet if s.level_db <= diary.quiet[0].level_db + _AGREE_DB]
    if len(segments) < _LEAST_SEGMENTS or loud_db - segments[0].level_db < _BELOW_MUSIC_DB:
        return None
    inner = _noise_bands(diary)
    spans = [slice(s.start_frame, s.start_frame + SEGMENT_FRAMES) for s in segments]
    moving = [float(np.std(_together(diary.band_db[span][:, inner]))) for span in spans]
    steady = [s for s, moves in zip(segments, moving, strict=True) if moves <= _STEADY_DB]
    if len(steady) < max(_LEAST_SEGMENTS, len(segments) // 2):
        return None
    power = np.mean([s.power for s in steady], axis=0)
    frames = np.concatenate(
        [diary.band_db[s.start_frame : s.start_frame + SEGMENT_FRAMES] for s in steady]
    )
    noisy = _noise_like(diary, power, frames)
    if noisy[inner].mean() < _MANY_BANDS:
        return None
    first = min(steady, key=lambda s: s.start_frame)
    level_db = float(np.median([s.level_db for s in steady]))
    return NoiseFloor(
        level_dbfs=level_db,
        below_music_db=loud_db - level_db,
        start_s=first.start_frame * diary.frame_s,
        end_s=(first.start_frame + SEGMENT_FRAMES) * diary.frame_s,
        alone=True,
        confidence=float(min(0.95, 0.5 + 0.04 * len(steady))),
        **_profile(diary, power),
    )


def _under_music(diary: Diary, loud_db: float) -> NoiseFloor | None:
    if len(diary.low_power) < _LEAST_SECTIONS:
        return None
    edges = np.rint(diary.bands_hz / diary.bin_hz).astype(int)
    low = np.add.reduceat(diary.low_power[:, : edges[-1]], edges[:-1], axis=1) / _LOW_TENTH
    low_db = 10.0 * np.log10(np.maximum(low / 1.5, 1e-20))
    spread = np.percentile(low_db, 80, axis=0) - np.percentile(low_db, 20, axis=0)
    power = np.median(diary.low_power, axis=0) / _LOW_TENTH
    smooth = _smooth(diary, power)
    audible = np.median(low_db, axis=0) > -95.0
    moving = np.percentile(diary.band_db, 90, axis=0) - np.median(low_db, axis=0) > 6.0
    steady = (spread <= _SECTIONS_AGREE_DB) & smooth & audible & moving
    run = _longest_run(steady & (diary.band_centres_hz > 2000.0))
    level_db = float(10.0 * np.log10(power[diary.bands_hz[0] < _bins_hz(diary)].sum() / 1.5))
    if run < _LEAST_BANDS or loud_db - level_db < _FAR_BELOW_MUSIC_DB:
        return None
    return NoiseFloor(
        level_dbfs=level_db,
        below_music_db=loud_db - level_db,
        start_s=0.0,
        end_s=len(diary.level_db) * diary.frame_s,
        alone=False,
        confidence=float(min(0.85, 0.4 + 0.05 * run)),
        **_profile(diary, power),
    )


def _noise_like(
    diary: Diary, power: npt.NDArray[np.floating], frames_db: npt.NDArray[np.floating]
) -> npt.NDArray[np.bool_]:
    """Which bands hold noise: steady in time, no line standing out, not empty."""
    steady = np.std(frames_db, axis=0) <= _STEADY_BAND_DB
    audible = np.median(frames_db, axis=0) > -100.0
    noisy: npt.NDArray[np.bool_] = steady & audible & _smooth(diary, power)
    return noisy


def _smooth(diary: Diary, power: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    edges = np.rint(diary.bands_hz / diary.bin_hz).astype(int)
    crest_db = [
        10.0 * np.log10(max(float(part.max()), 1e-20) / max(float(np.median(part)), 1e-20))
        for part in (power[a:b] for a, b in pairwise(edges))
    ]
    return np.array(crest_db) <= _SMOOTH_DB


def _noise_bands(diary: Diary) -> npt.NDArray[np.bool_]:
    centres = diary.band_centres_hz
    return (centres >= _NOISE_FROM_HZ) & (centres <= _NOISE_TO_HZ)


def _together(band_db: npt.NDArray[np.floating]) -> Floats:
    """Level over time of bands, each brought to its own mean first, so that all count alike."""
    return np.asarray((band_db - band_db.mean(axis=0)).mean(axis=1), float)


def _longest_run(flags: npt.NDArray[np.bool_]) -> int:
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return best


def _bins_hz(diary: Diary) -> Floats:
    return diary.bin_hz * np.arange(len(diary.mean_power), dtype=np.float64)


def _profile(diary: Diary, power: npt.NDArray[np.floating]) -> dict[str, Floats]:
    """Spectrum at `profile_points_hz`, each the median of the bins around it."""
    hz = _bins_hz(diary)
    points = profile_points_hz(float(hz[-1]))
    ratio = (points[1] / points[0]) ** 0.75
    db = np.empty(len(points))
    for i, point in enumerate(points):
        a = int(np.searchsorted(hz, point / ratio))
        b = max(int(np.searchsorted(hz, point * ratio)), a + 2)
        near = power[max(min(a, len(power) - 2), 1) : b]
        db[i] = 10.0 * np.log10(max(float(np.median(near)), 1e-20) / 1.5 / diary.bin_hz)
    return {"profile_hz": points, "profile_db": db}
