"""Clean: hum, noise, clicks, clipping, rooms and sibilants of one file, each by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, cast

from studiohand.core.audio import Material, Track
from studiohand.core.effect import Effect, Step
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome
from studiohand.core.tool import Needs, Settings, number, text, tool
from studiohand.core.units import power_to_db

Fault = Literal["hum", "noise", "clicks", "clip", "room", "sibilance"]
_ORDER = ("dc", "clip", "clicks", "hum", "noise", "room", "sibilance")
_BY_ITSELF = frozenset({"dc", "clip", "clicks", "hum", "noise"})
"""Rooms and sibilants are a matter of taste: they are cleaned only when asked for by name."""
_MEASURED = frozenset({"dehum", "denoise"})
_AMOUNTS = (1.0, 0.75, 0.5, 0.3, 0.15, 0.0)
_HEARD_S = 20.0
_FAULT_OF_KIND = {"clipped": "clip"}


class CleanSettings(Settings):
    """What to clean."""

    only: Annotated[
        tuple[Fault, ...],
        text(
            "Only these, separated by commas: hum, noise, clicks, clip, room, sibilance. "
            "Without it all but room and sibilance."
        ),
    ] = ()
    most_harm_percent: Annotated[
        float,
        number(
            1, 100, "percent", "Share of what hum and noise cleaning removes that may be music."
        ),
    ] = 40.0


@tool("clean", CleanSettings, needs=Needs.FILE)
def clean(job: Job, material: Material, settings: CleanSettings) -> Outcome:
    """Take hum, noise, clicks, clipping, rooms and sibilants out of a file.

    Only what is found is cleaned, room and sibilants only when asked for by name: where nothing
    is wrong, the output is the input. What is removed can be heard by itself as the difference
    of the two. For hum and noise the harm meter says how much of that was music, and the amount is
    held where it would be more than the ceiling.
    """
    from studiohand.mir.recording.faultfindings import faults_of
    from studiohand.mir.recording.faults import FAULTS_VERSION, analyse_faults

    track = _track(material)
    (measured,) = job.analyse(analyse_faults, [track], "faults", FAULTS_VERSION)
    found = [
        (fault, _ORDER.index(name))
        for fault in faults_of("clean", track, measured, frozenset(settings.only))
        if (name := _FAULT_OF_KIND.get(fault.finding.kind, fault.finding.kind)) in _ORDER
        and name in (settings.only or _BY_ITSELF)
    ]
    found.sort(key=lambda item: item[1])
    proposed = [move for fault, _ in found if (move := fault.move("file")) is not None]
    moves = [_within(job, track, move, settings.most_harm_percent) for move in proposed]
    return Outcome(tuple(fault.finding for fault, _ in found), tuple(moves))


def _within(job: Job, track: Track, move: Move, most_percent: float) -> Move:
    """The move at the highest amount whose harm stays under the ceiling, and what it does."""
    if move.steps[0].do not in _MEASURED:
        return move
    harm_percent, removed_db = 0.0, 0.0
    for amount in _AMOUNTS:
        job.progress("harm", 0.0)
        harm_percent, removed_db = _harm(track, move.steps[0], amount)
        if harm_percent <= most_percent:
            break
    predicted = {"harm_percent": round(harm_percent, 1), "removed_db": round(removed_db, 1)}
    if amount == _AMOUNTS[0]:
        return replace(move, predicted=predicted)
    words = f" Held at {100 * amount:.0f} %: more would take music away."
    return replace(move, predicted=predicted, amount_percent=100.0 * amount, text=move.text + words)


def _harm(track: Track, step: Step, amount: float) -> tuple[float, float]:
    """Music in what the step removes mid-file (percent), and how much is removed (dB).

    The level is that of what is removed against what is left.
    """
    import numpy as np

    from studiohand.core.audio import MemorySource, read_all
    from studiohand.dsp.cleaning.harm import HarmMeter
    from studiohand.dsp.effects.chain import ProcessedSource

    source = track.source
    half = round(_HEARD_S * source.rate / 2.0)
    middle = source.frames // 2
    before = read_all(source, max(middle - half, 0), middle + half)
    effect = cast("Effect", step.scaled(amount))
    after = read_all(ProcessedSource(MemorySource(before, source.rate), (effect,)))
    meter = HarmMeter()
    meter.update(before - after, after)
    gone, left = float(np.sum(np.square(before - after))), float(np.sum(np.square(after)))
    return 100.0 * meter.share(step.do == "dehum"), power_to_db(gone / max(left, 1e-20))


def _track(material: Material) -> Track:
    if material.file is None:
        raise BadSetting("There is no file to clean.")
    return material.file


TOOL = clean
