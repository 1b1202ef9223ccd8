"""Clicks and crackle taken out: found in the prediction error, filled by linear prediction.

Only the few samples of a click change. Method: S. J. Godsill, P. J. W. Rayner, "Digital Audio
Restoration" (1998), chapter 5; the rules that tell clicks from music are those of
`dsp.damage.clicks`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.dsp.cleaning.autoregression import fill, prediction_error_filter
from studiohand.dsp.cleaning.subtract import Nothing, subtracting
from studiohand.dsp.damage.clicks import ORDER, spoilt
from studiohand.dsp.effects.checks import within

_CENTRE_FRAMES, _CONTEXT_FRAMES = 4096, 2048
_EASE = 0.85  # of the limits of listening: where clicks are known to be, weaker ones are taken too
_ROUNDS = 2  # a large click hides smaller ones beside it
_MOST = 0.2  # of a window; more is not crackle


@step
@dataclass(frozen=True, slots=True)
class Declick:
    """Take clicks and crackle out.

    Parameters
    ----------
    strength_percent : float
        0 to 150. Up to 100 the share of each click that is taken away; above, weaker clicks too.
    """

    do: ClassVar[str] = "declick"
    kind: ClassVar[StepKind] = "process"
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0:
            return Nothing(channels)
        return subtracting(_Clicks(self.strength_percent / 100.0), channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))


class _Clicks:
    """Finds the clicks in the middle of a window, by what is around them."""

    def __init__(self, strength: float) -> None:
        self.hop_frames = _CENTRE_FRAMES
        self.window_frames = _CENTRE_FRAMES + 2 * _CONTEXT_FRAMES
        self._share = min(strength, 1.0)
        self._ease = _EASE / max(strength, 1.0)

    def removed(self, window: Block) -> Block:
        out = np.zeros_like(window)
        centre = slice(_CONTEXT_FRAMES, _CONTEXT_FRAMES + _CENTRE_FRAMES)
        for channel in range(window.shape[1]):
            filled = declicked(window[:, channel], self._ease)
            out[centre, channel] = self._share * (window[centre, channel] - filled[centre])
        return out


def declicked(samples: Block, ease: float = 1.0) -> Block:
    """One channel without its clicks, shape (frames,); the rest bit for bit the same."""
    wrong = np.zeros(len(samples), bool)
    filled = samples
    for _ in range(_ROUNDS):
        found = spoilt(filled, ease)
        if not found.any() or (wrong | found).mean() > _MOST:
            break
        wrong |= found
        filled = fill(samples, wrong, prediction_error_filter(filled, ORDER))
    return filled
