"""Late reverberation predicted from the past and taken away (weighted prediction error).

T. Nakatani, T. Yoshioka, K. Kinoshita, M. Miyoshi, B.-H. Juang, "Speech dereverberation based on
variance-normalized delayed linear prediction" (2010): in each frequency band the sound now is
predicted from what sounded 40 ms and longer ago; what can be predicted is the room. A linear
filter, so nothing twinkles; the direct sound and the early reflections stay. For voices and
single instruments; a held note can be predicted too, so organs and pads are not for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block
from studiohand.core.effect import Processor, StepKind, step
from studiohand.dsp.blocks.stft import analyse, overlap_add, overlap_gain
from studiohand.dsp.cleaning.subtract import Nothing, subtracting
from studiohand.dsp.effects.checks import within

Complexes = npt.NDArray[np.complexfloating]

_FRAME_S = 0.0427
_OVERLAP = 4
_DELAY = 4  # hops: 43 ms of early sound stay
_LEAST_TAPS, _MOST_TAPS = 8, 24
_TAPS_PER_S = 22.0
_ROUNDS = 3
_WINDOW_S = 8.0
_QUIET = 1e-3  # of a band's mean power: less than that is counted as that
_AT_MOST = 0.8  # of a coefficient's own size
_RIDGE = 1e-5
_BINS_AT_ONCE = 128


@step
@dataclass(frozen=True, slots=True)
class Dereverb:
    """Take late reverberation away.

    Parameters
    ----------
    decay_s : float
        0.1 to 10: time the room takes for 60 dB.
    strength_percent : float
        0 to 150: the share of the predicted room that is taken away, at most all of it.
    """

    do: ClassVar[str] = "dereverb"
    kind: ClassVar[StepKind] = "process"
    decay_s: float
    strength_percent: float = 100.0

    def __post_init__(self) -> None:
        within(self.do, "decay_s", self.decay_s, 0.1, 10.0)
        within(self.do, "strength_percent", self.strength_percent, 0.0, 150.0)

    def start(self, rate: int, channels: int) -> Processor:
        if self.strength_percent == 0.0:
            return Nothing(channels)
        return subtracting(_Room(self, rate), channels)

    def scaled(self, amount: float) -> Self:
        return replace(self, strength_percent=min(self.strength_percent * amount, 150.0))


class _Room:
    """Predicts the room of a window of eight seconds."""

    def __init__(self, settings: Dereverb, rate: int) -> None:
        self._frame = 1 << round(math.log2(_FRAME_S * rate))
        self._hop = self._frame // _OVERLAP
        half = max(round(_WINDOW_S * rate / 2.0 / self._hop), 2 * _MOST_TAPS)
        self.hop_frames = half * self._hop
        self.window_frames = 2 * self.hop_frames
        self._taps = int(np.clip(round(_TAPS_PER_S * settings.decay_s), _LEAST_TAPS, _MOST_TAPS))
        self._most = 10.0 ** (-6.0 * _DELAY * self._hop / rate / settings.decay_s)
        self._share = min(settings.strength_percent / 100.0, 1.0)
        phase = 2.0 * np.pi * np.arange(self.window_frames) / self.window_frames
        self._fade = (0.5 - 0.5 * np.cos(phase))[:, None]

    def removed(self, window: Block) -> Block:
        if not window.any():
            return np.zeros_like(window)
        pad = np.zeros((self._frame - self._hop, window.shape[1]))
        spectra = analyse(np.concatenate([pad, window, pad]), self._frame, self._hop)
        late = np.zeros_like(spectra)
        for channel in range(window.shape[1]):
            for first in range(0, spectra.shape[2], _BINS_AT_ONCE):
                bins = slice(first, first + _BINS_AT_ONCE)
                sound = spectra[:, channel, bins]
                late[:, channel, bins] = _only_room(sound, predicted(sound, self._taps), self._most)
        back = overlap_add(late, self._frame, self._hop)[len(pad) :][: len(window)]
        out: Block = back * (self._share / overlap_gain(self._frame, self._hop)) * self._fade
        return out


def predicted(bands: Complexes, taps: int) -> Complexes:
    """Late reverberation in each band, shape (times, bands) as given.

    Parameters
    ----------
    bands : ndarray, shape (times, bands)
    taps : int
        How many past values the prediction uses, from `_DELAY` before on.
    """
    sound = bands.T
    past = np.zeros((sound.shape[0], taps, sound.shape[1]), np.complex128)
    for tap in range(taps):
        late = _DELAY + tap
        past[:, tap, late:] = sound[:, : sound.shape[1] - late]
    power = np.square(np.abs(sound))
    least = _QUIET * power.mean(axis=1, keepdims=True) + 1e-20
    dry, late_sound = sound, np.zeros_like(sound)
    for _ in range(_ROUNDS):
        weight = 1.0 / np.maximum(_smooth(np.square(np.abs(dry))), least)
        weighted = past * weight[:, None, :]
        left = weighted @ past.conj().transpose(0, 2, 1)
        right = weighted @ sound.conj()[:, :, None]
        size = np.einsum("bii->b", left).real / taps
        left += (_RIDGE * size + 1e-20)[:, None, None] * np.eye(taps)
        filters = np.linalg.solve(left, right)
        late_sound = (filters.conj().transpose(0, 2, 1) @ past)[:, 0]
        dry = sound - late_sound
    out: Complexes = late_sound.T
    return out


def _only_room(sound: Complexes, late: Complexes, most: float) -> Complexes:
    """The prediction, held to what a room can do.

    After the early part a room has decayed to `most` of its power. A band in which more than that
    is predicted holds a note that rings by itself: the more it exceeds it, the less is taken.
    """
    power = np.square(np.abs(sound)).sum(axis=0) + 1e-20
    share = np.square(np.abs(late)).sum(axis=0) / power
    held = np.square(np.minimum(1.0, most / np.maximum(share, 1e-9)))
    limit = np.minimum(1.0, _AT_MOST * np.abs(sound) / np.maximum(np.abs(late), 1e-20))
    out: Complexes = late * held * limit
    return out


def _smooth(power: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean of three neighbours in time."""
    out = power.copy()
    out[:, 1:-1] = (power[:, :-2] + power[:, 1:-1] + power[:, 2:]) / 3.0
    return out
