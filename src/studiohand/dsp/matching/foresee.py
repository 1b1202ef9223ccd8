"""What settings will do to a record's profile, told without listening to it again.

An equaliser and a width weigh the powers of middle and side. A compressor runs as it is, only on
the envelope the profile holds instead of on samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.core.effect import Effect
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Eq, analogue_db
from studiohand.dsp.effects.width import Width
from studiohand.dsp.matching.profile import DYNAMICS_EDGES_HZ, ENVELOPE_HOP_S, GRID_HZ, Profile

Curve = npt.NDArray[np.float64]

_INSIDE = [(low <= GRID_HZ) & (high > GRID_HZ) for low, high in pairwise(DYNAMICS_EDGES_HZ)]
_TINY = 1e-14


def foresee(profile: Profile, steps: Sequence[Effect]) -> Profile:
    """The profile after equalisers, compressors and widths, in their order; others are left out.

    Spectra and levels follow; `Profile.instants` stay as they are.
    """
    for step in steps:
        if isinstance(step, Eq):
            gain = 10.0 ** (analogue_db(step.bands, GRID_HZ) / 10.0)
            middle, sides = (
                np.ones(len(GRID_HZ)) if step.channel == other else gain
                for other in ("side", "mid")
            )
            profile = _weighed(profile, middle, sides)
        elif isinstance(step, Width):
            profile = _weighed(profile, np.ones(1), np.full(1, step.width**2))
        elif isinstance(step, Compressor):
            gain = _compressed(profile, step)
            profile = _weighed(profile, gain, gain)
    return profile


def _weighed(profile: Profile, middle: Curve, sides: Curve) -> Profile:
    """Power gains on middle and side, each broadcast to (frames, 117); the levels follow."""
    mid, side = profile.mid * middle, profile.side * sides
    before, after = profile.mid + profile.side, mid + side
    changes = [
        (after[:, band].sum(axis=1) + _TINY) / (before[:, band].sum(axis=1) + _TINY)
        for band in (*_INSIDE, np.ones(len(GRID_HZ), dtype=bool))
    ]
    fast = [_over(profile, change, len(profile.bands), profile.fast_hop_s) for change in changes]
    whole = _over(profile, changes[-1], len(profile.power), ENVELOPE_HOP_S)
    return replace(
        profile,
        mid=mid.astype(np.float32),
        side=side.astype(np.float32),
        bands=(profile.bands * np.stack(fast[:-1], axis=1)).astype(np.float32),
        power=(profile.power * whole).astype(np.float32),
    )


def _over(profile: Profile, slow: Curve, count: int, hop_s: float) -> Curve:
    """Values of the spectra's frames at the frames of a faster series."""
    times = np.arange(len(slow)) * profile.hop_s
    return np.asarray(np.interp(np.arange(count) * hop_s, times, slow))


def _compressed(profile: Profile, step: Compressor) -> Curve:
    """Power gain of a compressor on each frame and band, shape (frames, 117)."""
    low_hz, high_hz = step.band_hz or (0.0, math.inf)
    inside = (low_hz <= GRID_HZ) & (high_hz > GRID_HZ)
    whole = step.band_hz is None
    power = np.asarray(profile.power, np.float64) if whole else _band_power(profile, inside)
    hop_s = ENVELOPE_HOP_S if whole else profile.fast_hop_s
    level = np.sqrt(np.maximum(power, _TINY))[:, None]
    running = replace(step, band_hz=None).start(round(1.0 / hop_s), 1)
    gain = (running.process(level)[:, 0] / level[:, 0]) ** 2
    slow = np.interp(
        np.arange(len(profile.mid)) * profile.hop_s, np.arange(len(gain)) * hop_s, gain
    )
    return np.asarray(np.where(inside, slow[:, None], 1.0))


def _band_power(profile: Profile, inside: npt.NDArray[np.bool_]) -> Curve:
    """Level over time of the dynamics bands that lie inside, shape (fast frames,)."""
    columns = [index for index, band in enumerate(_INSIDE) if (band & inside).any()]
    return np.asarray(profile.bands[:, columns].sum(axis=1), dtype=np.float64)
