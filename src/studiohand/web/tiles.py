"""Tiles of the timeline: waveforms and spectrograms at powers of two, loudness in half minutes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source
from studiohand.core.job import Arrays
from studiohand.dsp.meters.loudness import HOPS_PER_SECOND, SHORT_TERM_HOPS, LoudnessMeter
from studiohand.web.pictures import PEAK_FRAMES, as_int8, extremes

WAVE_COLUMNS = 512
SPECTROGRAM_COLUMNS = 128
SPECTROGRAM_ROWS = 96
LOWEST_HZ, HIGHEST_HZ = 30.0, 20000.0
FLOOR_DB = -100.0
LOUDNESS_TILE_S = 30
LOUDNESS_PER_SECOND = 10
HIGHEST_LEVEL = 24
_FFT_FRAMES = 4096


def wave_tile(
    source: Source, found: Arrays | None, per_column: int, index: int, rate: int
) -> npt.NDArray[np.int8]:
    """Lowest and highest sample of each column, shape (WAVE_COLUMNS, 2), 127 = full scale.

    Parameters
    ----------
    found : Arrays or None
        The source's `peaks`; None: the samples are read, which a fine tile can do.
    per_column : int
        Frames at the song's rate.
    rate : int
        The song's; a source at another is stretched to its timeline.
    """
    ratio = source.rate / rate
    edges = (index * WAVE_COLUMNS + np.arange(WAVE_COLUMNS + 1)) * per_column * ratio
    if found is not None:
        low, high = (found[end].astype(np.int8) for end in ("low", "high"))
        return extremes(low, high, edges / PEAK_FRAMES)
    first, stop = int(edges[0]), int(np.ceil(edges[-1]))
    if first >= source.frames:
        return np.zeros((WAVE_COLUMNS, 2), np.int8)
    block = np.concatenate(list(source.blocks(stop - first, first, stop)))
    low, high = as_int8(block.min(axis=1)), as_int8(block.max(axis=1))
    return extremes(low, high, np.asarray(edges - first, dtype=np.float64))


def spectrogram_tile(source: Source, per_column: int, index: int) -> npt.NDArray[np.uint8]:
    """Level in log bands for each column, shape (columns, rows); 0 = -100 dB, 255 = 0 dB.

    Parameters
    ----------
    source : Source
        At the song's rate.
    per_column : int
        Frames; where there are more than one transform's, some are taken and averaged.
    """
    hop = min(per_column, _FFT_FRAMES)
    window = np.hanning(_FFT_FRAMES)
    out = np.full((SPECTROGRAM_COLUMNS, SPECTROGRAM_ROWS), FLOOR_DB)
    for column in range(SPECTROGRAM_COLUMNS):
        at = (index * SPECTROGRAM_COLUMNS + column) * per_column
        if at >= source.frames:
            break
        first = max(at - _FFT_FRAMES // 2, 0)
        stop = at + min(per_column, 8 * hop) + _FFT_FRAMES // 2
        mono = np.concatenate([b.mean(axis=1) for b in source.blocks(stop - first, first, stop)])
        mono = np.pad(mono, (0, max(_FFT_FRAMES - len(mono), 0)))
        frames = np.lib.stride_tricks.sliding_window_view(mono, _FFT_FRAMES)[::hop]
        power = np.mean(np.abs(np.fft.rfft(frames * window)) ** 2, axis=0)
        out[column] = _band_levels(power / (window.sum() / 2.0) ** 2, source.rate)
    return np.round(np.clip(out / -FLOOR_DB + 1.0, 0.0, 1.0) * 255).astype(np.uint8)


def _band_levels(power: npt.NDArray[np.float64], rate: int) -> npt.NDArray[np.float64]:
    """Sums in log bands in dB, so that pink noise is even."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, SPECTROGRAM_ROWS + 1) * _FFT_FRAMES / rate
    cumulative = np.concatenate([[0.0], np.cumsum(power)])
    bands = np.diff(np.interp(edges, np.arange(len(cumulative)), cumulative))
    return np.asarray(10.0 * np.log10(np.maximum(bands, 1e-12)))


def loudness_lead_frames(rate: int) -> int:
    """Frames that a tile of loudness needs before its start."""
    return SHORT_TERM_HOPS // HOPS_PER_SECOND * rate


def loudness_tile(block: Block, lead: int, rate: int) -> npt.NDArray[np.float32]:
    """Short-term and momentary loudness in LUFS at each tenth of a second, shape (n, 2).

    Parameters
    ----------
    block : ndarray, shape (lead + frames, 2)
    lead : int
        Frames before the tile's start. NaN where a window is not full or silent.
    """
    meter = LoudnessMeter(rate, block.shape[1])
    meter.update(block)
    hops = HOPS_PER_SECOND // LOUDNESS_PER_SECOND
    first = round(lead * HOPS_PER_SECOND / rate)
    count = LOUDNESS_TILE_S * LOUDNESS_PER_SECOND
    ends = first + hops * np.arange(1, count + 1)
    out = np.full((count, 2), np.nan, np.float32)
    for row, curve, width in ((0, meter.short_term_lufs(), SHORT_TERM_HOPS),
                              (1, meter.momentary_lufs(), 40)):  # fmt: skip
        at = ends - width
        inside = (at >= 0) & (at < len(curve))
        out[inside, row] = curve[at[inside]]
    return np.where(np.isfinite(out), out, np.float32(np.nan))
