"""How far a cleaning may go before it takes more music away than a producer allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from studiohand.core.audio import Block, MemorySource, Source, read_all
from studiohand.core.effect import Effect, Step
from studiohand.core.outcome import Move
from studiohand.core.units import power_to_db
from studiohand.dsp.cleaning.harm import HarmMeter
from studiohand.dsp.effects.chain import ProcessedSource

_AMOUNTS = (1.0, 0.75, 0.5, 0.3, 0.15, 0.0)
_HEARD_S = 20.0


def middle(source: Source) -> Block:
    """Twenty seconds from the middle of a recording."""
    half = round(_HEARD_S * source.rate / 2.0)
    centre = source.frames // 2
    return read_all(source, max(centre - half, 0), centre + half)


def held(move: Move, source: Source, most_percent: float, tick: Callable[[], None]) -> Move:
    """The move at the highest amount whose harm stays under the ceiling, and what it does.

    Parameters
    ----------
    move : Move
        Of one process step.
    source : Source
        What it works on; its middle is heard.
    most_percent : float
        Share of what is removed that may be music.
    tick : callable
        Called before each trial.
    """
    harm_percent, removed_db, amount = 0.0, 0.0, 1.0
    before = middle(source)
    for amount in _AMOUNTS:
        tick()
        harm_percent, removed_db = _harm(before, source.rate, move.steps[0], amount)
        if harm_percent <= most_percent:
            break
    predicted = {"harm_percent": round(harm_percent, 1), "removed_db": round(removed_db, 1)}
    if amount == _AMOUNTS[0]:
        return replace(move, predicted=predicted)
    words = f" Held at {100 * amount:.0f} %: more would take music away."
    return replace(move, predicted=predicted, amount_percent=100.0 * amount, text=move.text + words)


def _harm(before: Block, rate: int, step: Step, amount: float) -> tuple[float, float]:
    """Music in what the step removes (percent), and how much is removed (dB).

    The level is that of what is removed against what is left.
    """
    effect = cast("Effect", step.scaled(amount))
    after = read_all(ProcessedSource(MemorySource(before, rate), (effect,)))
    meter = HarmMeter()
    meter.update(before - after, after)
    gone, left = float(np.sum(np.square(before - after))), float(np.sum(np.square(after)))
    return 100.0 * meter.share(step.do == "dehum"), power_to_db(gone / max(left, 1e-20))
