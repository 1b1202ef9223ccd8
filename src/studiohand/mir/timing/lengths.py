"""What lengths say about rates: a file at the wrong rate is as much too short as it is fast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SPEEDS = (44100 / 48000, 48000 / 44100, 0.5, 2.0)
"""True rate over claimed rate, for the mistakes people make."""

SAME_LENGTH_S = 0.05
_SHARED = 0.6
_SPEED_MATCH = 2e-4


def common_length(lengths_s: Sequence[float]) -> float | None:
    """The length most files share, in seconds; None where they differ anyway."""
    if len(lengths_s) < 2:
        return None
    near = [sum(abs(a - b) <= SAME_LENGTH_S for b in lengths_s) for a in lengths_s]
    best = int(np.argmax(near))
    return lengths_s[best] if near[best] >= max(2.0, _SHARED * len(lengths_s)) else None


def speed_by_length(length_s: float, common_s: float | None) -> float | None:
    """True rate over claimed rate, if that explains a length; None otherwise."""
    if common_s is None or length_s < 1.0 or abs(length_s - common_s) <= SAME_LENGTH_S:
        return None
    for speed in SPEEDS:
        if abs(length_s / speed / common_s - 1.0) < _SPEED_MATCH:
            return speed
    return None
