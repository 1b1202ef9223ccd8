"""What an equaliser or a width will do to a profile, told without listening to it again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from studiohand.dsp.effects.eq import Eq, analogue_db
from studiohand.dsp.effects.width import Width
from studiohand.dsp.matching.profile import DYNAMICS_EDGES_HZ, ENVELOPE_HOP_S, GRID_HZ, Profile

Curve = npt.NDArray[np.float64]

_INSIDE = [(low <= GRID_HZ) & (high > GRID_HZ) for low, high in pairwise(DYNAMICS_EDGES_HZ)]
_TINY = 1e-14


def foreseen(profile: Profile, step: Eq | Width) -> Profile:
    """The profile after a step: spectra and levels follow, `Profile.instants` stay."""
    if isinstance(step, Width):
        return _weighed(profile, np.ones(1), np.full(1, step.width**2))
    gain = 10.0 ** (analogue_db(step.bands, GRID_HZ) / 10.0)
    middle, sides = (
        np.ones(len(GRID_HZ)) if step.channel == other else gain for other in ("side", "mid")
    )
    return _weighed(profile, middle, sides)


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
