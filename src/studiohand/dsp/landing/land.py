"""Landing: the limiter that brings a sound to a loudness under a ceiling, checked by rendering."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from studiohand.core.ahead import together
from studiohand.core.audio import Block, Source
from studiohand.core.job import Job
from studiohand.core.units import db_to_gain
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.limiter import MARGIN_DB, Limiter
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.landing.sketch import Limited, Sketch
from studiohand.dsp.meters.levels import Levels, levels_of

ENOUGH_LU = 0.05
"""A render this close to the asked loudness is not tried again."""
MOST_RENDERS = 4
LOWEST_DB, HIGHEST_DB = -60.0, 60.0
COARSE_DB, FINE_DB, CLEAN_FINE_DB = 1.0, 0.002, 0.01
FINE_LU = 0.0005
MOST_ROUNDS = 30
CLEAN_MEAN_DB, CLEAN_P95_DB, CLEAN_MOST_DB = 0.35, 1.6, 6.0
"""Limiting is clean while its reduction stays below these: mean, 95th percentile, highest."""
LOUDEST_CLEAN_LUFS = -9.0
"""Without a wish nobody is served by more than this."""
QUICKER = ((8.0, 5.0), (3.0, 2.0), (1.0, 0.5))
"""Release and look-ahead in ms, tried in order until the asked loudness is within reach."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a sound will land, told from its sketch alone.

    Parameters
    ----------
    sketch : Sketch
    step : Limiter
    lufs : float or None
        Loudness to expect, most often within 0.05 LU.
    reduction_db : ndarray
        The limiter's gain reduction over time, >= 0, where there is sound.
    clean_lufs : float or None
        How loud it could go and stay clean.
    """

    sketch: Sketch
    step: Limiter
    lufs: float | None
    reduction_db: Block
    clean_lufs: float | None

    @property
    def p95_db(self) -> float:
        """Gain reduction that is exceeded in a twentieth of the time."""
        return float(np.percentile(self.reduction_db, 95.0)) if len(self.reduction_db) else 0.0

    @property
    def most_db(self) -> float:
        """Deepest gain reduction."""
        return float(self.reduction_db.max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Landing:
    """How a sound lands.

    Parameters
    ----------
    step : Limiter, Gain or None
        What brings it there; None: nothing is needed.
    after : Levels
        Measured on the result.
    foretold : Forecast
    """

    step: Limiter | Gain | None
    after: Levels
    foretold: Forecast


def foretell(job: Job, source: Source, lufs: float | None, ceiling_dbtp: float) -> Forecast:
    """What limiter a source needs, and what it will cost, after one look.

    Parameters
    ----------
    lufs : float or None
        None: as loud as limiting stays clean, at most `LOUDEST_CLEAN_LUFS`.
    ceiling_dbtp : float
    """
    sketch = _sketched(job, source, ceiling_dbtp)
    plain = Limiter(ceiling_dbtp)
    finds: list[Callable[[], Limiter]] = [partial(_cleanest, sketch, plain)]
    finds += [] if lufs is None else [partial(_least, sketch, lufs, plain)]
    clean, *asked = together(finds)
    return _told(sketch, (asked or [clean])[0], sketch.limited(clean).lufs)


def reach(job: Job, source: Source, lufs: float, ceiling_dbtp: float) -> tuple[Limiter, Sketch]:
    """What limiter brings a source to a loudness, and the sketch it was found on."""
    sketch = _sketched(job, source, ceiling_dbtp)
    return _least(sketch, lufs, Limiter(ceiling_dbtp)), sketch


def land(
    job: Job,
    source: Source,
    lufs: float | None,
    ceiling_dbtp: float,
    *,
    limit: bool = True,
    foretold: Forecast | None = None,
) -> Landing:
    """Find the limiter (or the mere gain) that brings a source to a loudness, and try it.

    Parameters
    ----------
    lufs, ceiling_dbtp
        As in `foretell`.
    limit : bool
        False: only gain, as far as the peaks allow.
    foretold : Forecast or None
        Of this very source and goal, if it is known.
    """
    foretold = foretold or foretell(job, source, lufs, ceiling_dbtp)
    if not limit:
        step, after = _by_gain(job, source, foretold.sketch, lufs, ceiling_dbtp)
        nothing = replace(foretold, reduction_db=np.zeros(0))
        return Landing(step, after, nothing)
    chosen = foretold.step
    if lufs is None:
        after = _rendered(job, source, chosen)
    else:
        chosen, after = _on_target(job, source, foretold, lufs)
    told = _told(foretold.sketch, chosen, foretold.clean_lufs)
    needed = chosen.gain_db != 0.0 or told.most_db > 0.0
    return Landing(chosen if needed else None, after, told)


def _told(sketch: Sketch, limiter: Limiter, clean_lufs: float | None) -> Forecast:
    limited = sketch.limited(limiter)
    return Forecast(sketch, limiter, limited.lufs, limited.reduction_db, clean_lufs)


def _sketched(job: Job, source: Source, ceiling_dbtp: float) -> Sketch:
    lowest = db_to_gain(ceiling_dbtp - HIGHEST_DB)
    sketch = Sketch(source.rate, source.channels, source.frames, lowest)
    for block in job.read(source, "sketch the limiter"):
        sketch.update(block)
    sketch.finish()
    return sketch


def _cleanest(sketch: Sketch, plain: Limiter) -> Limiter:
    """The loudest limiter that stays clean; below 0 dB where the peaks are over already."""

    def clean(gain_db: float) -> bool:
        tried = sketch.limited(replace(plain, gain_db=gain_db))
        too_loud = gain_db > 0.0 and (tried.lufs is None or tried.lufs > LOUDEST_CLEAN_LUFS)
        return _is_clean(tried) and not too_loud

    # below `free` nothing is limited, and what is more over is limited by as much
    free = min(max(plain.ceiling_dbtp - MARGIN_DB - sketch.peak_dbtp, LOWEST_DB), HIGHEST_DB)
    low, high = LOWEST_DB, min(free + CLEAN_MOST_DB, HIGHEST_DB)
    if clean(free):
        low = free
    elif free > 0.0 and clean(0.0):
        low, high = 0.0, free  # what needs nothing is met exactly
    else:
        high = free
    while high - low > CLEAN_FINE_DB:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if clean(middle) else (low, middle)
    return replace(plain, gain_db=round(low, 2) + 0.0)


def _is_clean(limited: Limited) -> bool:
    reduction = limited.reduction_db
    return not len(reduction) or bool(
        reduction.max() <= CLEAN_MOST_DB
        and reduction.mean() <= CLEAN_MEAN_DB
        and np.percentile(reduction, 95.0) <= CLEAN_P95_DB
    )


def _least(sketch: Sketch, lufs: float, plain: Limiter) -> Limiter:
    """The limiter without gain where that is loud enough, else the one that reaches it."""
    here = sketch.limited(plain).lufs
    there = here is not None and abs(here - lufs) <= ENOUGH_LU
    return plain if there else _reaching(sketch, lufs, plain)


def _on_target(job: Job, source: Source, foretold: Forecast, lufs: float) -> tuple[Limiter, Levels]:
    """Render, measure, and correct the forecast by what was measured, until it is close enough."""
    sketch, chosen = foretold.sketch, foretold.step
    plain = Limiter(chosen.ceiling_dbtp)
    tries: dict[Limiter, Levels] = {}
    for _ in range(MOST_RENDERS):
        if chosen in tries:
            break
        after = tries[chosen] = _rendered(job, source, chosen)
        reached, told = after.integrated_lufs, sketch.limited(chosen).lufs
        if reached is None or told is None or abs(reached - lufs) <= ENOUGH_LU:
            return chosen, after
        chosen = _reaching(sketch, lufs + told - reached, plain)
    return min(tries.items(), key=lambda tried: abs((tried[1].integrated_lufs or 0.0) - lufs))


def _reaching(sketch: Sketch, lufs: float, plain: Limiter) -> Limiter:
    """The first of the limiters, from slow to quick, that reaches a loudness; else the loudest."""
    loudest: tuple[float, Limiter] | None = None
    for release_ms, lookahead_ms in QUICKER:
        limiter = replace(plain, release_ms=release_ms, lookahead_ms=lookahead_ms)
        reached = _gain_for(sketch, lufs, limiter)
        if reached is not None:
            return replace(limiter, gain_db=reached)
        for gain_db in np.arange(0.0, HIGHEST_DB + 1.0, 6.0):
            tried = replace(limiter, gain_db=float(gain_db))
            level = sketch.limited(tried).lufs
            if level is not None and (loudest is None or level > loudest[0]):
                loudest = level, tried
    return loudest[1] if loudest else plain


def _gain_for(sketch: Sketch, lufs: float, limiter: Limiter) -> float | None:
    """Least gain that reaches a loudness; None where no gain does.

    Loudness can dip while the gain rises (the relative gate lets quieter parts in), so the first
    crossing is looked for in steps and then closed in on.
    """
    here = sketch.lufs
    if here is None:
        return None
    # Limiting only takes away, so no gain below the mere difference can be enough.
    before = max(lufs - here - COARSE_DB, LOWEST_DB)
    left = -COARSE_DB
    for gain_db in np.append(np.arange(before + COARSE_DB, HIGHEST_DB, COARSE_DB), HIGHEST_DB):
        over = _over_lu(sketch, lufs, limiter, float(gain_db))
        if over >= -FINE_LU:
            return round(
                _crossing(sketch, lufs, limiter, (before, float(gain_db)), (left, over)), 3
            )
        before, left = float(gain_db), over
    return None


def _crossing(
    sketch: Sketch, lufs: float, limiter: Limiter, gains: tuple[float, float],
    overs: tuple[float, float],
) -> float:  # fmt: skip
    """The gain between two at which a loudness is reached: regula falsi, Illinois variant."""
    (low, high), (under, over) = gains, overs
    side = 0
    if over <= FINE_LU:
        return high
    for _ in range(MOST_ROUNDS):
        if high - low <= FINE_DB:
            break
        at = min(max(high - over * (high - low) / (over - under), low), high)
        now = _over_lu(sketch, lufs, limiter, at)
        if abs(now) <= FINE_LU:
            return at
        if now > 0.0:
            high, over = at, now
            under *= 0.5 if side > 0 else 1.0
            side = 1
        else:
            low, under = at, now
            over *= 0.5 if side < 0 else 1.0
            side = -1
    return high


def _over_lu(sketch: Sketch, lufs: float, limiter: Limiter, gain_db: float) -> float:
    """Loudness after a limiter less that asked for."""
    level = sketch.limited(replace(limiter, gain_db=gain_db)).lufs
    return LOWEST_DB if level is None else level - lufs


def _by_gain(
    job: Job, source: Source, sketch: Sketch, lufs: float | None, ceiling_dbtp: float
) -> tuple[Gain | None, Levels]:
    """As far as gain alone goes: no peak over the ceiling."""
    here = sketch.lufs
    peak = _measured(job, source).true_peak_dbtp
    room_db = math.inf if peak is None else ceiling_dbtp - MARGIN_DB - peak
    wish_db = room_db if lufs is None or here is None else lufs - here
    gain_db = round(min(room_db, wish_db) - 0.0005, 3) + 0.0
    step = Gain(gain_db) if gain_db != 0.0 and math.isfinite(gain_db) else None
    return step, _measured(job, ProcessedSource(source, (step,) if step else ()))


def _rendered(job: Job, source: Source, limiter: Limiter) -> Levels:
    return _measured(job, ProcessedSource(source, (limiter,)))


def _measured(job: Job, source: Source) -> Levels:
    return levels_of(_read(job, source), source.rate, source.channels)


def _read(job: Job, source: Source) -> Iterator[Block]:
    return job.trying(source, job.read(source, "try the master"))
