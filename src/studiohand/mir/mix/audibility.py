"""How well each stem is heard in the sum of all: loudness alone, loudness among the others.

Works on the excitation features of `dsp.hearing.earbands`. Excitations of stems add in power; the
sum is taken to play at `PLAYBACK_DB_SPL`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role, Track
from studiohand.core.job import Arrays
from studiohand.dsp.hearing.earbands import BANDS, band_ear
from studiohand.dsp.hearing.partial_loudness import PLAYBACK_DB_SPL, specific_loudness

Grid = npt.NDArray[np.float64]
Stack = npt.NDArray[np.float32]
"""A grid for each stem, shape (stems, frames, bands): 47 MB for 100 stems of 5 minutes."""

ACTIVE_DB = -25.0
"""A stem plays where it is within this of its loud moments."""
_LOUD_PERCENTILE = 98.0
_SUM_ACTIVE_DB = -30.0
"""The sum's level is the mean over moments within this of its loudest."""
FAINTEST_SONE = 1e-4
ONE_SOURCE = 0.7
"""Correlation of level courses from which two stems are one source; parts that merely play
together stay below 0.6."""
_COMPARED_EVERY = 2
_COMPARED_LEAST = 25
_COMPARED_FLOOR = 100.0


@dataclass(frozen=True, slots=True)
class Scene:
    """The stems of a song as the ear gets them.

    Parameters
    ----------
    names, roles : tuple
    power : ndarray, shape (stems, frames, bands)
        Excitation, 1.0 = 0 dB SPL, mean of both ears.
    total : ndarray, shape (frames, bands)
        Excitation of the sum of all stems.
    playing : ndarray of bool, shape (stems, frames)
    full_scale : float
        Power of a full-scale signal in the same units.
    one_source : ndarray of bool, shape (stems, stems)
        Pairs that hold the same sound: two microphones of a snare, DI and amplifier, a double.
    """

    names: tuple[str, ...]
    roles: tuple[Role, ...]
    power: Stack
    total: Grid
    playing: npt.NDArray[np.bool_]
    full_scale: float
    one_source: npt.NDArray[np.bool_]

    @property
    def frames(self) -> int:
        return int(self.power.shape[1])


@dataclass(frozen=True, slots=True)
class Heard:
    """Specific loudness of every stem, sone per Cam for one ear, shape (stems, frames, bands).

    Parameters
    ----------
    alone : ndarray
        As if nothing else played.
    among : ndarray
        Beside the sum of the others.
    """

    alone: Stack
    among: Stack


def scene(tracks: Sequence[Track], arrays: Sequence[Arrays]) -> Scene:
    """The scene of tracks whose `ear_bands` are given, in the same order."""
    frames = max((len(a["bands"]) for a in arrays), default=0)
    power = np.zeros((len(tracks), frames, BANDS), dtype=np.float32)
    for row, result in zip(power, arrays, strict=True):
        both = np.asarray(result["bands"], dtype=np.float64).mean(axis=1)
        row[: len(both)] = both
    full_scale = playback_factor(power)
    power *= full_scale
    plays = np.stack([playing(row) for row in power]) if len(power) else np.zeros((0, 0), bool)
    return Scene(
        names=tuple(t.name for t in tracks),
        roles=tuple(t.role for t in tracks),
        power=power,
        total=power.sum(axis=0, dtype=np.float64),
        playing=plays,
        full_scale=full_scale,
        one_source=one_source(power, plays),
    )


def one_source(power: Stack, plays: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pairs of stems whose spectra rise and fall together; shapes as in `Scene`."""
    stems = len(power)
    level = 10.0 * np.log10(np.maximum(power[:, ::_COMPARED_EVERY], np.float32(_COMPARED_FLOOR)))
    there = plays[:, ::_COMPARED_EVERY]
    out = np.zeros((stems, stems), dtype=np.bool_)
    for one in range(stems):
        for other in range(one):
            both = there[one] | there[other]
            if both.sum() >= _COMPARED_LEAST:
                alike = _alike(level[one][both], level[other][both])
                out[one, other] = out[other, one] = alike >= ONE_SOURCE
    return out


def _alike(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """Correlation of two level courses (frames, bands), bands weighted by how much they move."""
    a, b = one - one.mean(axis=0), other - other.mean(axis=0)
    move_a, move_b = (a * a).sum(axis=0), (b * b).sum(axis=0)
    weight = np.minimum(move_a, move_b)
    if weight.sum() <= 0.0:
        return 0.0
    correlation = (a * b).sum(axis=0) / np.sqrt(np.maximum(move_a * move_b, 1e-9))
    return float((correlation * weight).sum() / weight.sum())


def playback_factor(power: Stack) -> float:
    """Factor that brings the sum of stems, shape (stems, frames, bands), to playback level."""
    total = power.sum(axis=(0, 2), dtype=np.float64)
    loud = total[total > total.max(initial=0.0) * 10.0 ** (_SUM_ACTIVE_DB / 10.0)]
    return float(10.0 ** (PLAYBACK_DB_SPL / 10.0) / loud.mean()) if len(loud) else 1.0


def playing(power: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Frames in which a stem plays, from its excitation, shape (frames, bands)."""
    level = power.sum(axis=1, dtype=np.float64)
    sounding = level[level > 0.0]
    if not len(sounding):
        return np.zeros(len(level), dtype=np.bool_)
    loud = np.percentile(sounding, _LOUD_PERCENTILE)
    return np.asarray(level > loud * 10.0 ** (ACTIVE_DB / 10.0))


def heard(power: Stack) -> Heard:
    """Loudness of each stem alone and among the others; shapes as in `Heard`."""
    ear, total = band_ear(), power.sum(axis=0, dtype=np.float64)
    alone, among = np.zeros_like(power), np.zeros_like(power)
    for index, own in enumerate(power):
        alone[index] = specific_loudness(own.astype(np.float64), 0.0, ear)
        among[index] = heard_among(own, total)
    return Heard(alone, among)


def heard_among(own: npt.NDArray[np.floating], total: Grid) -> Grid:
    """Loudness of a stem in a sum that holds it, both excitations of shape (frames, bands)."""
    exact = own.astype(np.float64)
    return specific_loudness(exact, np.maximum(total - exact, 0.0), band_ear())


def audibility_db(after: float, before: float) -> float:
    """Change of loudness level: 10 dB for each doubling of loudness (the sone scale)."""
    floor = FAINTEST_SONE
    return float(10.0 * np.log2(max(after, floor) / max(before, floor)))


def share_of_hiding(scene: Scene, lost: Grid, index: int, where: npt.NDArray[np.bool_]) -> Grid:
    """Loudness that each other stem takes from one, by its share of the masker.

    Parameters
    ----------
    lost : ndarray, shape (frames of `where`, bands)
        Loudness lost by stem `index`.
    where : ndarray of bool, shape (frames,)

    Returns
    -------
    ndarray, shape (stems, bands), mean over the frames; zero for the stem itself.
    """
    others = np.maximum(scene.total - scene.power[index], 1e-12)
    weight = np.zeros_like(others)
    weight[where] = lost / others[where]
    share = np.stack([np.einsum("fb,fb->b", row, weight) for row in scene.power])
    share /= max(int(where.sum()), 1)
    share[index] = 0.0
    return np.asarray(share)
