"""Vinyl: what of a master a cutting engineer would have to change, and the least that does it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Material, Track
from studiohand.core.effect import Effect
from studiohand.core.errors import CannotRead
from studiohand.core.job import Arrays, Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool
from studiohand.core.units import power_to_db
from studiohand.dsp.cleaning.deess import Deess
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.width import Width
from studiohand.dsp.meters.groove import LOW_HZ, STEP_S, TREBLE_HZ, groove

NAME = "vinyl"
Curve = npt.NDArray[np.float64]

_VERSION = 1
_WINDOW_STEPS = 25
"""Half a second: bass is judged over it."""
_HEARD_DB = -20.0
"""Bass in the difference that lies further below the loud moments does not move the stylus."""
_JOINED_S = 2.0
_MOST_SPANS = 5
_DEESS_RATIO = 4.0
_DEEPER_DB = (6.0, 12.0, 18.0)
"""Thresholds that are tried, below the level of the loud moments."""
_NEAR_DB = 0.3
_NO_SIBILANTS = "No de-esser helps: they are cymbals or snare; turn those down in the mix."
_BURST_PERCENT = 99.9
_SILENCE = 1e-9


class VinylSettings(Settings):
    """From where on something is in the way of a good cut."""

    side_limit_db: Annotated[
        float,
        number(-20.0, 12.0, "dB", "Difference against sum of the channels in the bass."),
    ] = 0.0
    treble_limit_db: Annotated[
        float,
        number(0.0, 24.0, "dB", "Treble bursts as they are cut, against the loud moments."),
    ] = 10.0


@tool(NAME, VinylSettings, needs=Needs.FILE)
def vinyl(job: Job, material: Material, settings: VinylSettings) -> Outcome:
    """Look at a master as a cutting lathe would: bass that is out of phase, treble too fast.

    Bass in the difference of the channels lifts the stylus; treble is lifted by the RIAA curve on
    its way into the groove. The limit of the treble is what the loudest bursts of finished records
    reach. How long a side may be is told by `album --for vinyl-12-33`.
    """
    if material.file is None:
        raise TypeError("vinyl needs a file")
    track = material.file
    (seen,) = job.analyse(groove, [track], "look at the groove", _VERSION)
    if not np.isfinite(seen["whole"]).all():
        raise CannotRead(
            f"“{track.name}” holds values that are not numbers.",
            todo="Export it again; a plug-in in the session has most likely broken down.",
        )
    if seen["whole"].sum() <= _SILENCE:
        return Outcome()
    bass, treble = _bass(track, seen, settings), _treble(track, seen, settings)
    moves = [_mono_lows(bass)] if bass else []
    deessed = _deessed(job, track, treble[0], _loud_db(seen)) if treble else None
    if deessed:
        moves.append(deessed)
    elif treble:
        treble = [replace(treble[0], text=f"{treble[0].text} {_NO_SIBILANTS}")]
    return Outcome((*bass, *treble), tuple(moves), _facts(seen))


def _loud_db(seen: Arrays) -> float:
    """Level of the loud moments: mean power weighted by itself, dBFS."""
    whole = np.asarray(seen["whole"], dtype=np.float64)
    return power_to_db(float(np.sum(whole * whole) / whole.sum()))


def _facts(seen: Arrays) -> dict[str, float]:
    return {
        "low_difference_db": round(
            power_to_db(float(seen["vertical"].sum()) + 1e-20)
            - power_to_db(float(seen["sideways"].sum()) + 1e-20),
            1,
        ),
        "treble_bursts_db": round(_bursts_db(seen), 1),
    }


def _treble_db(seen: Arrays) -> Curve:
    """Treble as it is cut, against the loud moments."""
    powers = np.asarray(seen["treble"], dtype=np.float64)
    return np.asarray(10.0 * np.log10(np.maximum(powers, 1e-20)) - _loud_db(seen))


def _bursts_db(seen: Arrays) -> float:
    return float(np.percentile(_treble_db(seen), _BURST_PERCENT))


def _bass(track: Track, seen: Arrays, settings: VinylSettings) -> list[Finding]:
    """Spans in which the difference outweighs the sum, the worst first."""
    sum_db, difference_db = (_half_seconds_db(seen[n]) for n in ("sideways", "vertical"))
    excess_db = difference_db - sum_db
    wrong = (excess_db > settings.side_limit_db) & (difference_db > _loud_db(seen) + _HEARD_DB)
    found = []
    for first, last in _spans(wrong):
        here = slice(first, last)
        worst = float(excess_db[here].max())
        found.append(
            Finding(
                tool=NAME, kind="mono_loss", stems=(track.name,), band_hz=(20.0, LOW_HZ),
                start_s=first * _WINDOW_STEPS * STEP_S, end_s=last * _WINDOW_STEPS * STEP_S,
                value=round(worst, 1), unit="dB", limit=settings.side_limit_db,
                severity=Severity.MUST if worst > settings.side_limit_db + 6.0 else Severity.SHOULD,
                text=f"Below {LOW_HZ:g} Hz the difference of the channels is {worst:+.1f} dB "
                "against their sum: the stylus would be lifted.",
            )
        )  # fmt: skip
    return sorted(found, key=lambda f: -(f.value or 0.0))[:_MOST_SPANS]


def _treble(track: Track, seen: Arrays, settings: VinylSettings) -> list[Finding]:
    """One finding where bursts of treble are faster than a groove takes."""
    levels_db, value = _treble_db(seen), _bursts_db(seen)
    if value <= settings.treble_limit_db:
        return []
    over = np.flatnonzero(levels_db > settings.treble_limit_db)
    worst = int(np.argmax(levels_db))
    return [
        Finding(
            tool=NAME, kind="sibilance", stems=(track.name,), band_hz=TREBLE_HZ,
            start_s=max(worst - 25, 0) * STEP_S, end_s=(worst + 25) * STEP_S,
            value=round(value, 1), unit="dB", limit=settings.treble_limit_db,
            text=f"Treble bursts are {value:+.1f} dB against the loud moments once the RIAA curve "
            f"has lifted them ({len(over) * STEP_S:.1f} s in all): they would be cut distorted, or "
            "the whole side quieter.",
            evidence={"moments_s": [round(float(at * STEP_S), 2) for at in over[:100]]},
        )
    ]  # fmt: skip


def _mono_lows(found: list[Finding]) -> Move:
    words = f"Below {LOW_HZ:g} Hz the sides are taken away; the mono sum is untouched."
    return _move(Width(mono_below_hz=LOW_HZ), words, [one.id for one in found])


def _deessed(job: Job, track: Track, found: Finding, start_db: float) -> Move | None:
    """The gentlest de-esser that brings the bursts to the limit; None where none does.

    Bursts of cymbals and snares are no sibilants: a de-esser lets them pass, and rightly so.
    """
    for threshold_db in start_db - np.array(_DEEPER_DB):
        step = Deess(round(float(np.clip(threshold_db, -80.0, 0.0)), 1), _DEESS_RATIO)
        seen = groove(ProcessedSource(track.source, (step,)))
        job.progress("try a de-esser", 1.0)
        reached_db = _bursts_db(seen)
        if reached_db <= (found.limit or 0.0) + _NEAR_DB:
            words = (
                f"De-esser on {step.low_hz:g} to {step.high_hz:g} Hz: threshold "
                f"{step.threshold_db:.1f} dB, ratio {step.ratio:g}, at most {step.most_db:g} dB."
            )
            predicted = {"treble_bursts_db": round(reached_db, 1)}
            return _move(step, words, [found.id], predicted)
    return None


def _move(
    step: Effect, words: str, because: list[str], predicted: dict[str, float] | None = None
) -> Move:
    return Move(
        tool=NAME, because=tuple(because), targets=("file",), steps=(step,), text=words,
        predicted=predicted or {},
    )  # fmt: skip


def _half_seconds_db(powers: npt.NDArray[np.generic]) -> Curve:
    curve = np.asarray(powers, dtype=np.float64)
    padded = np.pad(curve, (0, -len(curve) % _WINDOW_STEPS))
    means = padded.reshape(-1, _WINDOW_STEPS).mean(axis=1)
    return np.asarray(10.0 * np.log10(np.maximum(means, 1e-20)))


def _spans(wrong: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of True, those close to each other as one: (first, one after the last)."""
    spans: list[tuple[int, int]] = []
    apart = round(_JOINED_S / (_WINDOW_STEPS * STEP_S))
    for at in np.flatnonzero(wrong):
        if spans and at - spans[-1][1] < apart:
            spans[-1] = (spans[-1][0], int(at) + 1)
        else:
            spans.append((int(at), int(at) + 1))
    return spans


TOOL = vinyl
