"""Clean: hum, noise, clicks, clipping, rooms and sibilants of one file, each by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, cast

from studiohand.core.audio import VOICES, Block, Material, Role, Source, Track, read_all
from studiohand.core.effect import Effect, Step
from studiohand.core.errors import BadSetting, MissingPart, NotAllowed
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome
from studiohand.core.tool import Needs, Settings, number, text, tool
from studiohand.core.units import power_to_db

Fault = Literal["hum", "noise", "clicks", "clip", "room", "sibilance"]
_ORDER = ("dc", "clip", "clicks", "hum", "noise", "room", "sibilance")
_BY_ITSELF = frozenset({"dc", "clip", "clicks", "hum", "noise"})
"""Rooms and sibilants are a matter of taste: they are cleaned only when asked for by name."""
_MEASURED = frozenset({"dehum", "denoise", "denoise_voice"})
_AMOUNTS = (1.0, 0.75, 0.5, 0.3, 0.15, 0.0)
_HEARD_S = 20.0
_FAULT_OF_KIND = {"clipped": "clip"}
_TRUSTED_NAME = 0.8
_NO_OPINION = (
    " Found without a learned model; for a second opinion on voices read "
    "`studiohand models show deepfilternet3`, then `models get` and `models allow` it."
)
_TWO_OPINIONS = " DeepFilterNet3 gives a second opinion on what is voice."


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
    proposed = [
        _heard_by_two(job, track, move)
        for fault, _ in found
        if (move := fault.move("file")) is not None
    ]
    moves = [_within(job, track, move, settings.most_harm_percent) for move in proposed]
    return Outcome(tuple(fault.finding for fault, _ in found), tuple(moves))


def _heard_by_two(job: Job, track: Track, move: Move) -> Move:
    """Noise under a voice gets a learned second opinion, where that may run and is here."""
    from studiohand.dsp.cleaning.denoise import Denoise
    from studiohand.models.voicenoise import DenoiseVoice, is_voice, open_network

    noise = move.steps[0]
    if not isinstance(noise, Denoise) or track.role not in (*VOICES, Role.OTHER):
        return move
    job.progress("voice", 0.0)
    try:
        network = open_network()
    except (NotAllowed, MissingPart):
        return replace(move, text=move.text + _NO_OPINION) if track.role in VOICES else move
    if not is_voice(network, _middle(track.source), track.source.rate, noise):
        return move
    return replace(move, steps=(DenoiseVoice(noise),), text=move.text + _TWO_OPINIONS)


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

    from studiohand.core.audio import MemorySource
    from studiohand.dsp.cleaning.harm import HarmMeter
    from studiohand.dsp.effects.chain import ProcessedSource

    before = _middle(track.source)
    effect = cast("Effect", step.scaled(amount))
    after = read_all(ProcessedSource(MemorySource(before, track.source.rate), (effect,)))
    meter = HarmMeter()
    meter.update(before - after, after)
    gone, left = float(np.sum(np.square(before - after))), float(np.sum(np.square(after)))
    return 100.0 * meter.share(step.do == "dehum"), power_to_db(gone / max(left, 1e-20))


def _track(material: Material) -> Track:
    """The file, with the role its name tells where nobody has said one."""
    from studiohand.mir.roles.by_name import read_name

    if material.file is None:
        raise BadSetting("There is no file to clean.")
    named = read_name(material.file.name)
    if material.file.role is not Role.OTHER or named.confidence < _TRUSTED_NAME:
        return material.file
    return replace(material.file, role=named.role)


def _middle(source: Source) -> Block:
    half = round(_HEARD_S * source.rate / 2.0)
    middle = source.frames // 2
    return read_all(source, max(middle - half, 0), middle + half)


TOOL = clean
