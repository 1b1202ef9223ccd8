"""Spectra of whole hops and back: the short-time transform for processors that work on `Hopped`."""

from __future__ import annotations

import functools

import numpy as np

from studiohand.core.audio import Block
from studiohand.dsp.blocks.stft import Spectra, analyse, overlap_add, overlap_gain

HOPS = 4
"""In a window."""


class Overlap:
    """Samples to spectra and back on whole hops, late by `latency` frames.

    Parameters
    ----------
    window_frames : int
        A multiple of `HOPS`; windows are a quarter of it apart.
    channels : int
    """

    def __init__(self, window_frames: int, channels: int) -> None:
        self._window, self._hop = window_frames, window_frames // HOPS
        self.latency = self._window - self._hop
        self._kept: Block = np.zeros((self.latency, channels))
        self._sum: Block = np.zeros((self.latency, channels))

    def take(self, block: Block) -> Spectra:
        """Spectra that end inside the block, shape (spectra, channels, bins)."""
        samples = np.concatenate([self._kept, block])
        self._kept = samples[len(block) :]
        return analyse(samples, self._window, self._hop)

    def give(self, spectra: Spectra) -> Block:
        """As many samples as hops came in, from `latency` earlier."""
        added = overlap_add(spectra, self._window, self._hop).astype(np.float64, copy=False)
        added[: len(self._sum)] += self._sum
        ready = len(spectra) * self._hop
        self._sum = added[ready:]
        done: Block = added[:ready] / _gain(self._window)
        return done


@functools.lru_cache(maxsize=16)
def _gain(window_frames: int) -> float:
    return overlap_gain(window_frames, window_frames // HOPS)
