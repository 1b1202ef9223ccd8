"""What rings or bulges in one stem by itself: a small network over the spectrum's percentiles.

It answers where in the spectrum a bell seems to be planted, narrow or wide, and how high; notes,
formants and drums have peaks of their own, and the network has learned what they look like
(`training/resonances.py`). The choice is between all places and none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from studiohand.core.errors import Corrupt, MissingPart, NotAllowed
from studiohand.dsp.meters.tonecurves import BANDS, CENTRES_HZ
from studiohand.models.onnx import Session
from studiohand.models.store import card, require_allowed, verified

Grid = npt.NDArray[np.float64]
Features = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

NAME = "resonances"
WIDTHS = ("narrow", "wide")
CHANNELS = 20
LEAST_WINDOWS = 30
"""About five seconds in which the stem sounds; less says too little."""
_SMOOTH_BANDS = 37
_BAND_REACH = 4
_FAINT_DB, _LOWEST_HZ, _HIGHEST_HZ = 42.0, 110.0, 9000.0
"""Where nothing can be said: this far below the strongest third of an octave, and outside."""
_NEAR_BANDS = (3, 9)
"""A narrow and a wide bell's chances are added up over this much to either side."""
_GAIN_UNIT_DB = 10.0


@dataclass(frozen=True, slots=True)
class Bulge:
    """The likeliest bell in a stem.

    Parameters
    ----------
    hz, db : float
    wide : bool
        Of an octave or more, or ringing.
    chance : float
        0 to 1, as the network sees it.
    """

    hz: float
    db: float
    wide: bool
    chance: float


def bulge(curves: Mapping[str, npt.NDArray[np.generic]]) -> Bulge | None:
    """The likeliest bell in a stem of which `tone_curves` are given; None where it cannot say."""
    network = _network()
    if network is None or int(curves["windows"]) < LEAST_WINDOWS:
        return None
    levels = np.asarray(curves["levels"], np.float32)[None]
    aside = np.stack([np.asarray(curves[n], np.float32) for n in ("spread", "flux")])[None]
    places, none, height = network.run(
        {"features": features(levels, aside), "usable": usable(levels)}
    )
    chances = np.exp(np.concatenate([places.ravel(), none.ravel()]).astype(np.float64))
    chances /= chances.sum()
    return max(
        (
            _likeliest(chances[kind * BANDS : (kind + 1) * BANDS], height[0, kind], kind)
            for kind in range(len(WIDTHS))
        ),
        key=lambda found: found.chance,
    )


def _likeliest(chances: Grid, height: Grid, kind: int) -> Bulge:
    near = np.convolve(chances, np.ones(2 * _NEAR_BANDS[kind] + 1), "same")
    top = int(np.argmax(near))
    span = slice(max(top - _NEAR_BANDS[kind], 0), top + _NEAR_BANDS[kind] + 1)
    weight = chances[span] / max(float(chances[span].sum()), 1e-12)
    octave = float(np.sum(weight * np.log2(CENTRES_HZ[span])))
    db = float(np.sum(weight * height[span])) * _GAIN_UNIT_DB
    return Bulge(2.0**octave, max(db, 0.0), bool(kind), float(min(near[top], 1.0)))


def usable(levels: Features) -> Mask:
    """Bands of which something can be said; levels (stems, 8, BANDS), out (stems, BANDS)."""
    power = 10.0 ** (levels[:, 0].astype(np.float64) / 10.0)
    summed = np.cumsum(np.pad(power, ((0, 0), (_BAND_REACH + 1, _BAND_REACH))), axis=1)
    third = summed[:, 2 * _BAND_REACH + 1 :] - summed[:, : -2 * _BAND_REACH - 1]
    strong = third > third.max(axis=1, keepdims=True) * 10.0 ** (-_FAINT_DB / 10.0)
    inside = (CENTRES_HZ > _LOWEST_HZ) & (CENTRES_HZ < _HIGHEST_HZ)
    return np.asarray(strong & inside)


def features(levels: Features, aside: Features) -> Features:
    """What the network sees.

    Parameters
    ----------
    levels : ndarray, shape (stems, 8, BANDS)
        Mean and percentiles, dB.
    aside : ndarray, shape (stems, 2, BANDS)
        Spread and flux, dB.

    Returns
    -------
    ndarray, shape (stems, CHANNELS, BANDS)
        Each level against its own smooth course; the percentiles against the mean; spread, flux;
        level against the strongest band; place and its square.
    """
    rough = (levels - levels @ _smoothing()) / 8.0
    steps = (levels[:, 1:] - levels[:, :1]) / 15.0
    depth = np.clip(levels[:, :1] - levels[:, :1].max(axis=-1, keepdims=True), -60.0, 0.0) / 20.0
    place = np.broadcast_to(np.linspace(-1.0, 1.0, BANDS), (len(levels), 1, BANDS))
    parts = [rough, steps, aside[:, :1] / 10.0, aside[:, 1:] / 8.0, depth, place, place**2]
    return np.concatenate(parts, axis=1).astype(np.float32)


@cache
def _smoothing() -> Features:
    """Mean over an octave and a half, Hann-weighted, the ends held; (BANDS, BANDS)."""
    half = _SMOOTH_BANDS // 2
    window = np.hanning(_SMOOTH_BANDS) / np.hanning(_SMOOTH_BANDS).sum()
    out = np.zeros((BANDS, BANDS), np.float32)
    for band in range(BANDS):
        near = np.clip(np.arange(band - half, band + half + 1), 0, BANDS - 1)
        np.add.at(out[:, band], near, window.astype(np.float32))
    return out


@cache
def _network() -> Session | None:
    try:
        chosen = card(NAME)
        require_allowed(chosen)
        return Session(verified(chosen)[chosen.files[0].file], threads=1)
    except (NotAllowed, MissingPart, Corrupt):
        return None  # a stem by itself is then judged by nothing
