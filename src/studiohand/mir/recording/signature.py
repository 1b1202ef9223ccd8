"""The signature of a producer's own records: tone, dynamics, width, low end, with their spread.

Every record is reduced to named traits; the signature is their median and quartiles. How far a
sound is from the signature is counted in spreads: a difference that the records have among
themselves is no distance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source
from studiohand.core.job import Arrays
from studiohand.dsp.matching.profile import DYNAMICS_EDGES_HZ, GRID_HZ, Profile, Profiler
from studiohand.dsp.matching.spread import band_levels_db, quantiles_db, reach_db
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.dsp.meters.peak import PeakMeter

Values = npt.NDArray[np.float64]

KNOWN_SPREAD = 3
"""Records from which quartiles mean something."""
GROUPS = {"tone": 1.5, "dynamics": 1.0, "width": 1.5, "low end": 1.5}
"""Groups of traits, and the smallest spread of each in dB: less is chance."""
_THIRDS = slice(4, 113, 4)
THIRDS_HZ = GRID_HZ[_THIRDS]
"""Centres of the third-octave bands, 31 Hz to 16 kHz."""
_MIDDLE_HZ = (100.0, 8000.0)
_FAINTEST_DB = -60.0
_NORMAL_IQR = 1.349
"""Distance of the quartiles of a normal distribution in standard deviations."""
NEUTRAL = 0.03
"""Changes of distance under this, in spreads, are neither toward nor away."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Median and quartiles of one trait over the records."""

    median: float
    q1: float
    q3: float


@dataclass(frozen=True, slots=True)
class Signature:
    """What a producer's own records have in common.

    Parameters
    ----------
    records : tuple of str
        Names of the files it was learnt from.
    traits : mapping of str to Trait
        By ``"group: name"``, in dB (loudness range in LU).
    """

    records: tuple[str, ...]
    traits: Mapping[str, Trait]

    @property
    def spread_known(self) -> bool:
        """Whether there are records enough for their spread to mean something."""
        return len(self.records) >= KNOWN_SPREAD


def traits_of(source: Source) -> Arrays:
    """The traits of a sound; an analysis, kept between runs."""
    return {name: np.array(value) for name, value in measured(source).items()}


def measured(source: Source, blocks: Iterable[Block] | None = None) -> dict[str, float]:
    """Traits of a sound in one pass, in dB, by ``"group: name"``."""
    profiler = Profiler(source.rate, source.channels)
    loudness = LoudnessMeter(source.rate, source.channels)
    peak = PeakMeter(source.rate, source.channels)
    for block in source.blocks() if blocks is None else blocks:
        planar = np.asfortranarray(block)
        for meter in (profiler, loudness, peak):
            meter.update(planar)
    profile = profiler.finish()
    lufs, peak_dbtp = loudness.integrated_lufs(), peak.true_peak_dbtp()
    out = {**_tone(profile), **_dynamics(profile), **_width(profile)}
    if lufs is not None and peak_dbtp is not None:
        out["dynamics: peak to loudness"] = peak_dbtp - lufs
    if (range_lu := loudness.lra_lu()) is not None:
        out["dynamics: loudness range"] = range_lu
    return out


def signature_of(records: Mapping[str, Mapping[str, float]]) -> Signature:
    """The signature of records by name; traits that not all of them have are left out."""
    shared = set.intersection(*(set(traits) for traits in records.values())) if records else set()
    first = next(iter(records.values()), {})
    traits = {}
    for name in (n for n in first if n in shared):
        values = [float(each[name]) for each in records.values()]
        q1, median, q3 = (round(float(q), 3) for q in np.percentile(values, [25, 50, 75]))
        traits[name] = Trait(median, q1, q3)
    return Signature(tuple(records), traits)


def distances(traits: Mapping[str, float], signature: Signature) -> dict[str, float]:
    """How far a sound is from the signature in each group, in spreads."""
    out = {}
    for group, least in GROUPS.items():
        away = [
            abs(traits[name] - trait.median) / max((trait.q3 - trait.q1) / _NORMAL_IQR, least)
            for name, trait in signature.traits.items()
            if name.startswith(f"{group}:") and name in traits
        ]
        if away:
            out[group] = float(np.mean(away))
    return out


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a change leads, seen from the signature.

    Parameters
    ----------
    direction : str
        ``"toward"``, ``"away"`` or ``"neutral"``.
    before, after : float
        Distance in spreads, all groups alike.
    most : str
        The group that changes most.
    tone_db : float
        Change of the mean distance of the tone in dB.
    """

    direction: str
    before: float
    after: float
    most: str
    tone_db: float


def lead(
    whole: Mapping[str, float],
    before: Mapping[str, float],
    after: Mapping[str, float],
    signature: Signature,
) -> Lead:
    """Where a change leads that was made on an excerpt.

    Parameters
    ----------
    whole : mapping
        Traits of the whole song as it is.
    before, after : mapping
        Traits of the excerpt without and with the change.
    """
    changed = {
        name: value + after[name] - before[name] if name in after and name in before else value
        for name, value in whole.items()
    }
    was, then = distances(whole, signature), distances(changed, signature)
    by = {group: then[group] - was[group] for group in was}
    change = float(np.mean(list(by.values()))) if by else 0.0
    direction = "neutral" if abs(change) < NEUTRAL else "away" if change > 0.0 else "toward"
    return Lead(
        direction=direction,
        before=float(np.mean(list(was.values()))) if was else 0.0,
        after=float(np.mean(list(then.values()))) if then else 0.0,
        most=max(by, key=lambda group: abs(by[group])) if by else "",
        tone_db=_tone_away_db(changed, signature) - _tone_away_db(whole, signature),
    )


def _tone_away_db(traits: Mapping[str, float], signature: Signature) -> float:
    away = [
        abs(traits[name] - trait.median)
        for name, trait in signature.traits.items()
        if name.startswith("tone:") and name in traits
    ]
    return float(np.mean(away)) if away else 0.0


def _tone(profile: Profile) -> dict[str, float]:
    """Third-octave levels against the middle of the spectrum, and the low end's habits."""
    power = (profile.mid + profile.side).astype(np.float64).mean(axis=0)
    padded = np.pad(power, 2)
    thirds = np.convolve(padded, np.ones(4), "same")[2:-2][_THIRDS]
    level = 10.0 * np.log10(np.maximum(thirds, 1e-12))
    middle = (_MIDDLE_HZ[0] < THIRDS_HZ) & (_MIDDLE_HZ[1] > THIRDS_HZ)
    level = np.maximum(level - level[middle].mean(), _FAINTEST_DB)
    seen = profile.highest_hz > THIRDS_HZ
    out = {
        f"tone: {hz:.0f} Hz": float(db) for hz, db in zip(THIRDS_HZ[seen], level[seen], strict=True)
    }
    sub, bass = ((low <= THIRDS_HZ) & (high > THIRDS_HZ) for low, high in ((25, 60), (60, 150)))
    out["low end: sub against bass"] = _ratio_db(thirds[sub].sum(), thirds[bass].sum())
    out["low end: bass against middle"] = _ratio_db(thirds[bass].sum(), thirds[middle].sum())
    return out


def _dynamics(profile: Profile) -> dict[str, float]:
    """How far the hits stand above the body of the sound, band by band."""
    levels = band_levels_db(profile)
    return {
        f"dynamics: hits {name}": reach_db(quantiles_db(levels[:, band]))
        for band, name in enumerate(_band_names())
    }


def _width(profile: Profile) -> dict[str, float]:
    """Sides against the middle in each band; of mono the faintest."""
    mid, side = (p.astype(np.float64).mean(axis=0) for p in (profile.mid, profile.side))
    out = {}
    for name, (low, high) in zip(_band_names(), pairwise(DYNAMICS_EDGES_HZ), strict=True):
        inside = (low <= GRID_HZ) & (high > GRID_HZ)
        out[f"width: {name}"] = max(_ratio_db(side[inside].sum(), mid[inside].sum()), -30.0)
    return out


def _band_names() -> Sequence[str]:
    return [f"{low:.0f}-{high:.0f} Hz" for low, high in pairwise(DYNAMICS_EDGES_HZ)]


def _ratio_db(one: float, other: float) -> float:
    return float(np.clip(10.0 * np.log10((one + 1e-12) / (other + 1e-12)), -60.0, 60.0))
