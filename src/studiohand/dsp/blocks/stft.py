"""Streamed short-time Fourier transform and its inverse.

Analysis and synthesis both use a periodic Hann window; with a hop of a quarter window or less the
squared windows add up to a constant, so the pair returns the input (Griffin and Lim 1984, eq. 6
for the least-squares synthesis). Any cutting of the input gives the same spectra and samples.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block

Spectra = npt.NDArray[np.complexfloating]
"""Shape (spectra, channels, bins)."""


def hann(window_frames: int) -> npt.NDArray[np.float64]:
    """Periodic Hann window, shape (window_frames,)."""
    turn = np.arange(window_frames) / window_frames
    window: npt.NDArray[np.float64] = 0.5 - 0.5 * np.cos(2.0 * np.pi * turn)
    return window


def analyse(samples: npt.NDArray[np.floating], window_frames: int, hop_frames: int) -> Spectra:
    """Spectra of all whole windows in `samples` (frames, channels), in its own precision."""
    views = np.lib.stride_tricks.sliding_window_view(samples, window_frames, axis=0)[::hop_frames]
    window = hann(window_frames).astype(samples.dtype)
    spectra: Spectra = np.fft.rfft(views * window, axis=-1)
    return spectra


def overlap_add(spectra: Spectra, window_frames: int, hop_frames: int) -> npt.NDArray[np.floating]:
    """Windowed sum of spectra, not yet normalised: (window + hop * (spectra - 1), channels).

    Divide by `overlap_gain` where all windows overlap.
    """
    frames = np.fft.irfft(spectra, window_frames, axis=-1)
    frames = (frames * hann(window_frames).astype(frames.dtype)).transpose(0, 2, 1)
    count, _, channels = frames.shape
    out = np.zeros((window_frames + hop_frames * (count - 1), channels), frames.dtype)
    parts = -(-window_frames // hop_frames)
    for part in range(parts):
        piece = frames[:, part * hop_frames : (part + 1) * hop_frames]
        span = out[part * hop_frames :][: hop_frames * count]
        if piece.shape[1] == hop_frames and len(span) == hop_frames * count:
            span += piece.reshape(-1, channels)
        else:
            for i in range(count):
                at = i * hop_frames + part * hop_frames
                out[at : at + piece.shape[1]] += piece[i]
    return out


def overlap_gain(window_frames: int, hop_frames: int) -> float:
    """What a constant becomes through `analyse` and `overlap_add` where all windows overlap."""
    return float(np.sum(hann(window_frames) ** 2)) / hop_frames


def check_overlap(window_frames: int, hop_frames: int) -> None:
    """Raise ValueError unless the window is a multiple of the hop and overlaps at least 4 times."""
    if window_frames % hop_frames or window_frames < 4 * hop_frames:
        raise ValueError("the window must be a multiple of the hop, at least four times as long")


class Analysis:
    """Blocks to spectra.

    The first window ends `hop_frames` after the first sample, and the last begins within the last
    hop, so that every sample lies in the same number of windows.

    Parameters
    ----------
    window_frames, hop_frames : int
        The window a multiple of the hop, at least four times as long.
    channels : int
    """

    def __init__(self, window_frames: int, hop_frames: int, channels: int) -> None:
        check_overlap(window_frames, hop_frames)
        self._window, self._hop, self._channels = window_frames, hop_frames, channels
        self._kept = np.zeros((window_frames - hop_frames, channels))

    def process(self, block: Block) -> Spectra:
        """Spectra that became complete, shape (spectra, channels, bins); perhaps none."""
        samples = np.concatenate([self._kept, block])
        count = max(0, (len(samples) - self._window) // self._hop + 1)
        self._kept = samples[count * self._hop :]
        if not count:
            return np.zeros((0, self._channels, self._window // 2 + 1), np.complex128)
        used = samples[: self._window + (count - 1) * self._hop]
        return analyse(used, self._window, self._hop)

    def flush(self) -> Spectra:
        """The last spectra, over silence after the end."""
        pending = len(self._kept) - (self._window - self._hop)
        tail = -pending % self._hop + self._window - self._hop
        return self.process(np.zeros((tail, self._channels)))


class Synthesis:
    """Spectra back to blocks; the first sample out is the first that went into `Analysis`."""

    def __init__(self, window_frames: int, hop_frames: int, channels: int) -> None:
        check_overlap(window_frames, hop_frames)
        self._window, self._hop = window_frames, hop_frames
        self._gain = overlap_gain(window_frames, hop_frames)
        self._sum: Block = np.zeros((window_frames - hop_frames, channels))
        self._skip = window_frames - hop_frames

    def process(self, spectra: Spectra) -> Block:
        """Samples that became complete, shape (frames, channels); perhaps none."""
        if not len(spectra):
            return np.zeros((0, self._sum.shape[1]))
        added = overlap_add(spectra, self._window, self._hop).astype(np.float64)
        added[: len(self._sum)] += self._sum
        ready = len(spectra) * self._hop
        self._sum = added[ready:]
        done = added[:ready] / self._gain
        skipped = min(self._skip, len(done))
        self._skip -= skipped
        out: Block = done[skipped:]
        return out
