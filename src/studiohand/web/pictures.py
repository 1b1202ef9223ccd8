"""What can be drawn: waveform extremes and spectra, prepared here so that the page need not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source
from studiohand.core.effect import Effect, Step
from studiohand.core.job import Arrays
from studiohand.dsp.effects.chain import Chain
from studiohand.dsp.effects.dynamic_eq import DynamicEq
from studiohand.dsp.effects.eq import Band, Eq

PEAK_FRAMES = 256
SLOPE_DB_PER_OCTAVE = 4.5
_SPECTRUM_POINTS = 160


def peaks(source: Source) -> Arrays:
    """Lowest and highest sample of every 256 frames, over all channels, as int8 (127 = full)."""
    low, high = [], []
    for block in source.blocks(PEAK_FRAMES * 256):
        whole = -(-len(block) // PEAK_FRAMES) * PEAK_FRAMES
        padded = np.zeros((whole, block.shape[1]))
        padded[: len(block)] = block
        cut = padded.reshape(-1, PEAK_FRAMES * block.shape[1])
        low.append(cut.min(axis=1))
        high.append(cut.max(axis=1))
    return {"low": as_int8(np.concatenate(low)), "high": as_int8(np.concatenate(high))}


def extremes(
    low: npt.NDArray[np.int8], high: npt.NDArray[np.int8], edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.int8]:
    """Extremes between each two edges, given as places in `low` and `high`, shape (columns, 2).

    Zero beyond the end; a column narrower than one value shows that value.
    """
    drawn = np.zeros((len(edges) - 1, 2), np.int8)
    first = edges[:-1].astype(int)
    inside = int(np.searchsorted(first, len(low)))
    if not inside:
        return drawn
    first, stop = first[:inside], min(int(np.ceil(edges[inside])), len(low))
    drawn[:inside, 0] = np.minimum.reduceat(low[:stop], first)
    drawn[:inside, 1] = np.maximum.reduceat(high[:stop], first)
    return drawn


def spectrum(block: Block, rate: int) -> dict[str, list[float]]:
    """Third-octave smoothed level over log frequency, tilted by `SLOPE_DB_PER_OCTAVE`.

    Returns
    -------
    dict
        ``hz`` (20 Hz to 20 kHz or Nyquist) and ``db``.
    """
    size = min(32768, len(block))
    window = np.hanning(size)[:, None]
    hops = range(0, len(block) - size + 1, max(size // 2, 1))
    power = np.mean(
        [np.abs(np.fft.rfft(block[at : at + size] * window, axis=0)) ** 2 for at in hops],
        axis=(0, 2),
    ) / np.sum(window**2) / size  # fmt: skip
    hz = np.geomspace(20.0, min(20000.0, rate / 2.1), _SPECTRUM_POINTS)
    cumulative = np.concatenate([[0.0], np.cumsum(power)])
    bins = np.arange(len(cumulative)) * rate / size
    width = 2 ** (1 / 6)
    band = np.interp(hz * width, bins, cumulative) - np.interp(hz / width, bins, cumulative)
    db = 10 * np.log10(np.maximum(band, 1e-14)) + (SLOPE_DB_PER_OCTAVE - 3.0) * np.log2(hz / 1000)
    return {"hz": [round(float(f), 1) for f in hz], "db": [round(float(d), 2) for d in db]}


def response(steps: Sequence[Step], rate: int) -> dict[str, list[float]]:
    """Level over frequency of steps, measured by sending an impulse through them.

    Exact for filters and gains. A dynamic band is shown at its most; a compressor as it meets a
    quiet sound.

    Returns
    -------
    dict
        ``hz`` and ``db``; a straight line where no step processes.
    """
    effects = [
        cast("Effect", _at_its_most(step))
        for step in steps
        if step.kind == "process" and (isinstance(step, DynamicEq) or not keyed(step))
    ]
    chain = Chain(effects, rate, 2)
    impulse = np.zeros((rate // 2, 2))
    impulse[rate // 8] = 1e-3
    heard = np.concatenate([chain.process(impulse), chain.flush()])
    level = np.abs(np.fft.rfft(heard[:, 0])) / 1e-3
    hz = np.geomspace(20.0, min(20000.0, rate / 2.1), _SPECTRUM_POINTS)
    db = 20 * np.log10(np.maximum(np.interp(hz * len(heard) / rate, np.arange(len(level)), level),
                                  1e-6))  # fmt: skip
    return {"hz": [round(float(f), 1) for f in hz], "db": [round(float(d), 2) for d in db]}


def _at_its_most(step: Step) -> Step:
    """A dynamic band as the bell it becomes; any other step itself."""
    if isinstance(step, DynamicEq):
        return Eq(bands=(Band("bell", step.hz, step.db, step.q),))
    return step


def keyed(step: Step) -> bool:
    """Whether a step listens to another stem, so that it has no response of its own."""
    return bool(getattr(step, "key", None))


def as_int8(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
    """Samples as -127 to 127."""
    return np.round(np.clip(values, -1.0, 1.0) * 127).astype(np.int8)
