"""Short spans of sources as one channel, and which spans of a stem are worth reading."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Source, read_all
from studiohand.dsp.align import Samples
from studiohand.mir.timing.stem_profile import LEVELS_PER_SECOND, Levels

_AUDIBLE_DB = -85.0
"""A band below this level says nothing about a stem."""
_STEP_S = 0.5
_LEAD_IN_S = 1.0
_EDGE_DROP_DB = 45.0


class Side(StrEnum):
    """Which channel of a source to take."""

    BOTH = "both"
    LEFT = "left"
    RIGHT = "right"


def one_channel(
    source: Source, start: int, frames: int, rate: int, side: Side = Side.BOTH
) -> Samples:
    """A span as one channel at a rate; beyond the file's ends there is silence.

    Parameters
    ----------
    start, frames : int
        In frames of `rate`; `start` may be negative.
    rate : int
        Hz; a source at another rate is resampled (linear phase, no delay).
    side : Side
        The mean of all channels, or one of the first two; mono has only one.
    """
    if source.rate == rate:
        return _span(source, start, frames, side)
    import soxr

    ratio = source.rate / rate
    first = round(start * ratio)
    raw = _span(source, first, round(frames * ratio) + 2, side)
    samples = np.asarray(soxr.resample(raw, source.rate, rate, "HQ"), np.float32)[:frames]
    return np.pad(samples, (0, frames - len(samples)))


def _span(source: Source, start: int, frames: int, side: Side) -> Samples:
    first, last = max(start, 0), min(start + frames, source.frames)
    if last <= first:
        return np.zeros(frames, np.float32)
    block = read_all(source, first, last)
    if side is Side.BOTH:
        mono = block @ np.full(block.shape[1], 1.0 / block.shape[1])
    else:
        mono = block[:, min(block.shape[1] - 1, int(side is Side.RIGHT))]
    return np.pad(mono.astype(np.float32), (first - start, start + frames - last))


def share_of(stem: Levels, mix: Levels) -> npt.NDArray[np.float32]:
    """How much of the mix a stem is, mean over bands, 0 to 1, at every level frame."""
    count = min(len(stem), len(mix))
    own, all_ = stem[:count].astype(np.float32), mix[:count].astype(np.float32)
    ratio = np.minimum(10.0 ** ((own - all_) / 10.0), 1.0)
    ratio[own < _AUDIBLE_DB] = 0.0
    return np.asarray(ratio.mean(axis=1), np.float32)


def loud_share(levels: Levels) -> npt.NDArray[np.float32]:
    """How near a stem is to its own loud moments, 0 to 1, at every level frame."""
    power = (10.0 ** (levels.astype(np.float32) / 10.0)).sum(axis=1)
    loud = float(np.percentile(power, 95.0)) if len(power) else 0.0
    return np.asarray(np.minimum(power / max(loud, 1e-12), 1.0), np.float32)


def best_spans(share: npt.NDArray[np.float32], span_s: float, count: int) -> list[float]:
    """Starts in seconds of the spans where a stem stands out most; overlaps at most half."""
    width, step = round(span_s * LEVELS_PER_SECOND), round(_STEP_S * LEVELS_PER_SECOND)
    if len(share) <= width:
        return [0.0] if share.any() else []
    total = np.concatenate([[0.0], np.cumsum(share, dtype=np.float64)])
    starts = np.arange(0, len(share) - width + 1, step)
    score = total[starts + width] - total[starts]
    chosen: list[int] = []
    for at in starts[np.argsort(-score, kind="stable")]:
        if len(chosen) == count or score[at // step] <= 1e-3 * score.max():
            break
        if all(abs(at - other) >= width // 2 for other in chosen):
            chosen.append(int(at))
    return [at / LEVELS_PER_SECOND for at in chosen]


def edge_spans(levels: Levels, span_s: float) -> list[float]:
    """Starts in seconds of the spans in which a stem first begins and at last ends.

    Loops repeat, so a wrong delay of a whole turn fits everywhere but there. A span may start
    before the file.
    """
    active = active_frames(levels)
    if not active.any():
        return []
    first = int(np.argmax(active)) / LEVELS_PER_SECOND
    last = (len(active) - int(np.argmax(active[::-1]))) / LEVELS_PER_SECOND
    return [first - _LEAD_IN_S, last + _LEAD_IN_S - span_s]


def active_frames(levels: Levels) -> npt.NDArray[np.bool_]:
    """Level frames that are not much quieter than the stem's loud ones."""
    if not len(levels):
        return np.zeros(0, np.bool_)
    loudness = levels.astype(np.float32).max(axis=1)
    loud = float(np.percentile(loudness, 99.0))
    return np.asarray((loudness > loud - _EDGE_DROP_DB) & (loudness > _AUDIBLE_DB))
