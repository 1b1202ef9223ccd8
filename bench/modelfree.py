"""Separation without learning, as published: HPSS and REPET-SIM, the bar for a learned model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from studiohand.core.audio import Block
from studiohand.dsp.blocks.stft import Spectra, analyse, overlap_add, overlap_gain

WINDOW, HOP = 2048, 512
MEDIAN = 31
SIMILAR, APART_S, VOICE_HZ = 40, 0.8, 100.0
BASS_HZ = 180.0

Level = npt.NDArray[np.float64]


def hpss(mix: Block, rate: int) -> dict[str, Block]:
    """Drums, bass, other by median filtering (Fitzgerald 2010): squared masks, 31 by 31.

    Drums are the percussive part, bass the harmonic part below 180 Hz, other the rest of it.
    """
    spectra = _spectra(mix)
    level = np.abs(spectra).mean(axis=1)
    steady = median_filter(level, (MEDIAN, 1)) ** 2
    broad = median_filter(level, (1, MEDIAN)) ** 2
    drums = broad / (steady + broad + 1e-12)
    low = np.arange(level.shape[1]) * rate / WINDOW < BASS_HZ
    masks = {"drums": drums, "bass": (1 - drums) * low, "other": (1 - drums) * ~low}
    return {name: _samples(spectra * mask[:, None], len(mix)) for name, mask in masks.items()}


def repet_sim(mix: Block, rate: int) -> dict[str, Block]:
    """Vocals by what does not repeat.

    Rafii and Pardo 2012, "Music/voice separation using the similarity matrix": each frame's
    background is the median of its most similar frames, at least 0.8 s apart; what is louder than
    that, above 100 Hz, is the voice.
    """
    spectra = _spectra(mix)
    level = np.abs(spectra).mean(axis=1)
    unit = level / (np.linalg.norm(level, axis=1, keepdims=True) + 1e-9)
    background = _repeating(level, unit @ unit.T, max(1, round(APART_S * rate / HOP)))
    mask = np.minimum(background, level) / (level + 1e-9)
    mask[:, np.arange(level.shape[1]) * rate / WINDOW < VOICE_HZ] = 1.0
    rest = _samples(spectra * mask[:, None], len(mix))
    return {"vocals": mix - rest}


def _repeating(level: Level, alike: Level, apart: int) -> Level:
    """Median of the frames most like each frame, no two of them close together."""
    out = np.empty_like(level)
    for frame, row in enumerate(alike):
        chosen: list[int] = []
        blocked = np.zeros(len(row), bool)
        for candidate in np.argsort(-row):
            if not blocked[candidate]:
                chosen.append(int(candidate))
                blocked[max(0, candidate - apart + 1) : candidate + apart] = True
            if len(chosen) == SIMILAR or blocked.all():
                break
        out[frame] = np.median(level[chosen], axis=0)
    return out


def _spectra(mix: Block) -> Spectra:
    return analyse(np.pad(mix, ((WINDOW, 2 * WINDOW), (0, 0))), WINDOW, HOP)


def _samples(spectra: Spectra, frames: int) -> Block:
    back = overlap_add(spectra, WINDOW, HOP) / overlap_gain(WINDOW, HOP)
    kept: Block = back[WINDOW : WINDOW + frames]
    return kept
