"""The steady broadband noise floor of a recording, and its profile.

Two roads. In the pauses: the quietest sixth-of-a-second segments agree in level, do not move
inside, are broadband and smooth. Without pauses: the high bands keep falling back to
one level, which music does not, and their densities make one smooth curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.dsp.damage.diary import SEGMENT_FRAMES, Diary

Floats = npt.NDArray[np.float64]

_NOISE_FROM_HZ, _NOISE_TO_HZ = 400.0, 14000.0
_STEADY_DB = 1.0  # over time, a whole segment
_STEADY_BAND_DB = 2.2
_SMOOTH_DB = 7.0  # strongest bin of a band over its median
_AGREE_DB = 2.5  # between the quietest segments
_BELOW_MUSIC_DB = 12.0
_MANY_BANDS = 0.6
_LEAST_SEGMENTS = 4
_SOUNDING_DB = -100.0
_LEAST_FRAMES = 100
_LOW_PERCENTILE, _LOW_BIAS_DB = 20.0, 0.4  # how far the mean lies above it in noise
_PILE_DB, _PILED = 1.5, 0.33  # at least this share of all frames lies this close to it
_RESTS_FROM_HZ = 3000.0
_AUDIBLE_DB = -95.0
_STEP_DB = 3.0
_LEAST_BANDS, _BANDS_FOR_A_SLOPE = 4, 7
_FAR_BELOW_MUSIC_DB = 16.0  # nearer, it is what distortion leaves between the notes
_SLOPES = (-4.0, 1.0)  # dB an octave
_OVER_LINE_DB = 0.5
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
    """Noise below music that never stops: high bands keep falling back to one level."""
    sounding = diary.band_db[diary.level_db > _SOUNDING_DB].astype(float)
    if len(sounding) < _LEAST_FRAMES or not len(diary.low_power):
        return None
    low_db = np.percentile(sounding, _LOW_PERCENTILE, axis=0)
    share = (np.abs(sounding - low_db) < _PILE_DB).mean(axis=0)
    width_hz = np.diff(diary.bands_hz)
    density_db = low_db - 10.0 * np.log10(width_hz) + _LOW_BIAS_DB
    high = (diary.band_centres_hz > _RESTS_FROM_HZ) & (low_db > _AUDIBLE_DB)
    bands = _longest_shelf(high & (share >= _PILED), density_db)
    if len(bands) < _LEAST_BANDS:
        return None
    profile = _extrapolated(diary, bands, density_db, share)
    bin_hz = np.diff(np.concatenate([[0.0], profile["profile_hz"]]))
    level_db = float(10.0 * np.log10(np.sum(bin_hz * 10.0 ** (profile["profile_db"] / 10.0))))
    if loud_db - level_db < _FAR_BELOW_MUSIC_DB:
        return None
    return NoiseFloor(
        level_dbfs=level_db,
        below_music_db=loud_db - level_db,
        start_s=0.0,
        end_s=len(diary.level_db) * diary.frame_s,
        alone=False,
        confidence=float(min(0.9, 0.4 + 0.04 * len(bands) + 0.2 * share[bands].mean())),
        **profile,
    )


def _longest_shelf(piled: npt.NDArray[np.bool_], density_db: Floats) -> npt.NDArray[np.intp]:
    """Longest run of bands whose levels pile up and whose density changes smoothly."""
    best: list[int] = []
    run: list[int] = []
    for band in np.flatnonzero(piled).tolist():
        follows = run and band == run[-1] + 1 and _smooth_step(density_db, run[-1], band)
        run = [*run, band] if follows else [band]
        best = run if len(run) > len(best) else best
    return np.array(best, np.intp)


def _smooth_step(density_db: Floats, one: int, other: int) -> bool:
    return bool(abs(density_db[one] - density_db[other]) < _STEP_DB)


def _extrapolated(
    diary: Diary, bands: npt.NDArray[np.intp], density_db: Floats, share: Floats
) -> dict[str, Floats]:
    """Profile along the bands where the noise is seen, going on below them as a straight line.

    The purer a band, the more it counts; nowhere is the profile above what the music falls to.
    """
    octave = np.log2(diary.band_centres_hz)
    seen, pure = octave[bands], share[bands] ** 2
    degree = 1 if len(bands) >= _BANDS_FOR_A_SLOPE else 0
    line = np.polyfit(seen, density_db[bands], degree, w=pure)
    if degree:
        line[0] = np.clip(line[0], *_SLOPES)
        line[1] = np.average(density_db[bands] - line[0] * seen, weights=pure)
    power = np.percentile(diary.low_power, 20, axis=0) / _LOW_TENTH
    fallen = _profile(diary, power)
    at = np.log2(fallen["profile_hz"])
    straight = np.polyval(line, at)
    measured = np.minimum(np.interp(at, seen, density_db[bands]), straight + _OVER_LINE_DB)
    db = np.where(at < seen[0], np.minimum(straight, fallen["profile_db"]), measured)
    db = np.where(at > seen[-1], fallen["profile_db"], db)
    return {"profile_hz": fallen["profile_hz"], "profile_db": db}


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
